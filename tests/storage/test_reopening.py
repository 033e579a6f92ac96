"""A code outlives its days: the poster stays valid, and each day's guests stay of that day."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from redis import Redis

from queueup.clock import now_ms
from queueup.domain.commands import session as session_commands
from queueup.domain.commands.guest import Join
from queueup.domain.errors import NotPossibleNow, UnknownQueue
from queueup.domain.establishment import ENOUGH_SEATED, FEW_SEATED
from queueup.domain.model import HOUR, MINUTE, UNDO_CLOSING_MS, OnExpiry, Party, QueueSettings
from queueup.notifications.subscriptions import Subscription, Subscriptions, reach_key
from queueup.storage import codec
from queueup.storage.redis_client import connect
from queueup.storage.store import KEEP_CODE_S, KEEP_S
from queueup.waitlist import Waitlist
from tests.support import hosting
from tests.support.waitlists import make_waitlist

SETTINGS = QueueSettings("Lucia", 60, 2 * MINUTE, OnExpiry.FLAG, keeps_code=True)
PHONE = Subscription("https://push.example/1", "key", "auth", "https://queue.example")
DAY_S = 24 * 3600


class Clock:
    """A time that only a test moves."""

    def __init__(self) -> None:
        self.now = now_ms()

    def __call__(self) -> int:
        """Return the time in ms since the epoch."""
        return self.now


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """A clean Redis."""
    redis = connect(redis_url)
    redis.flushdb()
    yield redis
    redis.close()


@pytest.fixture
def clock() -> Clock:
    """The time."""
    return Clock()


@pytest.fixture
def waitlist(redis: Redis, clock: Clock) -> Waitlist:
    """The use cases, with the jobs of the product."""
    return make_waitlist(redis, clock)


@pytest.fixture
def code(waitlist: Waitlist) -> str:
    """A line that keeps its code."""
    return waitlist.create(SETTINGS).code


def state(code: str) -> str:
    return f"queueup:{{{code}}}:state"


def stream(code: str) -> str:
    return f"queueup:{{{code}}}:events"


def is_about(seconds: int, expected: int) -> bool:
    return expected - 60 <= seconds <= expected


def numbers(redis: Redis, code: str) -> list[int]:
    return [int(entry.split(b"-")[0]) for entry, _ in redis.xrange(stream(code))]


def seat_after_a_wait(waitlist: Waitlist, clock: Clock, code: str, name: str) -> None:
    party = waitlist.join(code, name, 2, None)[1]
    clock.now += 10 * MINUTE
    hosting.call(waitlist, code, party.id)
    hosting.serve(waitlist, code, party.id)


def test_a_kept_code_stays_for_a_year_and_its_events_for_days(
    redis: Redis, waitlist: Waitlist, clock: Clock, code: str
) -> None:
    for number in range(ENOUGH_SEATED):
        seat_after_a_wait(waitlist, clock, code, f"Party {number}")
    assert is_about(redis.ttl(state(code)), KEEP_CODE_S)
    waitlist.act(code, session_commands.end_day)
    assert is_about(redis.ttl(state(code)), KEEP_CODE_S)
    assert is_about(redis.ttl(stream(code)), KEEP_S)
    waitlist.open_again(code)
    assert is_about(redis.ttl(state(code)), KEEP_CODE_S)


def test_a_line_that_was_tried_out_goes_after_weeks(
    redis: Redis, waitlist: Waitlist, clock: Clock, code: str
) -> None:
    for number in range(FEW_SEATED):
        seat_after_a_wait(waitlist, clock, code, f"Party {number}")
    for number in range(50):
        waitlist.join(code, f"Guest {number}", 1, None)
    assert is_about(redis.ttl(state(code)), 60 * DAY_S)


def test_a_line_stays_the_longer_the_more_were_seated_in_it(
    redis: Redis, waitlist: Waitlist, clock: Clock, code: str
) -> None:
    kept_days, is_new = [], []
    for number in range(ENOUGH_SEATED + 1):
        is_new.append(waitlist.stored_views(code)["isNew"])
        seat_after_a_wait(waitlist, clock, code, f"Party {number}")
        kept_days.append(round(redis.ttl(state(code)) / 24 / 3600))
    assert kept_days == [*[60] * FEW_SEATED, *range(80, 401, 20), 400]
    assert is_new == [True] * ENOUGH_SEATED + [False]
    # Queues of legacy clients stay for days only, however many join them.
    given_up = replace(SETTINGS, keeps_code=False)
    assert waitlist.stored_views(waitlist.create(given_up).code)["isNew"] is False


def test_what_the_clock_does_keeps_no_line_for_longer(
    redis: Redis, waitlist: Waitlist, clock: Clock
) -> None:
    hours = replace(SETTINGS, open_time="17:00", close_time="23:00", time_zone="Europe/Rome")
    code = waitlist.create(hours).code
    waitlist.add(code, Join("party", "Anna", 2, origin="host"))
    events = waitlist.queue(code).last_event
    for _ in range(40):
        clock.now += 24 * HOUR
        waitlist.stored_views(code)
    waitlist.erase_guests(code)
    # The hours have turned every day, and the party is there.
    assert waitlist.queue(code).last_event > events + 40
    assert [party.id for party in waitlist.queue(code).waiting()] == ["party"]
    assert is_about(redis.ttl(state(code)), 20 * DAY_S)
    # When that time is over, nothing prolongs it.
    redis.expire(state(code), 100)
    clock.now += 30 * 24 * HOUR
    waitlist.stored_views(code)
    assert 0 < redis.ttl(state(code)) <= 100


def test_a_line_that_nobody_ever_joined_goes_after_days(
    redis: Redis, waitlist: Waitlist, code: str
) -> None:
    assert is_about(redis.ttl(state(code)), 14 * DAY_S)
    waitlist.act(code, session_commands.end_day)
    waitlist.open_again(code)
    assert is_about(redis.ttl(state(code)), 14 * DAY_S)
    waitlist.join(code, "Anna", 2, None)
    assert is_about(redis.ttl(state(code)), 60 * DAY_S)
    waitlist.act(code, session_commands.end_day)
    waitlist.open_again(code)
    waitlist.act(code, session_commands.end_day)
    assert is_about(redis.ttl(state(code)), 60 * DAY_S)


def test_a_line_that_is_closed_for_good_goes_as_any_other(
    redis: Redis, waitlist: Waitlist, code: str
) -> None:
    waitlist.act(code, session_commands.end_day)
    waitlist.close(code)
    assert is_about(redis.ttl(state(code)), KEEP_S)
    with pytest.raises(NotPossibleNow):
        waitlist.open_again(code)


def test_a_host_who_gives_the_code_up_gives_it_up_at_once(
    redis: Redis, waitlist: Waitlist, code: str
) -> None:
    given_up = replace(SETTINGS, keeps_code=False)
    waitlist.act(code, lambda queue, now: session_commands.change_settings(queue, now, given_up))
    assert is_about(redis.ttl(state(code)), KEEP_S)


@pytest.mark.parametrize("lose", ["nothing", "trimmed", "expired"])
def test_another_day_goes_on_counting_whatever_became_of_the_events(
    redis: Redis, waitlist: Waitlist, code: str, lose: str
) -> None:
    waitlist.join(code, "Anna", 2, None)
    waitlist.act(code, session_commands.end_day)
    before = waitlist.queue(code)
    if lose == "trimmed":
        redis.xtrim(stream(code), minid=f"{before.last_event + 1}-0", approximate=False)
    elif lose == "expired":
        redis.delete(stream(code))
    waitlist.open_again(code)
    waitlist.join(code, "Ben", 2, None)
    after = waitlist.queue(code)
    assert after.session_id != before.session_id
    assert numbers(redis, code)[-2:] == [before.last_event + 1, before.last_event + 2]
    assert after.last_event == before.last_event + 2
    assert [party.name for party in after.parties] == ["Ben"]


def test_a_day_that_ran_out_unseen_ends_in_its_own_session(
    redis: Redis, waitlist: Waitlist, clock: Clock, code: str
) -> None:
    first = waitlist.queue(code).session_id
    # Nobody looked, and no worker ran: one commit ends the day and opens the next one. Whatever the
    # time is now, the first night is over.
    clock.now += 30 * HOUR
    waitlist.open_again(code)
    second = waitlist.queue(code).session_id
    found = [
        (codec.decode_event(fields[b"event"]).kind, fields[b"session"].decode())
        for _, fields in redis.xrange(stream(code))
    ]
    assert found == [
        ("QUEUE_OPENED", first),
        ("QUEUE_CLOSED", first),
        ("QUEUE_OPENED", second),
    ]


def join_with_phone(redis: Redis, waitlist: Waitlist, clock: Clock, code: str) -> Party:
    """Let a party join whose phone gets notifications."""
    _, anna = waitlist.join(code, "Anna", 2, None)
    Subscriptions(redis).add(code, anna.id, PHONE, clock(), lambda pipe: None, unless="nothing")
    return anna


def test_yesterdays_phones_are_forgotten(
    redis: Redis, waitlist: Waitlist, clock: Clock, code: str
) -> None:
    subscriptions = Subscriptions(redis)
    anna = join_with_phone(redis, waitlist, clock, code)
    waitlist.leave(code, anna.id)
    assert subscriptions.of(code, [anna.id])[anna.id].subscriptions == (PHONE,)
    waitlist.act(code, session_commands.end_day)
    # Until the end is final the line may go on, and its phones must ring.
    assert subscriptions.of(code, [anna.id])[anna.id].subscriptions == (PHONE,)
    clock.now += UNDO_CLOSING_MS
    waitlist.snapshot(code)
    assert not list(redis.scan_iter("*:push:*"))
    assert not redis.exists(reach_key(code))
    # A page that was still open says so once more.
    redis.hset(reach_key(code), f"seen:{anna.id}", clock())
    waitlist.open_again(code)
    assert not redis.exists(reach_key(code))


def test_phones_are_forgotten_too_if_the_next_day_begins_before_the_end_is_final(
    redis: Redis, waitlist: Waitlist, clock: Clock, code: str
) -> None:
    join_with_phone(redis, waitlist, clock, code)
    waitlist.act(code, session_commands.end_day)
    waitlist.open_again(code)
    assert not list(redis.scan_iter("*:push:*"))


def test_phones_are_forgotten_when_only_closing_for_good_is_undone_after_the_day(
    redis: Redis, waitlist: Waitlist, clock: Clock, code: str
) -> None:
    join_with_phone(redis, waitlist, clock, code)
    waitlist.act(code, session_commands.end_day)
    clock.now += UNDO_CLOSING_MS // 2
    waitlist.close(code)
    clock.now += UNDO_CLOSING_MS - MINUTE
    # The end of the day has become final in the meantime.
    waitlist.act(code, session_commands.undo_closing)
    assert waitlist.queue(code).reopen_until is None
    assert not list(redis.scan_iter("*:push:*"))


def test_a_guest_of_yesterday_is_nobody_today(waitlist: Waitlist, code: str) -> None:
    _, anna = waitlist.join(code, "Anna", 2, None)
    waitlist.act(code, session_commands.end_day)
    assert anna.id in waitlist.snapshot(code).views["guests"]
    waitlist.open_again(code)
    assert waitlist.snapshot(code).views["guests"] == {}


def test_a_code_that_is_not_kept_cannot_be_opened_again(waitlist: Waitlist) -> None:
    code = waitlist.create(replace(SETTINGS, keeps_code=False)).code
    waitlist.close(code)
    with pytest.raises(NotPossibleNow):
        waitlist.open_again(code)
    with pytest.raises(UnknownQueue):
        waitlist.open_again("NOCODE")
