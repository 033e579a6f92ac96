"""Responses to polls outlive a snapshot only while they hold, and are dropped when nobody polls."""

import gc
import tracemalloc
import weakref
from dataclasses import dataclass
from typing import Any

import pytest
from prometheus_client import REGISTRY

from queueup.storage import codec
from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.storage.store import Snapshot
from queueup.web.polling.content import Content, Reader, values_for
from queueup.web.polling.response_cache import (
    EARLIER_S,
    IDLE_S,
    LINE,
    PART_OF_A_LINE,
    QUESTIONS,
    QUESTIONS_OF_A_PARTY,
    CachedResponse,
    ResponseCache,
)
from tests.support.full_line import full_line

MOST = 1_000_000
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
    return ResponseCache(MOST, stopwatch)


def snapshot(place: int = 1, code: str = "ABC234") -> CachedSnapshot:
    """Make a snapshot in which Ana has this place."""
    party = {"size": 2, "wait": {"place": place}}
    ana: dict[str, Any] = {"view": {"type": "position"}, "party": party}
    views = {"code": code, "about": {}, "guests": {"ana": ana}, "host": {}, "public": {}}
    return CachedSnapshot(Snapshot(1, views), 0)


def response(kept: CachedSnapshot, reader: Reader = ANA) -> CachedResponse:
    """Make the response to a snapshot."""
    return CachedResponse("tag", Content(reader, True, values_for(kept.views, reader, True)))


KEY = (ANA, True, "en")


def test_every_text_of_a_response_is_counted() -> None:
    content = Content(HOST, True, {})
    long = "x" * 50_000
    for response in (
        CachedResponse("tag", content, long),
        CachedResponse("tag", content, headers=(("Vary", long),)),
        CachedResponse("tag", content, headers=((long, "Cookie"),)),
        CachedResponse("tag", Content(ANA, True, {"view": long})),
    ):
        assert response.size > len(long)


def test_what_is_used_for_a_later_snapshot_stays_counted(cache: ResponseCache) -> None:
    before = snapshot()
    content = Content(ANA, False, values_for(before.views, ANA, False))
    cache.put(before, b"key", CachedResponse("tag", content, "body"))
    size = cache.size
    for _ in range(3):
        assert cache.get(snapshot(), b"key") is not None
        assert cache.size == size


def test_the_size_is_a_metric(cache: ResponseCache) -> None:
    cache.put(snapshot(), b"key", CachedResponse("tag", Content(HOST, True, {}), "body"))
    counted = REGISTRY.get_sample_value("queueup_cache_bytes", {"cache": "responses"})
    assert counted == cache.size > 0


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
    number = 0
    while cache.has("0") or not number:
        kept = snapshot(code=f"{number}")
        cache.put(kept, KEY, response(kept))
        assert cache.size <= MOST
        number += 1
    assert cache.has("1")


def question(number: int) -> bytes:
    """Return the fingerprint of a question."""
    return number.to_bytes(16)


def test_what_strangers_invent_takes_only_the_places_of_strangers(cache: ResponseCache) -> None:
    kept, stranger = snapshot(), Reader("public")
    readers = [(ANA, question(1)), (HOST, question(2))]
    for reader, key in readers:
        cache.put(kept, key, response(kept, reader))
    for number in range(10, 1_500):
        cache.put(kept, question(number), response(kept, stranger))
    for reader, key in readers:
        assert cache.get(kept, key), reader
    found = [number for number in range(10, 1_500) if cache.get(kept, question(number))]
    assert found == list(range(1_500 - QUESTIONS, 1_500))


def test_what_is_used_again_counts_for_every_later_snapshot(cache: ResponseCache) -> None:
    for version in range(20):
        kept = snapshot()
        for number in range(version * 500):
            cache.get(kept, question(number))
        for number in range(version * 500, version * 500 + 500):
            cache.put(kept, question(number), response(kept))
        line = cache._lines["ABC234"]
        assert len(line.current) + len(line.earlier) <= QUESTIONS_OF_A_PARTY
    assert cache.size == line.size


def test_no_line_takes_more_than_its_part_and_its_own_readers_are_dropped_last(
    cache: ResponseCache,
) -> None:
    kept = snapshot()
    cache.put(kept, question(0), response(kept))
    for number in range(1, 2_000):
        reader = Reader(f"screen {number}")
        cache.put(kept, question(number), response(kept, reader))
        assert cache.size <= MOST / PART_OF_A_LINE
    assert cache.get(kept, question(0))


def test_all_that_is_counted_is_given_back(cache: ResponseCache, stopwatch: Stopwatch) -> None:
    for version in range(30):
        stopwatch.seconds += EARLIER_S / 4
        kept = snapshot(place=version % 3)
        for number in range(40):
            reader = Reader("guest", "ana") if number % 2 else Reader("board")
            cache.put(kept, question(version * 7 + number), response(kept, reader))
            cache.get(kept, question(number))
    line = cache._lines["ABC234"]
    sizes = [found.size for found in line.current.values()]
    sizes += [found.size for found, _ in line.earlier.values()]
    assert cache.size == line.size == sum(sizes) + LINE
    assert {key for asked in line.questions.values() for key in asked} == {
        key for key in (*line.current, *line.earlier) if isinstance(key, bytes)
    }


def test_the_size_is_no_less_than_the_memory_that_is_taken() -> None:
    stored = full_line()
    cache = ResponseCache(1 << 40)
    codec.loads(stored)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(20):
        kept = CachedSnapshot(Snapshot(1, codec.loads(stored) | {"code": f"{number}"}), 0)
        for party_id in kept.views["guests"]:
            reader = Reader("guest", party_id)
            content = Content(reader, True, values_for(kept.views, reader, True))
            body = f"{party_id}{'ö' * 3_000}"
            cache.put(kept, (reader, True, "en"), CachedResponse("tag", content, body))
            headers = tuple((f"Header {i}", f"{party_id} {i} {'x' * 80}") for i in range(12))
            sent = CachedResponse("tag", content, headers=headers)
            cache.put(kept, f"{number} {party_id}".encode(), sent)
    # Guests' responses keep no more of a snapshot than what each of them is shown.
    del kept, reader, content, body, headers, sent
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert taken <= cache.size <= 3 * taken
