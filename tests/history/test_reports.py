"""Reports say of known evenings what was done, on both databases, by indexes, and write nothing."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, event, text

from queueup.domain.model import HOUR, MINUTE
from queueup.history import History, HistoryUnavailable
from queueup.history.days import Period, bounds, date_of, day_of, days_before, spans
from queueup.history.exports import Kind
from queueup.history.recorder import Recorder
from queueup.history.report import Part
from queueup.history.report_queries import Counts, Spread
from queueup.waitlist import Waitlist
from scripts.past_days import DAY, Visit, record_day
from tests.history.evenings import OPENED, Clock, known_evening
from tests.history.full_evening import FullEvening

ROME = ZoneInfo("Europe/Rome")
UTC = ZoneInfo("UTC")
SATURDAY = date(2026, 3, 7)
CODE = "KX7M2P"
# A table that is read as a whole, in the words of both databases.
SCANS = re.compile("SCAN (queues|parties|events)|Seq Scan")


def record(
    history: History, session: str, opened_at: int, waits: list[tuple[int, int, float, float]]
) -> None:
    """Record a day with parties: minute of joining, size, minutes quoted and waited; all served."""
    record_day(history, CODE, session, opened_at, [Visit(*wait) for wait in waits])


def test_a_known_evening_is_reported_as_it_was(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, history: History
) -> None:
    code = known_evening(waitlist, clock)
    recorder.record_queue(code)
    found = history.report(code, Period.DAY, SATURDAY, UTC)
    counts = found.total.counts
    assert counts == Counts(
        parties=7,
        people=20,
        served=2,
        no_shows=1,
        left=1,
        removed=1,
        closed=2,
        called=3,
        calls=4,
        answered=1,
        # Anna was quoted 5 minutes and waited 10; Ben 5 and 20; Dora 10 and 40.
        quoted=3,
        close=1,
    )
    assert counts.late == 3
    assert found.total.wait == Spread(3, 20, 40)
    assert found.total.error == Spread(3, 15, 30)
    # Anna came within a minute and a half, Dora at once.
    assert found.total.seating == Spread(2, 0, 1.5)
    assert found.by_hour == {18: Part(counts, Spread(3, 20, 40))}
    assert found.by_weekday == {(5, 18): Part(counts)}
    assert {name: (part.counts.parties, part.wait) for name, part in found.by_band.items()} == {
        "1-2": (4, Spread(2, 10, 40)),
        "3-4": (2, Spread(1, 20, 20)),
        "5-6": (1, None),
    }
    assert (found.before.days, found.before.counts) == (0, Counts())


def test_what_was_taken_back_does_not_count(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, history: History
) -> None:
    evening = FullEvening(waitlist, clock)
    recorder.record_queue(evening.code)
    found = history.report(evening.code, Period.WEEK, SATURDAY, ROME)
    counts = found.total.counts
    # Hugo was added by mistake; Dora judged; Carla was still in line.
    assert (counts.parties, counts.people) == (7, 21)
    assert (counts.served, counts.no_shows, counts.left, counts.removed) == (2, 1, 2, 1)
    assert (counts.closed, counts.in_line, counts.judged_too_long) == (1, 0, 1)
    assert list(found.by_hour) == [19]


def test_a_day_is_compared_with_its_weekday_before(history: History) -> None:
    history.upgrade()
    record(history, "now", OPENED, [(0, 2, 10, 10), (70, 8, 20, 40)])
    record(history, "week-ago", OPENED - 7 * DAY, [(0, 2, 10, 5)])
    record(history, "month-ago", OPENED - 28 * DAY, [(0, 2, 10, 15), (1, 2, 10, 25)])
    record(history, "friday", OPENED - DAY, [(0, 3, 10, 90)])
    found = history.report(CODE, Period.DAY, SATURDAY, ROME)
    assert found.total.counts.parties == 2
    # The first was called just when it was promised.
    assert (found.total.counts.kept, found.total.counts.late) == (1, 1)
    assert list(found.by_hour) == [19, 20]
    assert found.by_band["7+"].wait == Spread(1, 40, 40)
    assert (found.before.days, found.before.counts.parties) == (2, 3)
    assert found.before.wait == Spread(3, 15, 25)


def test_weeks_are_compared_with_those_before(history: History) -> None:
    history.upgrade()
    record(history, "now", OPENED, [(0, 2, 10, 10)])
    record(history, "friday", OPENED - DAY, [(0, 3, 10, 90), (0, 3, 10, 20)])
    record(history, "week-ago", OPENED - 7 * DAY, [(0, 2, 10, 5)])
    week = history.report(CODE, Period.WEEK, SATURDAY, ROME)
    assert [(day.day, part.counts.parties) for day, part in week.by_day.items()] == [(6, 2), (7, 1)]
    assert list(week.by_weekday) == [(4, 19), (5, 19)]
    assert (week.before.days, week.before.counts.parties) == (1, 1)
    weeks = history.report(CODE, Period.FOUR_WEEKS, SATURDAY, ROME)
    assert (weeks.first, weeks.total.days) == (date(2026, 2, 8), 3)
    assert weeks.before.days == 0


def test_what_comes_after_midnight_belongs_to_the_evening_before(history: History) -> None:
    history.upgrade()
    # 23:30 in Rome, which is a day earlier than Saturday in no zone; parties come after midnight.
    record(history, "late", OPENED + 4 * HOUR + 30 * MINUTE, [(5, 2, 10, 5), (45, 2, 10, 5)])
    found = history.report(CODE, Period.DAY, SATURDAY, ROME)
    assert (found.total.counts.parties, list(found.by_hour)) == (2, [23, 0])
    assert history.report(CODE, Period.DAY, date(2026, 3, 8), ROME).total.days == 0
    assert history.report("ZZZZZZ", Period.DAY, SATURDAY, ROME).total.days == 0
    # A line that is opened after midnight goes on with the same evening.
    record(history, "again", OPENED + 6 * HOUR, [(0, 3, 10, 5)])
    assert history.report(CODE, Period.DAY, SATURDAY, ROME).total.counts.parties == 3


def test_a_line_that_stays_open_for_days_is_counted_by_day(history: History) -> None:
    history.upgrade()
    evenings = [(24 * 60 * day, 2 + day, 10, 5 + 10 * day) for day in range(3)]
    late = 24 * 60 + 5 * 60  # midnight of the second evening
    record(history, "long", OPENED, [*evenings, (late, 8, 10, 50)])
    days = [date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 9), date(2026, 3, 10)]
    reports = [history.report(CODE, Period.DAY, day, ROME) for day in days]
    people = [report.total.counts.people for report in reports]
    assert people == [2, 3 + 8, 4, 0]
    assert [report.total.days for report in reports] == [1, 1, 1, 0]
    assert reports[1].total.wait == Spread(2, 15, 50)
    assert reports[1].by_weekday.keys() == {(6, 19), (6, 0)}
    week = history.report(CODE, Period.WEEK, days[2], ROME)
    assert [part.counts.people for part in week.by_day.values()] == [2, 11, 4]
    # A line that nobody joined was open all the same.
    record(history, "unused", OPENED + 3 * DAY, [])
    found = history.report(CODE, Period.DAY, days[3], ROME)
    assert (found.total.days, found.total.counts) == (1, Counts())
    assert list(found.by_day) == [days[3]]
    # Nothing of it is in the reports of the days before and after.
    assert history.report(CODE, Period.DAY, date(2026, 3, 6), ROME).total.days == 0
    next_week = history.report(CODE, Period.DAY, date(2026, 3, 15), ROME)
    assert (next_week.before.days, next_week.before.counts.people) == (1, 11)


def test_hours_are_local_in_summer_and_winter(history: History) -> None:
    history.upgrade()
    for days, session in ((21, "winter"), (28, "summer")):
        record(history, session, OPENED + days * DAY, [(0, 2, 10, 5)])
    # Clocks changed on 29 March: 18:00 UTC is 19:00 and then 20:00.
    found = history.report(CODE, Period.FOUR_WEEKS, date(2026, 4, 4), ROME)
    assert sorted(found.by_weekday) == [(5, 19), (5, 20)]


@pytest.mark.parametrize(
    ("saturday", "hours"),
    [(date(2026, 3, 28), [1, 3, 4]), (date(2026, 10, 24), [1, 2, 2, 3, 4]), (SATURDAY, [1, 2, 3])],
)
def test_nights_in_which_clocks_change_have_every_party_once(
    history: History, saturday: date, hours: list[int]
) -> None:
    history.upgrade()
    start, end = bounds(saturday, saturday, ROME)
    one = end - len(hours) * HOUR - (0 if hours[-1] == 4 else HOUR)
    visits = [Visit(60 * number, 2, 10, 5) for number in range(len(hours))]
    record_day(history, CODE, "night", one, visits)
    record_day(history, CODE, "morning", end, [Visit(0, 8, 10, 5)])
    found = history.report(CODE, Period.DAY, saturday, ROME)
    assert (found.total.counts.parties, found.total.counts.people) == (len(hours), 2 * len(hours))
    counted = {hour: part.counts.parties for hour, part in found.by_hour.items()}
    assert counted == {hour: hours.count(hour) for hour in hours}
    assert history.report(CODE, Period.DAY, saturday - timedelta(1), ROME).total.days == 0
    assert start < one


def test_business_days_begin_and_end_by_the_clock_of_the_line() -> None:
    # Days of 23 and 25 hours, where the clocks change.
    assert [
        (end - start) // HOUR
        for start, end in (
            bounds(day, day, ROME) for day in (date(2026, 3, 28), date(2026, 10, 24), SATURDAY)
        )
    ] == [23, 25, 24]
    start, end = bounds(SATURDAY, SATURDAY, ROME)
    assert start == OPENED - 14 * HOUR  # five in the morning
    assert [day_of(at, ROME).day for at in (start - 1, start, end - 1, end)] == [6, 7, 7, 8]
    assert [date_of(at, ROME).day for at in (start - 1, start, end - 1, end)] == [7, 7, 8, 8]
    assert [day.weekday() for day in days_before(Period.DAY, SATURDAY)] == [5, 5, 5, 5]
    sunday = date(2026, 3, 8)
    assert spans([SATURDAY, sunday], ROME) == [bounds(SATURDAY, sunday, ROME)]
    assert len(spans([SATURDAY, date(2026, 3, 9)], ROME)) == 2


def test_the_median_and_the_ninetieth_are_those_of_real_waits(history: History) -> None:
    history.upgrade()
    waits = [7, 1, 10, 4, 2, 9, 3, 8, 6, 5]
    record(history, "ten", OPENED, [(0, 2, 0, wait) for wait in waits])
    assert history.report(CODE, Period.DAY, SATURDAY, ROME).total.wait == Spread(10, 5, 9)


def test_a_report_reads_by_indexes_and_never_the_events(
    history: History, database_url: str
) -> None:
    history.upgrade()
    for weeks in range(5):
        record(history, f"ago-{weeks}", OPENED - 7 * weeks * DAY, [(0, 2, 10, 10)])
    for period in Period:
        plans = explained(
            history, database_url, lambda one=period: history.report(CODE, one, SATURDAY, ROME)
        )
        assert len(plans) > 10
        for plan in plans:
            assert "events" not in plan
            assert not SCANS.search(plan)
        # A line that is open for months is not read as a whole.
        assert any(re.search("parties_by_day.*joined_at", plan, re.DOTALL) for plan in plans)


@pytest.mark.parametrize("kind", Kind)
def test_an_export_reads_by_indexes(history: History, database_url: str, kind: Kind) -> None:
    history.upgrade()
    record(history, "now", OPENED, [(0, 2, 10, 10)])

    def read() -> None:
        assert list(history.export(kind, CODE, (SATURDAY, SATURDAY), ROME).batches())

    plans = explained(history, database_url, read)
    assert len(plans) == (4 if kind is Kind.DAYS else 3)
    assert not [plan for plan in plans if SCANS.search(plan)]


def explained(history: History, database_url: str, ask: Callable[[], object]) -> list[str]:
    """Return how the database finds the answers to all that is asked."""
    is_sqlite = database_url.startswith("sqlite")
    asked: list[tuple[str, Any]] = []
    database = history._database
    engine = database._engine

    def note(_: object, __: object, statement: str, values: Any, *___: object) -> None:
        asked.append((statement, values))

    for one in {engine, database._apart}:
        event.listen(one, "before_cursor_execute", note)
    ask()
    for one in {engine, database._apart}:
        event.remove(one, "before_cursor_execute", note)
    plans = []
    explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
    with engine.connect() as connection:
        if not is_sqlite:
            # A table of three rows is read as a whole otherwise, whatever its indexes.
            connection.execute(text("SET enable_seqscan = off"))
        for statement, values in asked:
            if "SELECT" in statement:
                rows = connection.exec_driver_sql(explain + statement, values)
                plans.append("\n".join(str(row[-1]) for row in rows))
    return plans


def test_a_report_waits_for_no_writer(history: History, database_url: str) -> None:
    history.upgrade()
    record(history, "now", OPENED, [(0, 2, 10, 10)])
    engine = create_engine(database_url)
    with engine.connect() as writer:
        if database_url.startswith("sqlite"):
            writer.exec_driver_sql("BEGIN IMMEDIATE")
        writer.execute(text("UPDATE parties SET size = 9"))
        counts = history.report(CODE, Period.DAY, SATURDAY, ROME).total.counts
        writer.rollback()
    engine.dispose()
    assert counts.people == 2


def test_a_report_without_tables_says_that_the_history_is_away(history: History) -> None:
    with pytest.raises(HistoryUnavailable):
        history.report(CODE, Period.DAY, SATURDAY, ROME)
