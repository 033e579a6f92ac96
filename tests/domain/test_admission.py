"""Who may join when, and in which words the others are sent away."""

from dataclasses import replace

import pytest

from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.errors import AlreadyInQueue, NotJoinable, QueueFull, SessionClosed
from queueup.domain.model import HOUR, MINUTE, OnExpiry, Phase, QueueSettings
from queueup.domain.views import snapshot
from tests.domain.in_memory_waitlist import TABLET, Stand, call, seat, stand
from tests.domain.lines import HOLD

# It is four in the afternoon in Berlin when the tests open their queues.
HOURS = QueueSettings(
    "Lucia",
    10,
    HOLD,
    OnExpiry.FLAG,
    open_time="17:00",
    close_time="01:00",
    time_zone="Europe/Berlin",
    last_call_minutes=45,
)


def joining(at: Stand) -> tuple[str | None, str | None]:
    views = snapshot(at.queue)
    shown = views["public"]["joining"]
    assert shown == views["host"]["joining"]
    assert shown["open"] == (shown["why"] is None)
    return shown["why"], shown["words"]


def refusal(at: Stand, size: int = 1, origin: str = "guest", name: str | None = None) -> object:
    wish = guest_commands.Join("Late", name, size, origin=origin)
    return at.tried(lambda q, now: guest_commands.join(q, wish, now), None)


def test_an_open_line_lets_everybody_in() -> None:
    at = stand("Ana")
    assert joining(at) == (None, None)
    assert refusal(at) is None


def test_a_paused_line_tells_guests_and_the_kiosk_the_hosts_reason() -> None:
    at = stand("Ana")
    at.act(lambda q, now: session_commands.pause(q, now, "The kitchen catches up."))
    assert joining(at) == ("paused", "The kitchen catches up.")
    for origin in ("guest", "kiosk"):
        refused = refusal(at, origin=origin)
        assert isinstance(refused, NotJoinable)
        assert (refused.why, str(refused)) == ("paused", "The kitchen catches up.")


def test_a_pause_can_get_another_reason_and_ends() -> None:
    at = stand()
    at.act(lambda q, now: session_commands.pause(q, now, "One"))
    assert at.act(lambda q, now: session_commands.pause(q, now, "One")) == ()
    at.act(lambda q, now: session_commands.pause(q, now, "Two"))
    assert snapshot(at.queue)["host"]["pausedReason"] == "Two"
    at.act(session_commands.resume)
    assert at.act(session_commands.resume) == ()
    assert joining(at) == (None, None)


def test_a_line_with_hours_goes_through_its_day_by_itself() -> None:
    at = Stand(HOURS)
    seen = [joining(at)]
    for _ in range(3):
        due = snapshot(at.queue)["due"]
        at.wait(due - at.now)
        at.join(f"Walker-{due}", origin="host")
        seen.append(joining(at))
    assert seen == [
        ("before", "The line opens at 17:00."),
        (None, None),
        ("last_call", "Last call has passed for today."),
        ("after", "We're closed for today."),
    ]


def test_guests_wait_on_after_the_last_call_and_after_closing() -> None:
    at = Stand(replace(HOURS, open_time="16:00", close_time="18:00"))
    at.join("Ana")
    at.wait(3 * HOUR)
    assert at.queue.phase is Phase.AFTER
    call(at, "Ana")
    seat(at, "Ana")


def test_a_full_line_is_full_for_guests_and_not_for_the_host() -> None:
    at = Stand(replace(HOURS, time_zone=None))
    at.join("Ana", size=8)
    assert joining(at) == (None, None)
    assert isinstance(refusal(at, size=3), QueueFull)
    at.join("Walker", size=3, origin="host")
    assert joining(at) == ("full", "The line is full.")
    assert isinstance(refusal(at, origin="kiosk"), QueueFull)


def test_a_wait_that_is_too_long_keeps_guests_out() -> None:
    at = Stand(replace(HOURS, time_zone=None, max_guests=100, max_wait_ms=10 * MINUTE))
    at.join("p1", "p2", "p3")
    assert refusal(at) is None
    assert joining(at)[0] == "wait"
    assert isinstance(refusal(at, name="One more"), NotJoinable)


@pytest.mark.parametrize("closed", ["paused", "before", "full"])
def test_the_host_lets_walk_ins_in_whatever_keeps_guests_out(closed: str) -> None:
    hours = HOURS if closed == "before" else replace(HOURS, time_zone=None)
    at = Stand(replace(hours, max_guests=1 if closed == "full" else 10))
    at.join("Ana", origin="host")
    if closed == "paused":
        at.act(lambda q, now: session_commands.pause(q, now, "Paused."))
    assert joining(at)[0] == closed
    at.join("Walker", size=4, origin="host")
    assert at.party("Walker").origin == "host"


def test_a_host_may_add_two_parties_of_one_name_without_a_key() -> None:
    at = stand()
    for party_id in ("one", "two"):
        wish = guest_commands.Join(party_id, "Anna", 2, origin="host")
        at.act(lambda q, now, wish=wish: guest_commands.join(q, wish, now), TABLET)
    assert [party.name for party in at.queue.waiting()] == ["Anna", "Anna"]
    assert isinstance(refusal(at, name="Anna"), AlreadyInQueue)


def test_a_walk_in_is_promised_what_the_host_says_or_else_the_estimate() -> None:
    at = stand("Ana")
    for party_id, quoted in (("said", 25 * MINUTE), ("unsaid", None), ("at once", 0)):
        wish = guest_commands.Join(party_id, None, 2, origin="host", quoted_ms=quoted)
        at.act(lambda q, now, wish=wish: guest_commands.join(q, wish, now), TABLET)
    assert at.party("said").quoted_ms == 25 * MINUTE
    assert at.party("unsaid").quoted_ms == 10 * MINUTE
    assert at.party("at once").quoted_ms == 0


def test_settings_change_during_the_evening_and_count_from_then() -> None:
    at = stand("Ana", "Ben")
    call(at, "Ana")
    changed = replace(at.queue.settings, hold_ms=7 * MINUTE, max_guests=2)
    at.act(lambda q, now: session_commands.change_settings(q, now, changed))
    assert at.act(lambda q, now: session_commands.change_settings(q, now, changed)) == ()
    assert at.party("Ana").deadline == at.now + HOLD
    call(at, "Ben")
    assert at.party("Ben").deadline == at.now + 7 * MINUTE
    assert joining(at)[0] == "full"


def test_new_hours_hold_at_once() -> None:
    at = stand("Ana")
    at.act(lambda q, now: session_commands.change_settings(q, now, HOURS))
    assert joining(at)[0] == "before"
    at.act(lambda q, now: session_commands.change_settings(q, now, replace(HOURS, time_zone=None)))
    assert joining(at)[0] is None


def test_a_line_closed_for_good_cannot_be_paused_or_set() -> None:
    at = stand("Ana")
    at.act(session_commands.close)
    for command in (
        lambda q, now: session_commands.pause(q, now, "Paused."),
        session_commands.resume,
        lambda q, now: session_commands.change_settings(q, now, HOURS),
    ):
        assert isinstance(at.tried(command), SessionClosed)
    assert joining(at)[0] == "closed"
