"""A report: what happened on a line's days, beside the same weekdays before."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from queueup.domain.estimate import BANDS, band

from . import report_queries
from .days import BEGINS_HOUR, Period, bounds, day_of, days_before, days_of, spans
from .report_queries import Counts, PartiesOf, Session, Spread

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Part:
    """The parties of one hour, size band, day, or hour of a weekday."""

    counts: Counts
    wait: Spread | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """All parties of some days; `days` counts those on which the line opened or anybody joined."""

    days: int
    counts: Counts
    wait: Spread | None
    error: Spread | None
    seating: Spread | None


@dataclass(frozen=True, slots=True)
class Report:
    """What happened in a period."""

    period: Period
    first: date
    last: date
    total: Sum
    before: Sum
    by_day: dict[date, Part]
    by_hour: dict[int, Part]
    by_band: dict[str, Part]
    # By weekday, from Monday (0), and hour.
    by_weekday: dict[tuple[int, int], Part]


def read_report(
    connection: Connection, code: str, period: Period, last: date, zone: ZoneInfo
) -> Report:
    """Return the report of the period that ends with this day, in the line's time zone."""
    days, earlier = days_of(period, last), days_before(period, last)
    start, end = bounds(min(*days, *earlier), last, zone)
    sessions = report_queries.sessions(connection, code, start, end)
    parties = _parties(connection, sessions, days, zone)
    found = parties.counts("day", "hour", "band")
    waits_by_hour, waits_by_band = parties.waits("hour"), parties.waits("band")
    by_day = _folded((day, counts) for (day, _, _), counts in found.items())
    by_hour = _folded((hour, counts) for (_, hour, _), counts in found.items())
    by_band = _folded((number, counts) for (_, _, number), counts in found.items())
    by_weekday = _folded(
        ((date.fromordinal(day).weekday(), hour), counts)
        for (day, hour, _), counts in found.items()
    )
    used = _days_used(sessions, days, by_day, zone)
    parties_before = _parties(connection, sessions, earlier, zone)
    found_before = parties_before.counts("day")
    used_before = _days_used(sessions, earlier, (day for (day,) in found_before), zone)
    return Report(
        period=period,
        first=days[0],
        last=last,
        total=_sum(used, parties, found.values()),
        before=_sum(used_before, parties_before, found_before.values()),
        by_day={day: Part(by_day.get(day.toordinal(), Counts())) for day in sorted(used)},
        by_hour={
            hour: Part(by_hour[hour], waits_by_hour.get((hour,)))
            for hour in sorted(by_hour, key=lambda hour: (hour - BEGINS_HOUR) % 24)
        },
        by_band={
            band(BANDS[number][0]): Part(by_band[number], waits_by_band.get((number,)))
            for number in sorted(by_band)
        },
        by_weekday={key: Part(counts) for key, counts in sorted(by_weekday.items())},
    )


def _parties(
    connection: Connection, sessions: Sequence[Session], days: Sequence[date], zone: ZoneInfo
) -> PartiesOf:
    times = spans(days, zone)
    ids = [session.id for session in sessions if session.overlaps(times)]
    return PartiesOf(connection, ids, times, zone)


def _days_used(
    sessions: Sequence[Session], days: Sequence[date], joined: Iterable[int], zone: ZoneInfo
) -> set[date]:
    """Return the days on which the line opened, or anybody joined."""
    opened = {day_of(session.opened_at, zone) for session in sessions}
    return (opened & {*days}) | {date.fromordinal(day) for day in joined}


def _sum(days: set[date], parties: PartiesOf, found: Iterable[Counts]) -> Sum:
    return Sum(
        days=len(days),
        counts=sum(found, Counts()),
        wait=parties.waits().get(()),
        error=parties.errors(),
        seating=parties.seating(),
    )


def _folded(found: Iterable[tuple[Key, Counts]]) -> dict[Key, Counts]:
    folded: defaultdict[Key, Counts] = defaultdict(Counts)
    for key, counts in found:
        folded[key] += counts
    return dict(folded)
