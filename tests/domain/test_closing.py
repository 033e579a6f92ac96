"""A line never ends with anybody in it, and its end can be undone for ten minutes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from queueup.domain.change import Events
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.deadlines import closes_at
from queueup.domain.errors import NotPossibleNow, SessionClosed
from queueup.domain.events import ClosingBecameFinal, QueueClosed
from queueup.domain.model import (
    HOUR,
    MINUTE,
    UNDO_CLOSING_MS,
    EndedEarlier,
    OnExpiry,
    Phase,
    Queue,
    QueueSettings,
    Status,
)
from queueup.domain.views import snapshot
from tests.domain.in_memory_waitlist import Stand, call, seat
from tests.domain.lines import HOLD

ROME = ZoneInfo("Europe/Rome")
ALWAYS = QueueSettings("Lucia", 60, HOLD, OnExpiry.FLAG, time_zone="Europe/Rome", keeps_code=True)
EVENINGS = replace(ALWAYS, open_time="17:00", close_time="23:00")
NAMES = tuple(f"party-{number}" for number in range(1, 10))


def clock(day: int, hour: int, minute: int = 0) -> int:
    """Return a time of a day in November 2026 in Rome."""
    return int(datetime(2026, 11, day, hour, minute, tzinfo=ROME).timestamp()) * 1000


def clock_of(at: int | None) -> str:
    return "never" if at is None else datetime.fromtimestamp(at / 1000, ROME).strftime("%d %H:%M")


def opened(settings: QueueSettings, day: int = 26, hour: int = 17) -> Stand:
    return Stand(settings, clock(day, hour))


@pytest.fixture(params=["no hours", "evenings", "opens only", "closes only", "around the clock"])
def any_hours(request: pytest.FixtureRequest) -> Iterator[QueueSettings]:
    yield {
        "no hours": ALWAYS,
        "evenings": EVENINGS,
        "opens only": replace(ALWAYS, open_time="17:00"),
        "closes only": replace(ALWAYS, close_time="23:00"),
        "around the clock": replace(ALWAYS, open_time="17:00", close_time="17:00"),
    }[request.param]


def test_nobody_is_dropped_by_a_clock(any_hours: QueueSettings) -> None:
    at = opened(any_hours)
    at.join(*NAMES)
    call(at, "party-1")
    for _ in range(4 * 24):
        at.wait(HOUR)
    assert not at.queue.is_closed
    assert [party.id for party in at.queue.waiting()] == list(NAMES[1:])
    assert at.party("party-1").status is Status.CALLED
    assert closes_at(at.queue) is None


def test_an_empty_line_without_hours_stays_between_lunch_and_dinner() -> None:
    at = opened(ALWAYS, hour=11)
    at.join("party-1")
    at.now = clock(26, 14, 30)
    seat(at, "party-1")
    at.wait(4 * HOUR)
    at.join("party-2")
    assert at.party("party-2").ticket == 2


@pytest.mark.parametrize(
    ("last", "closes"),
    [
        ((26, 14, 30), "27 05:00"),  # after lunch, if nobody comes for dinner
        ((26, 22, 30), "27 05:00"),
        ((26, 23, 30), "27 05:30"),  # a night's rest
        ((27, 3, 0), "27 09:00"),
    ],
)
def test_an_empty_line_without_hours_closes_after_a_nights_rest(
    last: tuple[int, int, int], closes: str
) -> None:
    at = opened(ALWAYS, hour=11)
    at.join("party-1")
    at.now = clock(*last)
    seat(at, "party-1")
    assert clock_of(closes_at(at.queue)) == closes
    assert snapshot(at.queue)["host"]["closesAt"] == closes_at(at.queue)
    at.wait(20 * HOUR)
    assert (clock_of(at.queue.closed_at), at.queue.close_reason) == (closes, "idle")


def test_an_empty_line_with_hours_closes_after_them() -> None:
    at = opened(EVENINGS)
    at.join("party-1")
    at.now = clock(26, 22, 30)
    seat(at, "party-1")
    assert closes_at(at.queue) is None  # it is still open, and somebody may come
    at.now = clock(26, 23, 0)
    at.wait(0)
    assert clock_of(closes_at(at.queue)) == "27 00:30"
    at.wait(2 * HOUR)
    assert clock_of(at.queue.closed_at) == "27 00:30"


def test_a_party_forgotten_in_the_line_keeps_it_open_until_a_host_sees_it() -> None:
    at = opened(EVENINGS)
    at.join("party-1")
    at.now = clock(27, 11, 0)
    at.act(lambda queue, now: host_commands.kick(queue, "party-1", now))
    assert at.queue.phase is Phase.BEFORE
    # Less than a night's rest before the next evening: that evening goes on with this line.
    assert closes_at(at.queue) is None
    at.join("party-2", origin="host")


def test_a_line_opened_early_in_the_day_waits_for_its_hours() -> None:
    at = opened(EVENINGS, hour=9)
    at.act(
        lambda queue, now: session_commands.change_settings(
            queue, now, replace(EVENINGS, name="Lucia's")
        )
    )
    at.wait(7 * HOUR)
    at.now = clock(26, 18, 0)
    at.join("party-1")
    assert not at.queue.is_closed


def test_an_early_line_waits_for_its_hours_whatever_its_host_does_meanwhile() -> None:
    def set_hours(queue: Queue, now: int) -> Events:
        return session_commands.change_settings(queue, now, replace(EVENINGS, max_guests=80))

    at = opened(EVENINGS, hour=8)
    at.wait(HOUR)
    at.act(set_hours)
    assert closes_at(at.queue) is None
    at.act(session_commands.end_day)
    at.wait(MINUTE)
    at.act(session_commands.undo_closing)
    assert closes_at(at.queue) is None
    # A line that has its hours only now, too.
    at = opened(ALWAYS, hour=8)
    at.wait(MINUTE)
    at.act(set_hours)
    assert closes_at(at.queue) is None


def test_the_lines_of_old_screens_keep_their_two_and_twelve_hours() -> None:
    old = QueueSettings("Lucia", 60, HOLD, OnExpiry.RELEASE)
    at = Stand(old)
    at.wait(2 * HOUR)
    assert at.queue.close_reason == "idle"
    at = Stand(replace(old, on_expiry=OnExpiry.FLAG))
    at.join("party-1")
    at.wait(12 * HOUR)
    assert at.queue.close_reason == "age"
    refused = at.tried(session_commands.undo_closing)
    assert isinstance(refused, NotPossibleNow)


@pytest.mark.parametrize("end", [session_commands.end_day, session_commands.close])
def test_the_end_can_be_undone_with_everything_as_it_was(end: object) -> None:
    at = opened(ALWAYS)
    at.join(*NAMES)
    at.wait(5 * MINUTE)
    call(at, "party-3")
    at.guest(lambda queue, now: guest_commands.on_my_way(queue, "party-3", now, 2))
    seat(at, "party-4")
    at.act(lambda queue, now: host_commands.move(queue, "party-9", now, "party-1", "Reservation"))
    before, shown = at.queue, snapshot(at.queue)
    at.act(end)  # type: ignore[arg-type]
    assert snapshot(at.queue)["host"]["reopenUntil"] == at.now + UNDO_CLOSING_MS
    assert isinstance(
        at.tried(lambda queue, now: host_commands.call(queue, "party-1", now)), SessionClosed
    )
    at.wait(MINUTE)
    at.act(session_commands.undo_closing)
    assert at.queue.parties == before.parties
    assert at.queue.actions == before.actions
    assert at.queue.last_ticket == before.last_ticket
    again = snapshot(at.queue)
    assert again["guests"] == shown["guests"]
    assert again["host"]["queue"] == shown["host"]["queue"]
    assert again["host"]["called"] == shown["host"]["called"]
    assert again["host"]["undo"] == shown["host"]["undo"]
    assert again["host"]["reopenUntil"] is None
    assert at.act(session_commands.undo_closing) == ()


@pytest.mark.parametrize("on_expiry", list(OnExpiry))
def test_a_hold_that_ran_out_in_the_meantime_is_late_or_begins_again(on_expiry: OnExpiry) -> None:
    at = opened(replace(ALWAYS, on_expiry=on_expiry))
    at.join("party-1")
    call(at, "party-1")
    at.act(session_commands.end_day)
    at.wait(HOLD + MINUTE)
    at.act(session_commands.undo_closing)
    party = at.party("party-1")
    assert party.status is Status.CALLED
    if on_expiry is OnExpiry.FLAG:
        assert party.overdue
    else:
        assert party.deadline == at.now + HOLD


def test_after_ten_minutes_the_end_is_final() -> None:
    at = opened(ALWAYS)
    at.join("party-1")
    at.act(session_commands.end_day)
    ended = at.now
    at.wait(UNDO_CLOSING_MS - 1)
    assert at.queue.reopen_until == ended + UNDO_CLOSING_MS
    at.wait(1)
    assert at.events[-1] == ClosingBecameFinal(ended + UNDO_CLOSING_MS)
    refused = at.tried(session_commands.undo_closing)
    assert isinstance(refused, NotPossibleNow) and refused.code == "closing_final"
    at.wait(24 * HOUR)
    assert isinstance(at.events[-1], ClosingBecameFinal)


def test_closing_for_good_after_the_day_is_undone_to_the_end_of_the_day() -> None:
    at = opened(ALWAYS)
    at.join("party-1")
    at.act(session_commands.end_day)
    ended = at.now
    at.wait(4 * MINUTE)
    at.act(session_commands.close)
    at.wait(4 * MINUTE)
    at.act(session_commands.undo_closing)
    assert (at.queue.closed_at, at.queue.close_reason) == (ended, "day")
    assert at.queue.can_open_again
    at.act(session_commands.undo_closing)
    assert [party.id for party in at.queue.waiting()] == ["party-1"]


def test_closing_for_good_long_after_the_day_is_undone_to_a_day_that_stays_ended() -> None:
    at = opened(ALWAYS)
    at.join("party-1")
    at.act(session_commands.end_day)
    at.wait(UNDO_CLOSING_MS - MINUTE)
    at.act(session_commands.close)
    at.wait(2 * MINUTE)
    at.act(session_commands.undo_closing)
    assert at.queue.close_reason == "day"
    assert isinstance(at.tried(session_commands.undo_closing), NotPossibleNow)


def test_the_hours_that_passed_in_the_meantime_hold_after_the_undo() -> None:
    at = opened(EVENINGS)
    at.join("party-1")
    at.now = clock(26, 22, 55)
    at.act(session_commands.end_day)
    at.now = clock(26, 23, 2)
    at.act(session_commands.undo_closing)
    assert at.queue.phase is Phase.AFTER
    assert [party.id for party in at.queue.waiting()] == ["party-1"]


def test_the_closed_console_counts_every_party_of_the_evening() -> None:
    at = opened(ALWAYS)
    at.join(*NAMES, "party-10")
    at.join("mistake", origin="host")
    at.undo()
    for name in NAMES:
        call(at, name)
    seat(at, "party-1")
    at.act(lambda queue, now: host_commands.no_show(queue, "party-2", now))
    at.guest(lambda queue, now: guest_commands.leave(queue, "party-10", now))
    at.act(session_commands.end_day)
    host = snapshot(at.queue)["host"]
    assert host["outcomes"] == {"served": 1, "no_show": 1, "left": 1, "kicked": 0, "closed": 7}
    assert (host["closeReason"], host["closedAt"]) == ("day", at.now)


def test_the_closed_console_has_the_numbers_of_the_evening() -> None:
    at = opened(ALWAYS)
    at.join(*NAMES, "party-10")
    at.join("mistake", origin="host")
    at.undo()
    assert snapshot(at.queue)["host"]["evening"] is None
    quoted = {party.id: party.quoted_ms for party in at.queue.parties}
    waits = {}
    for name in reversed(NAMES):
        at.wait(5 * MINUTE)
        call(at, name)
        waits[name] = at.now - at.queue.party(name).joined_at  # type: ignore[union-attr]
    at.act(session_commands.end_day)
    evening = snapshot(at.queue)["host"]["evening"]
    longest = sorted(waits.values())
    assert len(longest) == 9
    assert evening == {
        "people": sum(party.size for party in at.queue.parties if party.id != "mistake"),
        "called": 9,
        "kept": sum(waits[name] <= quoted[name] for name in NAMES),
        # Nearest ranks: the fifth and the ninth of nine.
        "medianMs": longest[4],
        "ninetiethMs": longest[8],
    }
    assert 0 < evening["kept"] < 9
    # Of some that only the history has left, nobody here knows how long they waited.
    forgotten = replace(at.queue, ended_earlier=(EndedEarlier(at.now // HOUR, {"served": 1}),))
    assert snapshot(forgotten)["host"]["evening"] is None


def test_a_day_on_which_nobody_was_called_has_no_waits() -> None:
    at = opened(ALWAYS)
    at.join("party-1")
    at.act(session_commands.end_day)
    evening = snapshot(at.queue)["host"]["evening"]
    assert evening is not None
    assert (evening["called"], evening["medianMs"], evening["ninetiethMs"]) == (0, None, None)


def test_parties_that_ended_a_day_ago_make_room_in_a_line_that_never_ends() -> None:
    at = opened(replace(ALWAYS, open_time="17:00", close_time="17:00"))
    at.join("party-1", "party-2", "party-3")
    seat(at, "party-1")
    at.wait(25 * HOUR)
    at.join("party-4")
    at.join("party-5")
    at.act(lambda queue, now: host_commands.move(queue, "party-5", now, "party-2", None))
    at.act(lambda queue, now: host_commands.move(queue, "party-3", now, None, None))
    seat(at, "party-2")
    at.wait(24 * HOUR + MINUTE)
    at.join("party-6")
    assert [party.id for party in at.queue.parties] == [
        "party-5",
        "party-4",
        "party-3",
        "party-6",
    ]
    assert [action.place for action in at.queue.actions if action.party_id == "party-3"] == [1]
    at.undo()
    assert [party.id for party in at.queue.waiting()] == [
        "party-5",
        "party-3",
        "party-4",
        "party-6",
    ]
    assert not [event for event in at.events if isinstance(event, QueueClosed)]
