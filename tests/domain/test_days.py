"""The end of a day, another day on the same code, and a line that closes by itself."""

from dataclasses import fields, replace

from queueup.domain.commands import devices as devices_commands
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.deadlines import IDLE_MS, MAX_AGE_MS, MAX_AGE_WITH_HOURS_MS
from queueup.domain.errors import NotPossibleNow, SessionClosed, UnknownParty
from queueup.domain.events import HoursTurned, QueueClosed
from queueup.domain.model import (
    ERASED,
    HOUR,
    MINUTE,
    UNDO_CLOSING_MS,
    OnExpiry,
    Party,
    Phase,
    QueueSettings,
    Status,
)
from queueup.domain.views import snapshot
from tests.domain.in_memory_waitlist import TABLET, Stand, call, seat, stand
from tests.domain.lines import HOLD, OPENED, done

DAILY = QueueSettings("Lucia", 40, HOLD, OnExpiry.FLAG, keeps_code=True)
WITH_HOURS = replace(
    DAILY, time_zone="Europe/Berlin", open_time="16:00", close_time="22:00", last_call_minutes=30
)


def open_again(at: Stand) -> None:
    at.act(lambda q, now: session_commands.open_again(q, f"ABC234-{now}", now))


def test_a_day_ends_and_the_code_opens_again_for_an_empty_line() -> None:
    at = Stand(DAILY)
    at.join("Ana", "Ben")
    at.act(lambda q, now: session_commands.pause(q, now, "Paused."))
    at.act(session_commands.end_day)
    assert (at.queue.close_reason, at.queue.can_open_again) == ("day", True)
    at.now += 18 * HOUR
    open_again(at)
    queue = at.queue
    assert (queue.parties, queue.last_ticket, queue.paused_reason) == ((), 0, None)
    assert (queue.code, queue.opened_at, queue.is_closed) == ("ABC234", at.now, False)
    assert queue.session_id != "ABC234-session"


def test_another_day_keeps_who_hosts_the_pin_and_what_was_learned() -> None:
    at = Stand(DAILY)
    at.join("Ana")
    at.wait(5 * MINUTE)
    seat(at, "Ana")
    at.act(lambda q, now: devices_commands.set_pin(q, now, "pin-hash"))
    at.act(session_commands.end_day, key="tap-1")
    before = at.queue
    open_again(at)
    assert [device.id for device in at.queue.devices] == [d.id for d in before.devices]
    assert (at.queue.pin_hash, at.queue.seatings) == ("pin-hash", before.seatings)
    assert len(at.queue.seatings) == 1
    assert at.queue.last_event == before.last_event + 1
    assert at.queue.keys == ("tap-1",)


def test_yesterdays_guests_are_unknown_today_and_nothing_of_theirs_is_undone() -> None:
    at = Stand(DAILY)
    at.join("Ana")
    call(at, "Ana")
    at.act(session_commands.end_day)
    open_again(at)
    assert isinstance(
        at.tried(lambda q, now: guest_commands.leave(q, "Ana", now), None), UnknownParty
    )
    assert not at.can_undo()


def test_ending_or_opening_twice_changes_nothing() -> None:
    at = Stand(DAILY)
    at.act(session_commands.end_day)
    assert at.act(session_commands.end_day) == ()
    open_again(at)
    before = at.queue
    open_again(at)
    assert at.queue == before


def test_a_line_that_keeps_no_code_has_no_other_day() -> None:
    at = stand("Ana")
    assert isinstance(at.tried(session_commands.end_day), NotPossibleNow)
    at.act(session_commands.close)
    refusal = at.tried(lambda q, now: session_commands.open_again(q, "new", now))
    assert isinstance(refusal, NotPossibleNow)


def test_a_line_closed_for_good_stays_closed_even_if_its_day_had_ended() -> None:
    at = Stand(DAILY)
    at.act(session_commands.end_day)
    at.act(session_commands.close)
    assert at.queue.close_reason == "host"
    assert at.act(session_commands.close) == ()
    refusal = at.tried(lambda q, now: session_commands.open_again(q, "new", now))
    assert isinstance(refusal, NotPossibleNow)


def test_a_line_that_closed_by_itself_opens_again() -> None:
    at = Stand(DAILY)
    at.wait(24 * HOUR)
    assert at.queue.close_reason == "idle"
    open_again(at)
    assert not at.queue.is_closed


def test_settings_of_a_line_between_two_days_can_be_changed() -> None:
    at = Stand(DAILY)
    at.act(session_commands.end_day)
    at.act(lambda q, now: session_commands.change_settings(q, now, WITH_HOURS))
    assert at.queue.is_closed
    open_again(at)
    assert (at.queue.settings, at.queue.phase) == (WITH_HOURS, Phase.OPEN)


def test_an_empty_line_within_its_hours_is_not_forgotten() -> None:
    at = Stand(WITH_HOURS)
    at.wait(5 * HOUR)
    assert not at.queue.is_closed


def test_a_line_that_was_idle_before_its_hours_ended_closes_with_them() -> None:
    at = Stand(WITH_HOURS)
    at.wait(12 * HOUR)
    turned = [event for event in at.events if isinstance(event, HoursTurned)]
    closed = at.events[-1]
    assert isinstance(closed, QueueClosed)
    assert (closed.reason, closed.at) == ("idle", turned[-1].at)
    assert turned[-1].phase is Phase.AFTER


def test_a_line_that_was_busy_until_its_hours_ended_closes_two_hours_later() -> None:
    at = Stand(WITH_HOURS)
    at.join("Ana")
    while at.queue.phase is not Phase.AFTER:
        at.wait(MINUTE)
    at.guest(lambda q, now: guest_commands.leave(q, "Ana", now))
    left_at = at.now
    at.wait(3 * HOUR)
    assert at.queue.closed_at == left_at + IDLE_MS


def test_a_legacy_line_with_hours_may_be_open_for_longer() -> None:
    at = Stand(replace(WITH_HOURS, open_time="09:00", close_time="09:00", keeps_code=False))
    at.join("Ana")
    at.wait(MAX_AGE_MS)
    assert not at.queue.is_closed
    at.wait(MAX_AGE_WITH_HOURS_MS - MAX_AGE_MS)
    assert (at.queue.closed_at, at.queue.close_reason) == (OPENED + MAX_AGE_WITH_HOURS_MS, "age")


def test_giving_up_the_hours_of_an_old_legacy_line_does_not_close_it_at_that_moment() -> None:
    at = Stand(replace(WITH_HOURS, keeps_code=False))
    at.join("Ana")
    at.wait(13 * HOUR)
    without_hours = replace(DAILY, keeps_code=False)
    at.act(lambda q, now: session_commands.change_settings(q, now, without_hours))
    at.wait(HOUR)
    assert not at.queue.is_closed
    at.wait(HOUR)
    assert at.queue.close_reason == "age"


def everything_of(at: Stand) -> None:
    known = ("Ana", 2, "join-key", "+49 1", "red hat", "terrace", ("wheelchair",), "host")
    at.act(
        lambda q, now: guest_commands.join(q, guest_commands.Join("party-1", *known), now), TABLET
    )
    at.act(lambda q, now: host_commands.kick(q, "party-1", now, "was rude"), TABLET)


def test_a_closed_line_forgets_everything_about_its_guests() -> None:
    at = Stand(DAILY)
    everything_of(at)
    at.act(session_commands.end_day)
    assert at.act(session_commands.erase_guests, device=None) == ()
    at.wait(UNDO_CLOSING_MS)
    at.act(session_commands.erase_guests, device=None)
    (ana,) = at.queue.parties
    assert {name: getattr(ana, name) for name in ERASED} == ERASED
    assert at.queue.actions == ()
    shown = str(snapshot(at.queue)) + str(at.queue)
    for text in ("Ana", "join-key", "red hat", "+49", "rude", "terrace", "wheelchair"):
        assert text not in shown
    assert at.act(session_commands.erase_guests, device=None) == ()


def test_every_text_of_a_party_is_erased_unless_it_says_nothing_of_a_person() -> None:
    texts = {field.name for field in fields(Party) if "str" in str(field.type)}
    assert {"name", "flags", "language"} <= texts
    assert texts - ERASED.keys() == {"id", "origin", "answer", "table", "judged"}


def test_each_thing_known_of_a_guest_is_reason_enough_to_forget() -> None:
    at = Stand(DAILY)
    everything_of(at)
    at.act(session_commands.end_day)
    at.wait(UNDO_CLOSING_MS)
    (ana,) = at.queue.parties
    nameless = replace(ana, **ERASED)
    for name in ERASED:
        known = replace(nameless, **{name: getattr(ana, name) or "text"})
        queue = replace(at.queue, parties=(known,), actions=())
        assert done(session_commands.erase_guests, queue, at.now).queue.parties == (nameless,)
    without_actions = replace(at.queue, parties=(nameless,))
    assert done(session_commands.erase_guests, without_actions, at.now).queue.actions == ()


def test_an_open_line_forgets_nobody_until_it_was_left_open_and_forgotten() -> None:
    at = Stand(DAILY)
    at.join("Ana")
    at.wait(MAX_AGE_WITH_HOURS_MS - 1)
    assert at.act(session_commands.erase_guests, device=None) == ()
    at.wait(1)
    at.act(session_commands.erase_guests, device=None)
    assert [(party.name, party.status) for party in at.queue.parties] == [(None, Status.WAITING)]


def test_nobody_acts_in_a_line_between_two_days() -> None:
    at = Stand(DAILY)
    at.join("Ana")
    at.act(session_commands.end_day)
    assert isinstance(at.tried(lambda q, now: host_commands.call(q, "Ana", now)), SessionClosed)
