"""A process hears of every commit at once, and knows when it does not."""

import threading
from collections.abc import Iterator

import pytest
from redis import Redis

from queueup.clock import now_ms
from queueup.domain.model import MINUTE, OnExpiry, QueueSettings
from queueup.storage.change_feed import SILENT_S, ChangeFeed
from queueup.storage.redis_client import connect
from queueup.waitlist import Waitlist
from tests.support.redis_server import OwnRedis
from tests.support.waitlists import make_waitlist

SETTINGS = QueueSettings("Lucia", 60, 2 * MINUTE, OnExpiry.RELEASE)
PATIENCE_S = 60  # Only there so that a test that waits in vain ends.


class Heard:
    """Told after the memory, so that a test can wait for what the memory has heard."""

    def __init__(self) -> None:
        self.connections = threading.Semaphore(0)
        self.interruptions = threading.Semaphore(0)
        self.commits = threading.Semaphore(0)

    def on_connect(self) -> None:
        self.connections.release()

    def on_disconnect(self) -> None:
        self.interruptions.release()

    def on_commit(self, code: str, version: int, body: str) -> None:
        self.commits.release()


@pytest.fixture
def redis(own_redis: OwnRedis) -> Iterator[Redis]:
    """A client of a Redis with no other commits than the test's."""
    redis = connect(own_redis.url)
    yield redis
    redis.close()


@pytest.fixture
def rival(redis: Redis) -> Waitlist:
    """Another process, which makes the commits."""
    return make_waitlist(redis)


@pytest.fixture
def hearing(redis: Redis) -> Iterator[tuple[Waitlist, Heard]]:
    """A process that hears commits; by its stopwatch, which stands, it trusts its copies."""
    waitlist, heard = make_waitlist(redis, now_ms, lambda: 0.0), Heard()
    changes = ChangeFeed(redis)
    changes.add(waitlist._snapshots)
    changes.add(heard)
    changes.start()
    assert heard.connections.acquire(timeout=PATIENCE_S)
    yield waitlist, heard
    changes.stop()
    assert heard.interruptions.acquire(timeout=PATIENCE_S)


def names(waitlist: Waitlist, code: str) -> list[str]:
    """Return the line as this process shows it."""
    return [party["name"] for party in waitlist.snapshot(code).views["host"]["queue"]]


def test_a_heard_commit_drops_the_copy_at_once(
    hearing: tuple[Waitlist, Heard], rival: Waitlist
) -> None:
    waitlist, heard = hearing
    code = rival.create(SETTINGS).code
    assert heard.commits.acquire(timeout=PATIENCE_S)
    assert names(waitlist, code) == []
    rival.join(code, "Ana", 1, None)
    assert heard.commits.acquire(timeout=PATIENCE_S)
    assert names(waitlist, code) == ["Ana"]


def test_a_lost_subscription_is_noticed_and_taken_up_again(
    hearing: tuple[Waitlist, Heard], rival: Waitlist, redis: Redis
) -> None:
    waitlist, heard = hearing
    code = rival.create(SETTINGS).code
    assert heard.commits.acquire(timeout=PATIENCE_S)
    assert names(waitlist, code) == []
    redis.client_kill_filter(_type="pubsub")
    assert heard.interruptions.acquire(timeout=PATIENCE_S)
    rival.join(code, "Ana", 1, None)
    assert names(waitlist, code) == ["Ana"]
    assert heard.connections.acquire(timeout=PATIENCE_S)
    rival.join(code, "Ben", 1, None)
    # Ana's commit may have come just before the new connection, or just after it.
    while "Ben" not in names(waitlist, code):
        assert heard.commits.acquire(timeout=PATIENCE_S)


def test_a_connection_that_died_without_a_word_is_noticed(
    hearing: tuple[Waitlist, Heard], rival: Waitlist, own_redis: OwnRedis
) -> None:
    waitlist, heard = hearing
    code = rival.create(SETTINGS).code
    assert heard.commits.acquire(timeout=PATIENCE_S)
    own_redis.fall_silent()
    assert heard.interruptions.acquire(timeout=PATIENCE_S)
    own_redis.speak()
    assert heard.connections.acquire(timeout=PATIENCE_S)
    rival.join(code, "Ana", 1, None)
    assert heard.commits.acquire(timeout=PATIENCE_S)
    assert names(waitlist, code) == ["Ana"]


def test_a_quiet_hour_is_not_taken_for_a_dead_connection(
    hearing: tuple[Waitlist, Heard],
) -> None:
    _, heard = hearing
    assert not heard.interruptions.acquire(timeout=SILENT_S + 2)
