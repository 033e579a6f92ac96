"""The truth in Redis: no write is lost, all effects come at once, deadlines need no worker."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest
from redis import Redis
from redis.client import Pipeline

from queueup.clock import now_ms
from queueup.domain.change import Change
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.commands.guest import Join
from queueup.domain.deadlines import next_due
from queueup.domain.errors import QueueFull, UnknownParty, UnknownQueue
from queueup.domain.events import Event
from queueup.domain.model import HOUR, MINUTE, OnExpiry, Queue, QueueSettings, Status
from queueup.domain.replay import replay
from queueup.domain.views import snapshot
from queueup.jobs.outbox import Outbox
from queueup.storage import codec
from queueup.storage.redis_client import Unavailable, connect
from queueup.storage.store import CHANGES, KEEP_S, RELEASE, SNAPSHOT_S, CodeTaken, Store
from queueup.waitlist import Waitlist
from tests.domain.lines import done
from tests.support.waitlists import make_waitlist, waitlist_of

SETTINGS = QueueSettings("Lucia", 60, 2 * MINUTE, OnExpiry.RELEASE)
WRITERS = 50


def no_jobs(pipe: Pipeline, before: Queue | None, queue: Queue, events: tuple[Event, ...]) -> None:
    """Enqueue nothing."""


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """A clean Redis."""
    redis = connect(redis_url)
    redis.flushdb()
    yield redis
    redis.close()


@pytest.fixture
def store(redis: Redis) -> Store:
    """Queues in that Redis, with the jobs of the product."""
    return Store(redis, Outbox(redis))


class Clock:
    """A time that only a test moves."""

    def __init__(self) -> None:
        self.now = now_ms()

    def __call__(self) -> int:
        """Return the time in ms since the epoch."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands until it is moved."""
    return Clock()


@pytest.fixture
def evening(store: Store, clock: Clock) -> Waitlist:
    """The use cases by that clock."""
    return waitlist_of(store, clock)


def opened(store: Store, settings: QueueSettings = SETTINGS) -> Queue:
    change = session_commands.create("ABC234", "ABC234-session", settings, now_ms())
    store.create(change)
    return change.queue


def joining(name: str, size: int = 1) -> Callable[[Queue], Change]:
    wish = Join(name, name, size)
    return lambda queue: done(guest_commands.join, queue, wish, now_ms())


def keys(redis: Redis) -> dict[str, int]:
    """Return every key with its size, to see whether anything changed.

    Web processes of other tests may still add up what they have counted.
    """
    found = sorted(key for key in redis.keys("*") if not key.startswith(b"queueup:figures:"))
    return {key.decode(): redis.memory_usage(key) for key in found}


def test_a_queue_is_loaded_as_it_was_committed(store: Store) -> None:
    queue = opened(store)
    assert store.load("ABC234").queue == queue
    change = store.change("ABC234", joining("Ana"))
    stored = store.load("ABC234")
    assert (stored.version, stored.queue) == (2, change.queue)


def test_an_unknown_code_is_not_found(store: Store) -> None:
    with pytest.raises(UnknownQueue):
        store.load("ZZZ999")
    with pytest.raises(UnknownQueue):
        store.change("ZZZ999", joining("Ana"))


def test_a_code_is_given_once(store: Store) -> None:
    opened(store)
    with pytest.raises(CodeTaken):
        opened(store, replace(SETTINGS, name="Other"))
    assert store.load("ABC234").queue.settings.name == "Lucia"


def test_of_two_who_open_the_same_code_at_once_one_wins(redis: Redis) -> None:
    rival = Store(redis, no_jobs)

    def rival_first(
        pipe: Pipeline, before: Queue | None, queue: Queue, events: tuple[Event, ...]
    ) -> None:
        opened(rival)

    with pytest.raises(CodeTaken):
        opened(Store(redis, rival_first), replace(SETTINGS, name="Other"))
    assert rival.load("ABC234").queue.settings.name == "Lucia"


def test_the_loser_of_a_race_decides_again(store: Store) -> None:
    opened(store)
    seen: list[list[str]] = []

    def decide(queue: Queue) -> Change:
        seen.append([party.id for party in queue.parties])
        if len(seen) == 1:
            store.change("ABC234", joining("Rival"))
        return joining("Ana")(queue)

    store.change("ABC234", decide)
    assert seen == [[], ["Rival"]]
    stored = store.load("ABC234")
    assert [party.id for party in stored.queue.waiting()] == ["Rival", "Ana"]
    assert stored.version == 3


def test_the_loser_of_a_race_is_refused_by_the_rule_that_now_holds(store: Store) -> None:
    opened(store, replace(SETTINGS, max_guests=4))
    rivals = iter([joining("Rival", 3)])

    def decide(queue: Queue) -> Change:
        for rival in rivals:
            store.change("ABC234", rival)
        return joining("Ana", 2)(queue)

    with pytest.raises(QueueFull):
        store.change("ABC234", decide)
    assert [party.id for party in store.load("ABC234").queue.parties] == ["Rival"]


def test_a_refresh_that_lost_a_race_does_not_show_the_past(store: Store) -> None:
    opened(store)
    rivals = iter([joining("Rival")])

    def decide(queue: Queue) -> Change:
        for rival in rivals:
            store.change("ABC234", rival)
        return Change(queue)

    store.change("ABC234", decide)
    found = store.read_snapshot("ABC234")
    assert found is not None
    assert found.version == 2
    assert [party["id"] for party in found.views["host"]["queue"]] == ["Rival"]


def test_who_always_loses_is_told_to_try_again(store: Store) -> None:
    opened(store, replace(SETTINGS, max_guests=10_000))
    rivals = iter(range(10_000))

    def decide(queue: Queue) -> Change:
        store.change("ABC234", joining(f"Rival {next(rivals)}"))
        return joining("Ana")(queue)

    with pytest.raises(Unavailable):
        store.change("ABC234", decide)
    assert store.load("ABC234").queue.party("Ana") is None


def test_no_write_of_fifty_at_once_is_lost(redis_url: str, store: Store) -> None:
    opened(store, replace(SETTINGS, max_guests=60))
    start = threading.Barrier(WRITERS)
    outcomes: list[str] = []

    def write(number: int) -> None:
        own = connect(redis_url, connections=1)
        start.wait()
        try:
            Store(own, Outbox(own)).change("ABC234", joining(f"p{number}", 1 + number % 3))
        except QueueFull:
            outcomes.append("refused")
        else:
            outcomes.append(f"p{number}")
        own.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    stored = store.load("ABC234")
    let_in = [outcome for outcome in outcomes if outcome != "refused"]
    assert len(outcomes) == WRITERS
    assert stored.version == 1 + len(let_in)
    assert sorted(let_in) == sorted(party.id for party in stored.queue.parties)
    assert stored.queue.people() <= 60
    assert "refused" in outcomes and stored.queue.people() >= 58


def test_one_commit_writes_state_snapshot_events_jobs_and_tells(redis: Redis, store: Store) -> None:
    opened(store)
    with redis.pubsub() as pubsub:
        pubsub.subscribe(CHANGES)
        pubsub.get_message(timeout=60)
        change = store.change("ABC234", joining("Ana"))
        told = pubsub.get_message(timeout=60)
    assert told is not None
    code, version, body = told["data"].decode().split(" ", 2)
    assert (code, version) == ("ABC234", "2")
    assert codec.loads(body) == snapshot(change.queue) | {"release": RELEASE}

    found = store.read_snapshot("ABC234")
    assert found is not None
    assert (found.version, found.views) == (2, snapshot(change.queue))
    assert store.read_version("ABC234") == 2

    entries = redis.xrange("queueup:{ABC234}:events")
    assert [number.decode() for number, _ in entries] == ["1-0", "2-0"]
    told_events = [codec.decode_event(fields[b"event"]) for _, fields in entries]
    assert replay(told_events) == change.queue

    timer = f"rq:job:time-ABC234-{next_due(change.queue)}"
    assert redis.exists(timer)


def test_a_timer_is_planned_by_the_commit_that_first_has_its_time(
    redis: Redis, store: Store
) -> None:
    opened(store)
    first = store.change("ABC234", joining("Ana"))
    timer = f"rq:job:time-ABC234-{next_due(first.queue)}"
    redis.delete(timer)
    second = store.change("ABC234", joining("Bo"))
    assert next_due(second.queue) == next_due(first.queue)
    assert not redis.exists(timer)

    call = partial(host_commands.call, party_id=first.queue.parties[0].id)
    called = store.change("ABC234", lambda queue: done(call, queue, now=now_ms()))
    assert redis.exists(f"rq:job:time-ABC234-{next_due(called.queue)}")


def test_a_commit_that_fails_writes_nothing_at_all(redis: Redis, store: Store) -> None:
    opened(store)
    before, truth = keys(redis), store.load("ABC234")

    def broken(
        pipe: Pipeline, before: Queue | None, queue: Queue, events: tuple[Event, ...]
    ) -> None:
        Outbox(redis)(pipe, before, queue, events)
        raise RuntimeError("the outbox is broken")

    with redis.pubsub() as pubsub:
        pubsub.subscribe(CHANGES)
        pubsub.get_message(timeout=60)
        with pytest.raises(RuntimeError, match="broken"):
            Store(redis, broken).change("ABC234", joining("Ana"))
        assert pubsub.get_message(timeout=0.1) is None
    assert store.load("ABC234") == truth
    assert keys(redis) == before


def test_a_refused_command_commits_no_event(redis: Redis, store: Store) -> None:
    opened(store)
    with pytest.raises(UnknownParty):
        store.change("ABC234", lambda queue: done(guest_commands.leave, queue, "nobody", now_ms()))
    assert store.load("ABC234").version == 1
    assert redis.xlen("queueup:{ABC234}:events") == 1


def test_all_keys_of_a_queue_share_its_slot_and_leave_by_themselves(
    redis: Redis, store: Store
) -> None:
    opened(store)
    own = {key.decode() for key in redis.keys("queueup:*ABC234*")}
    assert own >= {f"queueup:{{ABC234}}:{part}" for part in ("state", "snapshot", "events")}
    assert all(key.startswith("queueup:{ABC234}:") for key in own)
    assert redis.ttl("queueup:{ABC234}:state") in range(KEEP_S - 60, KEEP_S + 1)
    assert redis.ttl("queueup:{ABC234}:events") in range(KEEP_S - 60, KEEP_S + 1)


def test_a_snapshot_lives_thirty_seconds(redis: Redis, store: Store) -> None:
    opened(store)
    assert SNAPSHOT_S == 30
    assert redis.pttl("queueup:{ABC234}:snapshot") in range(1, 30_001)


def _expire(redis: Redis) -> None:
    redis.pexpire("queueup:{ABC234}:snapshot", 1)
    while redis.exists("queueup:{ABC234}:snapshot"):
        pass


@pytest.mark.parametrize("lose", [lambda redis: redis.delete("queueup:{ABC234}:snapshot"), _expire])
def test_a_snapshot_that_has_gone_is_refilled_from_the_truth(
    redis: Redis, store: Store, evening: Waitlist, lose: Callable[[Redis], None]
) -> None:
    opened(store)
    store.change("ABC234", joining("Ana"))
    lose(redis)
    assert store.read_snapshot("ABC234") is None
    assert store.read_version("ABC234") is None
    views = evening.snapshot("ABC234").views
    assert [party["id"] for party in views["host"]["queue"]] == ["Ana"]
    refilled = store.read_snapshot("ABC234")
    assert refilled is not None and refilled.version == 2 == store.load("ABC234").version


def test_a_kept_copy_of_an_expired_snapshot_is_refilled_too(
    redis: Redis, store: Store, evening: Waitlist
) -> None:
    opened(store)
    evening.snapshot("ABC234")
    store.change("ABC234", joining("Ana"))
    redis.delete("queueup:{ABC234}:snapshot")
    views = evening.snapshot("ABC234").views
    assert [party["id"] for party in views["host"]["queue"]] == ["Ana"]


def test_a_read_applies_a_deadline_with_no_worker_alive(evening: Waitlist, clock: Clock) -> None:
    code = evening.create(SETTINGS).code
    _, ana = evening.join(code, "Ana", 1, None)
    _, ben = evening.join(code, "Ben", 1, None)
    evening.advance(code, None, None)
    clock.now += 2 * MINUTE
    views = evening.snapshot(code).views
    assert views["guests"][ana.id]["view"] == {"type": "removed", "reason": "no_show"}
    assert views["guests"][ben.id]["view"] == {"type": "called", "deadline": clock.now + 2 * MINUTE}
    assert evening.queue(code).called()[0].id == ben.id


def test_a_command_applies_a_deadline_first(evening: Waitlist, clock: Clock) -> None:
    code = evening.create(SETTINGS).code
    _, ana = evening.join(code, "Ana", 1, None)
    evening.advance(code, None, None)
    clock.now += 2 * MINUTE
    with pytest.raises(UnknownParty):
        evening.leave(code, ana.id)
    party = evening.queue(code).party(ana.id)
    assert party is not None and party.status is Status.NO_SHOW


def test_an_idle_queue_is_closed_for_whoever_looks(evening: Waitlist, clock: Clock) -> None:
    code = evening.create(SETTINGS).code
    clock.now += 2 * HOUR
    assert evening.snapshot(code).views["host"]["closed"] is True
    assert evening.queue(code).close_reason == "idle"


def test_a_deadline_is_applied_once_by_many_at_a_time(redis: Redis, clock: Clock) -> None:
    evening = make_waitlist(redis, clock)
    code = evening.create(SETTINGS).code
    evening.join(code, "Ana", 1, None)
    evening.advance(code, None, None)
    clock.now += 2 * MINUTE
    threads = [threading.Thread(target=evening.snapshot, args=(code,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kinds = [
        codec.decode_event(fields[b"event"]).kind
        for _, fields in redis.xrange(f"queueup:{{{code}}}:events")
    ]
    assert kinds.count("QUEUE_MEMBER_DROPPED") == 1


def test_advance_returns_the_party_it_called(evening: Waitlist) -> None:
    code = evening.create(SETTINGS).code
    assert evening.advance(code, None, None) is None
    _, ana = evening.join(code, "Ana", 1, None)
    _, ben = evening.join(code, "Ben", 1, None)
    called = evening.advance(code.lower(), None, ben.id)
    assert called is not None and called.id == ben.id
    called = evening.advance(code, ben.id, None)
    assert called is not None and (called.id, called.status) == (ana.id, Status.CALLED)


def test_the_same_key_joins_once_even_at_the_same_moment(redis: Redis, clock: Clock) -> None:
    evening = make_waitlist(redis, clock)
    code = evening.create(SETTINGS).code
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(evening.join(code, "Ana", 2, "key")[1].id))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert evening.queue(code).people() == 2
