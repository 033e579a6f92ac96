"""A report: what happened on a line's days, beside the same weekdays before."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from queueup.domain.estimate import BANDS, band

from . import report_queries
from .days import Period, bounds, day_of, days_before, days_of, offset_s
from .report_queries import Counts, PartiesOf, Spread

# No restaurant is busy at this hour: what comes after midnight stands after the evening.
EARLIEST_HOUR = 5

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Part:
    """The parties of one hour, size band, day, or hour of a weekday."""

    counts: Counts
    wait: Spread | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """All parties of some days; `days` counts those on which the line was open."""

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
    sessions = {
        session.id: session.opened_at
        for session in report_queries.sessions(connection, code, start, end)
    }
    opened = {id_: day_of(at, zone) for id_, at in sessions.items()}
    offsets = {id_: offset_s(at, zone) for id_, at in sessions.items()}
    now = {id_: day for id_, day in opened.items() if day in days}
    before = {id_: day for id_, day in opened.items() if day in earlier}
    parties = PartiesOf(connection, {id_: offsets[id_] for id_ in now})
    parties_before = PartiesOf(connection, {id_: offsets[id_] for id_ in before})
    found = parties.counts()
    waits_by_hour, waits_by_band = parties.waits("hour"), parties.waits("band")
    by_hour = _folded((hour, counts) for _, hour, _, counts in found)
    by_band = _folded((number, counts) for _, _, number, counts in found)
    by_weekday = _folded(((now[id_].weekday(), hour), counts) for id_, hour, _, counts in found)
    by_day = _folded((now[id_], counts) for id_, _, _, counts in found)
    return Report(
        period=period,
        first=days[0],
        last=last,
        total=_sum(now, parties, found),
        before=_sum(before, parties_before, parties_before.counts()),
        by_day={day: Part(by_day.get(day, Counts())) for day in sorted({*now.values()})},
        by_hour={
            hour: Part(by_hour[hour], waits_by_hour.get(hour))
            for hour in sorted(by_hour, key=lambda hour: (hour - EARLIEST_HOUR) % 24)
        },
        by_band={
            band(BANDS[number][0]): Part(by_band[number], waits_by_band.get(number))
            for number in sorted(by_band)
        },
        by_weekday={key: Part(counts) for key, counts in sorted(by_weekday.items())},
    )


def _sum(
    days: Mapping[str, date], parties: PartiesOf, found: list[tuple[str, int, int, Counts]]
) -> Sum:
    return Sum(
        days=len({*days.values()}),
        counts=sum((counts for *_, counts in found), Counts()),
        wait=parties.waits().get(0),
        error=parties.errors(),
        seating=parties.seating(),
    )


def _folded(found: Iterable[tuple[Key, Counts]]) -> dict[Key, Counts]:
    folded: defaultdict[Key, Counts] = defaultdict(Counts)
    for key, counts in found:
        folded[key] += counts
    return dict(folded)
