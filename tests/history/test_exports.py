"""Exports hold every row of their days once, in order, on both databases, some rows at a time."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from queueup.domain.model import HOUR, MINUTE
from queueup.history import History, exports
from queueup.history.exports import Kind, Row
from queueup.history.recorder import Recorder
from queueup.waitlist import Waitlist
from scripts.past_days import DAY, Visit, record_day
from tests.history.conftest import RecorderMaker
from tests.history.evenings import OPENED, Clock
from tests.history.full_evening import WRITTEN, FullEvening

ROME = ZoneInfo("Europe/Rome")
SATURDAY = date(2026, 3, 7)
DAYS = (date(2026, 2, 28), SATURDAY)
CODE = "KX7M2P"


def rows(history: History, kind: Kind, code: str, days: tuple[date, date] = DAYS) -> list[Row]:
    """Return all rows of an export."""
    export = history.export(kind, code, days, ROME)
    found = [row for batch in export.batches() for row in batch]
    assert export.total == len(found)
    assert all(list(row) == exports.columns(kind) for row in found)
    return found


def test_all_rows_of_an_evening_are_exported(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, history: History
) -> None:
    evening = FullEvening(waitlist, clock)
    recorder.record_queue(evening.code)
    parties = rows(history, Kind.PARTIES, evening.code)
    assert [(row["ticket"], row["name"]) for row in parties][:3] == [
        (1, "Anna"),
        (2, "Ben"),
        (3, "Carla"),
    ]
    assert parties[0]["joined_at"] == datetime(2026, 3, 7, 19, tzinfo=ROME)
    assert (parties[0]["day"], parties[0]["waited_minutes"]) == (SATURDAY, 10)
    events = rows(history, Kind.EVENTS, evening.code)
    assert [row["number"] for row in events] == list(range(1, len(events) + 1))
    # The device's clock, by which it was added, stands at 1970.
    assert [row["kind"] for row in events[:2]] == ["QUEUE_OPENED", "QUEUE_DEVICE_ADDED"]
    assert {row["day"] for row in events} == {SATURDAY}
    [day] = rows(history, Kind.DAYS, evening.code)
    assert (day["parties"], day["served"], day["close_reason"]) == (7, 2, "day")
    assert (day["median_wait_minutes"], day["opened_at"].hour) == (20, 19)


def test_erased_guests_stay_erased(
    waitlist: Waitlist, make_recorder: RecorderMaker, clock: Clock, history: History
) -> None:
    evening = FullEvening(waitlist, clock)
    recorder = make_recorder(30)
    recorder.record_queue(evening.code)
    clock.forward(31 * 24 * 60)
    assert recorder.erase_old_guests() == 1
    found = str([rows(history, kind, evening.code) for kind in Kind])
    assert [word for word in WRITTEN if word in found] == []
    assert len(rows(history, Kind.PARTIES, evening.code)) == 8


@pytest.mark.parametrize("kind", Kind)
def test_batches_lose_and_repeat_nothing(
    history: History, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    history.upgrade()
    for ago in range(3):
        visits = [Visit(number, 2, 10, 5) for number in range(4)]
        record_day(history, CODE, f"session-{ago}", OPENED - ago * DAY, visits)
    whole = rows(history, kind, CODE)
    monkeypatch.setattr(exports, "BATCH", 2)
    assert rows(history, kind, CODE) == whole
    assert len(whole) == {Kind.PARTIES: 12, Kind.EVENTS: 42, Kind.DAYS: 3}[kind]
    assert [row["day"].day for row in whole] == sorted(row["day"].day for row in whole)


def test_a_line_that_stays_open_for_days_is_exported_by_day(history: History) -> None:
    history.upgrade()
    visits = [Visit(24 * 60 * day, 2, 10, 5 + day) for day in range(3)]
    # After midnight of the second evening.
    record_day(history, CODE, "long", OPENED, [*visits, Visit(30 * 60, 5, 10, 50)])
    record_day(history, CODE, "unused", OPENED + 2 * DAY, [])
    first = rows(history, Kind.PARTIES, CODE, (SATURDAY, SATURDAY))
    assert [row["ticket"] for row in first] == [1]
    events = rows(history, Kind.EVENTS, CODE, (SATURDAY, SATURDAY))
    assert {row["party_id"] for row in events} == {None, "long-1"}
    second = date(2026, 3, 8)
    parties = rows(history, Kind.PARTIES, CODE, (second, second))
    assert [(row["ticket"], row["day"]) for row in parties] == [(2, second), (4, second)]
    events = rows(history, Kind.EVENTS, CODE, (second, second))
    assert {row["party_id"] for row in events} == {"long-2", "long-4"}
    assert {row["day"] for row in events} == {second}
    days = rows(history, Kind.DAYS, CODE, (SATURDAY, date(2026, 3, 9)))
    assert [
        (row["session_id"], row["day"].day, row["parties"], row["median_wait_minutes"])
        for row in days
    ] == [("long", 7, 1, 5), ("long", 8, 2, 6), ("long", 9, 1, 7), ("unused", 9, 0, None)]


def test_only_days_of_the_line_within_the_range_are_exported(history: History) -> None:
    history.upgrade()
    for code, session, ago in ((CODE, "a", 0), (CODE, "b", 8), ("ZZZZZZ", "c", 0)):
        record_day(history, code, session, OPENED - ago * DAY, [Visit(0, 2, 10, 5)])
    assert [row["session_id"] for row in rows(history, Kind.PARTIES, CODE)] == ["a"]
    # At half past four in London it is half past five in Rome, where Saturday has begun.
    record_day(history, CODE, "d", OPENED - 13 * HOUR - 30 * MINUTE, [Visit(0, 2, 10, 5)])
    assert len(rows(history, Kind.DAYS, CODE, (SATURDAY, SATURDAY))) == 2
    friday = date(2026, 3, 6)
    assert rows(history, Kind.DAYS, CODE, (friday, friday)) == []
