"""Responses to polls outlive a snapshot only while they hold, and are dropped when nobody polls."""

import gc
import weakref
from dataclasses import dataclass
from typing import Any

import pytest

from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.storage.store import Snapshot
from queueup.web.polling.content import Content, Reader, values_for
from queueup.web.polling.response_cache import (
    EARLIER_S,
    IDLE_S,
    LINES,
    CachedResponse,
    ResponseCache,
)

ANA, HOST = Reader("guest", "ana"), Reader("host")


@dataclass
class Stopwatch:
    """Seconds that pass when the test says so."""

    seconds: float = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def stopwatch() -> Stopwatch:
    """The stopwatch of the process."""
    return Stopwatch()


@pytest.fixture
def cache(stopwatch: Stopwatch) -> ResponseCache:
    """The cache that is tested."""
    return ResponseCache(stopwatch)


def snapshot(place: int = 1, code: str = "ABC234") -> CachedSnapshot:
    """Make a snapshot in which Ana has this place."""
    ana: dict[str, Any] = {"view": {"type": "position", "position": place}, "party": {"size": 2}}
    views = {"code": code, "about": {}, "guests": {"ana": ana}, "host": {}, "public": {}}
    return CachedSnapshot(Snapshot(1, views), 0)


def response(kept: CachedSnapshot, reader: Reader = ANA) -> CachedResponse:
    """Make the response to a snapshot."""
    return CachedResponse("tag", Content(reader, True, values_for(kept.views, reader, True)))


KEY = (ANA, True, "en")


def test_a_response_is_found_under_its_own_key_only(cache: ResponseCache) -> None:
    kept = snapshot()
    cache.put(kept, KEY, found := response(kept))
    assert cache.get(kept, KEY) is found
    for other in ((ANA, False, "en"), (ANA, True, "de"), (HOST, True, "en"), b"request"):
        assert cache.get(kept, other) is None


def test_a_response_outlives_its_snapshot_while_it_holds_and_is_asked_for(
    cache: ResponseCache, stopwatch: Stopwatch
) -> None:
    kept = snapshot()
    cache.put(kept, KEY, found := response(kept))
    for _ in range(3):
        stopwatch.seconds += EARLIER_S - 1
        assert cache.get(snapshot(), KEY) is found
    assert cache.get(snapshot(place=2), KEY) is None


def test_a_response_that_nobody_asks_for_is_forgotten(
    cache: ResponseCache, stopwatch: Stopwatch
) -> None:
    kept = snapshot()
    cache.put(kept, KEY, response(kept))
    for _ in range(3):
        stopwatch.seconds += EARLIER_S / 2
        cache.get(snapshot(), b"another")
    assert cache.get(snapshot(), KEY) is None


def test_what_a_host_sees_is_rendered_anew_for_every_snapshot(cache: ResponseCache) -> None:
    kept = snapshot()
    cache.put(kept, (HOST, True, "en"), response(kept, HOST))
    assert cache.get(snapshot(), (HOST, True, "en")) is None


def test_an_older_snapshot_gets_no_newer_response(cache: ResponseCache) -> None:
    older, newer = snapshot(place=2), snapshot(place=1)
    cache.put(newer, KEY, found := response(newer))
    assert cache.get(older, KEY) is None
    cache.put(newer, KEY, found)
    cache.put(older, KEY, response(older))
    assert cache.get(newer, KEY) is None


def test_a_line_that_nobody_polls_any_more_leaves_nothing_behind(
    cache: ResponseCache, stopwatch: Stopwatch
) -> None:
    ended, watched = snapshot(code="ENDED2"), snapshot(code="WATCHD")
    for kept in (ended, watched):
        cache.put(kept, KEY, response(kept))
    gone = [weakref.ref(cache._lines[code]) for code in ("ENDED2", "WATCHD")]
    for _ in range(IDLE_S):
        stopwatch.seconds += 1.1
        assert cache.get(watched, KEY)
    gc.collect()
    assert [ref() is None for ref in gone] == [True, False]


def test_the_lines_that_were_polled_least_recently_are_dropped_first(cache: ResponseCache) -> None:
    for number in range(LINES + 1):
        kept = snapshot(code=f"{number}")
        cache.put(kept, KEY, response(kept))
    assert not cache.has("0")
    assert cache.has("1")
