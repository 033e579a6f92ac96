"""A change whose answer is lost on the way from Redis is neither done twice nor called undone."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from queueup import create_app
from queueup.clock import now_ms
from queueup.config import read_settings
from queueup.domain.change import Change
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands.guest import Join
from queueup.domain.model import MINUTE, OnExpiry, Queue, QueueSettings
from queueup.jobs.outbox import Outbox
from queueup.services import EXTENSION
from queueup.storage.redis_client import Unavailable, connect
from queueup.storage.store import COMMIT_IDS, LOST_ANSWERS, Store
from queueup.waitlist import Waitlist
from tests.domain.lines import done
from tests.support.redis_proxy import Cut, Fate, RedisProxy, proxied
from tests.support.redis_server import OwnRedis
from tests.support.waitlists import make_waitlist

SETTINGS = QueueSettings("Lucia", 60, 2 * MINUTE, OnExpiry.RELEASE)
KEY = "11111111-1111-4111-8111-111111111111"
REFUSALS = (
    "MOVED 866 127.0.0.1:7001",
    "CLUSTERDOWN The cluster is down",
    "READONLY You can't write against a read only replica.",
    "NOREPLICAS Not enough good replicas to write.",
)


@pytest.fixture
def proxy(own_redis: OwnRedis) -> Iterator[RedisProxy]:
    """The way to Redis."""
    with proxied(own_redis.folder / "redis.sock") as proxy:
        yield proxy


@pytest.fixture
def redis(proxy: RedisProxy) -> Iterator[Redis]:
    """A client on that way that tries once, as the product's, but has patience with the machine."""
    redis = Redis.from_url(proxy.url, retry=Retry(NoBackoff(), 0))
    yield redis
    redis.close()


@pytest.fixture
def evening(redis: Redis) -> Waitlist:
    """The use cases on that way."""
    return make_waitlist(redis)


@pytest.fixture
def truth(own_redis: OwnRedis) -> Iterator[Waitlist]:
    """The use cases with an undisturbed way."""
    redis = Redis.from_url(own_redis.url)
    yield make_waitlist(redis)
    redis.close()


@pytest.fixture
def queue(truth: Waitlist) -> Queue:
    """A queue with three parties waiting."""
    queue = truth.create(SETTINGS)
    for name in ("Anna", "Bo", "Cleo"):
        truth.join(queue.code, name, 2, None)
    return queue


def advance(evening: Waitlist, code: str) -> None:
    called = evening.advance(code, None, None)
    assert called is not None
    assert called.name == "Anna"


def join(evening: Waitlist, code: str) -> None:
    _, party = evening.join(code, "Dora", 2, None)
    assert party.ticket == 4


def end(evening: Waitlist, code: str) -> None:
    evening.close(code)


def state(queue: Queue) -> tuple[list[str | None], list[str | None], bool]:
    """Return the names of the waiting and the called, and whether the queue is closed."""
    waiting = [party.name for party in queue.waiting()]
    return waiting, [party.name for party in queue.called()], queue.is_closed


BEFORE = (["Anna", "Bo", "Cleo"], [], False)
ACTIONS: dict[str, Callable[[Waitlist, str], None]] = {"advance": advance, "join": join, "end": end}


@pytest.mark.parametrize("cut", [[Cut.BEFORE], [Cut.AFTER], [Cut.BEFORE, Cut.AFTER]], ids=str)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_change_without_a_key_is_made_once_when_the_connection_ends(
    proxy: RedisProxy,
    evening: Waitlist,
    truth: Waitlist,
    queue: Queue,
    action: str,
    cut: list[Cut],
) -> None:
    other = truth.create(SETTINGS)
    for name in ("Anna", "Bo", "Cleo"):
        truth.join(other.code, name, 2, None)
    ACTIONS[action](truth, other.code)
    undisturbed = truth.queue(other.code)

    proxy.next(*cut)
    ACTIONS[action](evening, queue.code)

    after = truth.queue(queue.code)
    assert state(after) == state(undisturbed)
    assert after.last_event == undisturbed.last_event


@pytest.mark.parametrize("key", [None, KEY])
@pytest.mark.parametrize("cut", list(Cut))
def test_one_line_is_opened_when_the_connection_ends(
    proxy: RedisProxy, redis: Redis, evening: Waitlist, truth: Waitlist, cut: Cut, key: str | None
) -> None:
    proxy.next(cut)
    opened = evening.create(SETTINGS, key=key)

    assert len(redis.keys("queueup:{*}:state")) == 1
    assert truth.queue(opened.code).code == opened.code
    if key:
        assert evening.create(SETTINGS, key=key).code == opened.code


@pytest.mark.parametrize("error", REFUSALS)
def test_a_change_that_redis_refuses_is_not_done(
    proxy: RedisProxy, evening: Waitlist, truth: Waitlist, queue: Queue, error: str
) -> None:
    proxy.next(error)
    with pytest.raises(Unavailable):
        evening.advance(queue.code, None, None)

    assert state(truth.queue(queue.code)) == BEFORE
    advance(evening, queue.code)


def test_who_never_gets_an_answer_is_told_to_try_again(
    proxy: RedisProxy, evening: Waitlist, truth: Waitlist, queue: Queue
) -> None:
    proxy.next(*[Cut.BEFORE] * (LOST_ANSWERS + 1))
    with pytest.raises(Unavailable):
        evening.advance(queue.code, None, None)
    assert state(truth.queue(queue.code)) == BEFORE

    proxy.next(*[Cut.BEFORE] * (LOST_ANSWERS + 1))
    with pytest.raises(Unavailable):
        evening.create(SETTINGS)


@pytest.mark.parametrize("rivals", [1, COMMIT_IDS])
def test_a_commit_that_can_no_longer_be_looked_up_is_not_decided_again(
    proxy: RedisProxy, redis: Redis, truth: Waitlist, queue: Queue, rivals: int
) -> None:
    def overtaken() -> Fate:
        proxy.next()
        for number in range(rivals):
            truth.join(queue.code, f"Rival {number}", 1, None)
        return Cut.BEFORE

    decided: list[Queue] = []

    def decide(queue: Queue) -> Change:
        decided.append(queue)
        return done(guest_commands.join, queue, Join("dora", "Dora", 2), now_ms())

    proxy.fate = overtaken
    store = Store(redis, Outbox(redis))
    if rivals < COMMIT_IDS:
        store.change(queue.code, decide)
    else:
        with pytest.raises(Unavailable):
            store.change(queue.code, decide)

    names = [party.name for party in truth.queue(queue.code).waiting()]
    assert (names.count("Dora"), len(decided)) == ((1, 2) if rivals < COMMIT_IDS else (0, 1))


def test_a_late_answer_is_an_unknown_outcome_which_a_key_makes_safe(
    proxy: RedisProxy, truth: Waitlist, queue: Queue
) -> None:
    redis = connect(proxy.url)
    evening = make_waitlist(redis)
    commands = {"served_id": None, "next_id": None, "key": KEY}

    def held() -> Fate:
        proxy.answers.clear()
        return None

    proxy.fate = held
    with pytest.raises(Unavailable):
        evening.advance(queue.code, **commands)
    redis.close()
    proxy.next()
    proxy.answers.set()

    after = truth.queue(queue.code)
    assert [party.name for party in after.called()] == ["Anna"]
    again = connect(proxy.url)
    called = make_waitlist(again).advance(queue.code, **commands)
    again.close()
    assert called is not None
    assert called.name == "Anna"
    assert truth.queue(queue.code).last_event == after.last_event


def test_a_request_is_answered_as_if_nothing_had_happened_or_told_to_come_back(
    proxy: RedisProxy, truth: Waitlist, tmp_path: Path
) -> None:
    app = create_app(
        read_settings({"REDIS_URL": proxy.url, "QUEUEUP_DATA": str(tmp_path / "data")})
    )
    client = app.test_client()
    opened = client.post("/api/queue/create", json={"eventName": "Lucia", "maxGuests": 60}).json
    assert opened
    code, host = opened["code"], {"x-host-auth": opened["hostAuthToken"]}
    for name in ("Anna", "Bo"):
        proxy.next(Cut.AFTER)
        joined = client.post(f"/api/queue/{code}/join", json={"name": name, "size": 2})
        assert joined.status_code == 200
    waiting = truth.queue(code).waiting()
    assert [party.name for party in waiting] == ["Anna", "Bo"]

    proxy.next(Cut.AFTER)
    advanced = client.post(f"/api/queue/{code}/advance", json={}, headers=host)
    assert advanced.status_code == 200
    assert [party.id for party in truth.queue(code).called()] == [waiting[0].id]

    proxy.next(*[Cut.BEFORE] * (LOST_ANSWERS + 1))
    refused = client.post(f"/api/queue/{code}/advance", json={}, headers=host)
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    assert [party.name for party in truth.queue(code).called()] == ["Anna"]
    app.extensions[EXTENSION].redis.close()
