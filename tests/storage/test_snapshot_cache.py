"""No process serves a view older than one second, whether commits are heard or not.

`deaf` is a process that believes it hears commits and hears none, as behind a broken network;
its stopwatch stands until the test moves it.
"""

import gc
import time
import tracemalloc
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from redis import Redis

from queueup.clock import now_ms
from queueup.domain.model import HOUR, MINUTE, OnExpiry, QueueSettings
from queueup.storage import codec
from queueup.storage.redis_client import connect
from queueup.storage.snapshot_cache import (
    ENTRY,
    IDLE_S,
    OBJECT_BYTES,
    TRUST_S,
    SnapshotCache,
)
from queueup.storage.store import Snapshot
from queueup.waitlist import Waitlist
from tests.support.full_line import full_line
from tests.support.waitlists import make_waitlist

SETTINGS = QueueSettings("Lucia", 60, 2 * MINUTE, OnExpiry.RELEASE)


@dataclass
class Stopwatch:
    """Seconds that pass when the test says so."""

    seconds: float = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Clock:
    """Milliseconds since the epoch that pass when the test says so."""

    now: int = field(default_factory=now_ms)

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """A real Redis."""
    redis = connect(redis_url)
    yield redis
    redis.close()


@pytest.fixture
def stopwatch() -> Stopwatch:
    """The stopwatch of the process that is tested."""
    return Stopwatch()


@pytest.fixture
def clock() -> Clock:
    """The time of day of all processes."""
    return Clock()


@pytest.fixture
def rival(redis: Redis, clock: Clock) -> Waitlist:
    """Another process, which makes the commits."""
    return make_waitlist(redis, clock)


@pytest.fixture
def deaf(redis: Redis, clock: Clock, stopwatch: Stopwatch) -> Waitlist:
    """A process that believes to hear commits, but hears none."""
    waitlist = make_waitlist(redis, clock, stopwatch)
    waitlist._snapshots.on_connect()
    return waitlist


def names(waitlist: Waitlist, code: str) -> list[str]:
    """Return the line as this process shows it."""
    return [party["name"] for party in waitlist.snapshot(code).views["host"]["queue"]]


def test_a_copy_is_trusted_for_one_second_at_most() -> None:
    assert TRUST_S <= 1


def test_a_copy_is_served_without_a_question_within_its_second(
    deaf: Waitlist, rival: Waitlist, stopwatch: Stopwatch
) -> None:
    code = rival.create(SETTINGS).code
    assert names(deaf, code) == []
    rival.join(code, "Ana", 1, None)
    stopwatch.seconds += TRUST_S
    assert names(deaf, code) == []


def test_after_a_second_a_commit_that_was_not_heard_is_seen(
    deaf: Waitlist, rival: Waitlist, stopwatch: Stopwatch
) -> None:
    code = rival.create(SETTINGS).code
    assert names(deaf, code) == []
    rival.join(code, "Ana", 1, None)
    stopwatch.seconds += TRUST_S + 0.001
    assert names(deaf, code) == ["Ana"]


def test_a_checked_copy_is_trusted_for_one_more_second_and_no_longer(
    deaf: Waitlist, rival: Waitlist, stopwatch: Stopwatch
) -> None:
    code = rival.create(SETTINGS).code
    assert names(deaf, code) == []
    for count in range(1, 6):
        stopwatch.seconds += 0.6
        names(deaf, code)
        rival.join(code, f"P{count}", 1, None)
        stopwatch.seconds += TRUST_S + 0.001
        assert len(names(deaf, code)) == count


def test_the_age_counts_from_before_the_read() -> None:
    stopwatch = Stopwatch()
    versions = iter([1, 2])

    def slow_read(code: str) -> Snapshot:
        # What is read is true at the moment it is read, and the answer takes its time.
        snapshot = Snapshot(next(versions), {"due": None})
        stopwatch.seconds += 0.9
        return snapshot

    memory = SnapshotCache(slow_read, lambda code: 2, now_ms, stopwatch)
    memory.on_connect()
    assert memory.get("ABC234").version == 1
    stopwatch.seconds += 0.2
    assert memory.get("ABC234").version == 2


def test_the_age_counts_from_before_the_check() -> None:
    stopwatch = Stopwatch()
    reads, checks = iter([1, 2]), iter([1, 2])

    def slow_check(code: str) -> int:
        version = next(checks)
        stopwatch.seconds += 0.9
        return version

    memory = SnapshotCache(
        lambda code: Snapshot(next(reads), {"due": None}), slow_check, now_ms, stopwatch
    )
    memory.on_connect()
    memory.get("ABC234")
    stopwatch.seconds += 1.1
    assert memory.get("ABC234").version == 1
    stopwatch.seconds += 0.2
    assert memory.get("ABC234").version == 2


def test_while_commits_are_not_heard_every_poll_checks(deaf: Waitlist, rival: Waitlist) -> None:
    code = rival.create(SETTINGS).code
    deaf._snapshots.on_disconnect()
    for count in range(3):
        assert len(names(deaf, code)) == count
        rival.join(code, f"P{count}", 1, None)


def test_a_process_that_never_connected_checks_every_poll(
    redis: Redis, clock: Clock, stopwatch: Stopwatch, rival: Waitlist
) -> None:
    code = rival.create(SETTINGS).code
    starting = make_waitlist(redis, clock, stopwatch)
    assert names(starting, code) == []
    rival.join(code, "Ana", 1, None)
    assert names(starting, code) == ["Ana"]


def test_what_was_kept_before_the_connection_is_not_trusted_after_it(
    deaf: Waitlist, rival: Waitlist
) -> None:
    code = rival.create(SETTINGS).code
    assert names(deaf, code) == []
    deaf._snapshots.on_disconnect()
    rival.join(code, "Ana", 1, None)
    deaf._snapshots.on_connect()
    assert names(deaf, code) == ["Ana"]


def test_a_due_deadline_is_never_served_past_its_time(
    deaf: Waitlist, rival: Waitlist, clock: Clock
) -> None:
    code = rival.create(SETTINGS).code
    _, ana = rival.join(code, "Ana", 1, None)
    rival.advance(code, None, None)
    clock.now += 2 * MINUTE - 1
    view = deaf.snapshot(code).views["guests"][ana.id]["view"]
    assert view["type"] == "called"
    clock.now += 1
    view = deaf.snapshot(code).views["guests"][ana.id]["view"]
    assert view == {"type": "removed", "reason": "no_show"}
    clock.now += 2 * HOUR
    assert deaf.snapshot(code).views["host"]["closed"] is True


def test_a_commit_heard_during_a_read_is_not_kept_out_by_it() -> None:
    stopwatch = Stopwatch()
    versions = iter([1, 2])

    def read(code: str) -> Snapshot:
        snapshot = Snapshot(next(versions), {"due": None})
        if snapshot.version == 1:
            memory.on_commit(code, 2, "")
        return snapshot

    memory = SnapshotCache(read, lambda code: 2, now_ms, stopwatch)
    memory.on_connect()
    assert memory.get("ABC234").version == 1
    assert memory.get("ABC234").version == 2


def test_a_commit_to_another_queue_keeps_no_copy_out() -> None:
    reads: list[str] = []

    def read(code: str) -> Snapshot:
        reads.append(code)
        memory.on_commit("OTHER2", 2, "")
        return Snapshot(1, {"due": None})

    memory = SnapshotCache(read, lambda code: 1, now_ms)
    memory.on_connect()
    for _ in range(2):
        memory.get("ABC234")
    assert reads == ["ABC234"]


def test_of_two_reads_at_once_the_later_one_is_kept() -> None:
    versions = iter([1, 2])

    def read(code: str) -> Snapshot:
        version = next(versions)
        if version == 1:
            assert memory.get(code).version == 2
        return Snapshot(version, {"due": None})

    memory = SnapshotCache(read, lambda code: 2, now_ms)
    memory.on_connect()
    assert memory.get("ABC234").version == 1
    assert memory.get("ABC234").version == 2


def test_all_entries_take_only_so_many_bytes() -> None:
    reads: list[str] = []

    def read(code: str) -> Snapshot:
        reads.append(code)
        return Snapshot(1, {"due": None}, 10_000)

    memory = SnapshotCache(read, lambda code: 1, now_ms, most=1_000_000)
    memory.on_connect()
    fitting = 1_000_000 // (ENTRY + OBJECT_BYTES * 10_000)
    for number in range(fitting + 1):
        memory.get(f"{number}")
        assert memory.size <= 1_000_000
    memory.get(f"{fitting}")
    assert len(reads) == fitting + 1
    memory.get("0")
    assert reads[-1] == "0"
    for number in range(fitting + 1):
        memory.invalidate(f"{number}")
    assert memory.size == 0


def test_the_size_is_no_less_than_the_memory_that_is_taken() -> None:
    stored = full_line()

    def read(code: str) -> Snapshot:
        return Snapshot(1, codec.loads(stored), len(stored))

    memory = SnapshotCache(read, lambda code: 1, now_ms, most=1 << 40)
    memory.on_connect()
    read("")
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(30):
        memory.get(f"{number}")
    gc.collect()
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert taken <= memory.size <= 2 * taken


def test_a_line_that_nobody_looks_at_any_more_leaves_nothing_behind() -> None:
    stopwatch = Stopwatch()
    memory = SnapshotCache(
        lambda code: Snapshot(1, {"due": None}), lambda code: 1, now_ms, stopwatch
    )
    memory.on_connect()
    gone = [weakref.ref(memory.get(code)) for code in ("ENDED2", "WATCHD")]
    for _ in range(IDLE_S):
        stopwatch.seconds += TRUST_S + 0.1
        memory.get("WATCHD")
    memory.get("OTHER2")
    gc.collect()
    assert [ref() is None for ref in gone] == [True, False]


def test_real_seconds_count_too(redis: Redis, rival: Waitlist) -> None:
    waitlist = make_waitlist(redis)
    waitlist._snapshots.on_connect()
    code = rival.create(SETTINGS).code
    assert names(waitlist, code) == []
    rival.join(code, "Ana", 1, None)
    time.sleep(TRUST_S + 0.01)
    assert names(waitlist, code) == ["Ana"]
