"""With ANSWERED_ON=2, no change is answered that only the primary has."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.client import Pipeline

from queueup.domain.model import MINUTE, OnExpiry, Queue, QueueSettings
from queueup.jobs.outbox import Outbox
from queueup.storage import server_check
from queueup.storage.redis_client import Unavailable, connect
from queueup.storage.store import Store
from queueup.storage.transaction import AnswerLost, Transaction
from queueup.waitlist import Waitlist
from tests.support.replicated_redis import ReplicatedRedis, replicated
from tests.support.waitlists import waitlist_of

SETTINGS = QueueSettings("Lucia", 60, 2 * MINUTE, OnExpiry.FLAG, keeps_code=True)
KEY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReplicatedRedis]:
    """A primary and a replica."""
    with replicated(tmp_path_factory.mktemp("servers"), replicas=1) as servers:
        yield servers


@pytest.fixture
def redis(servers: ReplicatedRedis) -> Iterator[Redis]:
    """A client of the primary."""
    redis = connect(servers.primary.url)
    yield redis
    redis.close()


@pytest.fixture
def waitlist(redis: Redis) -> Waitlist:
    """The use cases, answered once two machines have a change."""
    return waitlist_of(Store(redis, Outbox(redis), replicas=1))


@pytest.fixture
def queue(waitlist: Waitlist) -> Queue:
    """A line that both have."""
    return waitlist.create(SETTINGS)


def names(waitlist: Waitlist, code: str) -> list[str | None]:
    return [party.name for party in waitlist.queue(code).parties]


def test_what_was_answered_is_on_the_replica(
    servers: ReplicatedRedis, waitlist: Waitlist, queue: Queue
) -> None:
    waitlist.join(queue.code, "Anna", 2, None)
    (replica,) = servers.replicas
    state = f"queueup:{{{queue.code}}}:state"
    assert replica.client.hget(state, "version") == servers.primary.client.hget(state, "version")
    assert replica.client.hget(state, "version") == b"2"


def test_what_only_the_primary_has_is_answered_when_the_replica_has_it_too(
    servers: ReplicatedRedis, waitlist: Waitlist, queue: Queue
) -> None:
    (replica,) = servers.replicas
    replica.send(signal.SIGSTOP)
    try:
        for _ in range(2):
            with pytest.raises(Unavailable, match="ANSWERED_ON"):
                waitlist.join(queue.code, "Anna", 2, KEY)
        with pytest.raises(Unavailable, match="ANSWERED_ON"):
            waitlist.create(SETTINGS)
    finally:
        replica.send(signal.SIGCONT)
    assert waitlist.join(queue.code, "Anna", 2, KEY)[1].name == "Anna"
    assert names(waitlist, queue.code) == ["Anna"]


def test_it_is_said_that_a_replica_is_missing(
    servers: ReplicatedRedis, redis: Redis, tmp_path: Path
) -> None:
    said = "ANSWERED_ON=2 needs a replica, and none is connected: no change is answered."
    assert said not in server_check.complaints(redis, replicas=1)
    (replica,) = servers.replicas
    alone = connect(replica.url)
    assert said in server_check.complaints(alone, replicas=1)
    assert said not in server_check.complaints(alone)
    alone.close()


def test_a_lost_answer_is_made_up_for_once_the_replica_has_the_change(
    servers: ReplicatedRedis,
    waitlist: Waitlist,
    queue: Queue,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commit = Transaction.commit

    def lose_the_answer(current: Transaction, pipe: Pipeline, replicas: int = 0) -> None:
        monkeypatch.undo()
        commit(current, pipe)
        raise AnswerLost

    (replica,) = servers.replicas
    replica.send(signal.SIGSTOP)
    try:
        monkeypatch.setattr(Transaction, "commit", lose_the_answer)
        with pytest.raises(Unavailable, match="ANSWERED_ON"):
            waitlist.join(queue.code, "Anna", 2, KEY)
    finally:
        replica.send(signal.SIGCONT)
    monkeypatch.setattr(Transaction, "commit", lose_the_answer)
    waitlist.join(queue.code, "Bo", 2, None)
    assert names(waitlist, queue.code) == ["Anna", "Bo"]
    monkeypatch.setattr(Transaction, "commit", lose_the_answer)
    assert names(waitlist, waitlist.create(SETTINGS).code) == []


def test_a_line_is_opened_once_the_replica_has_it_too(
    servers: ReplicatedRedis, waitlist: Waitlist
) -> None:
    (replica,) = servers.replicas
    replica.send(signal.SIGSTOP)
    try:
        for _ in range(2):
            with pytest.raises(Unavailable, match="ANSWERED_ON"):
                waitlist.create(SETTINGS, key=KEY)
    finally:
        replica.send(signal.SIGCONT)
    assert waitlist.create(SETTINGS, key=KEY).settings == SETTINGS
