"""Business days: what happens after midnight belongs to the evening before."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from queueup.domain.model import HOUR, SECOND

# By the clock of the line, a business day begins at this hour and ends at the same hour of the next
# day: no restaurant is busy then.
BEGINS_HOUR = 5


class Period(StrEnum):
    """What a report is about; the value is in its address."""

    DAY = "day"
    WEEK = "week"
    FOUR_WEEKS = "four-weeks"


LENGTHS = {Period.DAY: 1, Period.WEEK: 7, Period.FOUR_WEEKS: 28}
# A day is compared with the same weekday of so many weeks before.
WEEKS_BEFORE = 4


def date_of(at: int, zone: ZoneInfo) -> date:
    """Return the date in a calendar at a time (ms)."""
    return _local(at, zone).date()


def day_of(at: int, zone: ZoneInfo) -> date:
    """Return the business day of a time (ms)."""
    return (_local(at, zone) - timedelta(hours=BEGINS_HOUR)).date()


def bounds(first: date, last: date, zone: ZoneInfo) -> tuple[int, int]:
    """Return when the first of these business days begins, and when the last one has ended (ms)."""
    return _beginning(first, zone), _beginning(last + timedelta(days=1), zone)


def spans(days: Sequence[date], zone: ZoneInfo) -> list[tuple[int, int]]:
    """Return when some days begin and end (ms), those that follow each other as one."""
    found: list[tuple[int, int]] = []
    for day in sorted(days):
        start, end = bounds(day, day, zone)
        if found and found[-1][1] == start:
            start, _ = found.pop()
        found.append((start, end))
    return found


def offsets(start: int, end: int, zone: ZoneInfo) -> list[tuple[int, int]]:
    """Return from when (ms) by how many seconds the local clock is ahead of UTC."""
    found = [(start, _offset_s(start, zone))]
    at = start
    while at < end:
        before, at = at, min(at + 24 * HOUR, end)
        if _offset_s(at, zone) != found[-1][1]:
            found.append((_change(before, at, zone), _offset_s(at, zone)))
    return found


def days_of(period: Period, last: date) -> list[date]:
    """Return the days of the period that ends with this day."""
    length = LENGTHS[period]
    return [last - timedelta(days=ago) for ago in range(length - 1, -1, -1)]


def days_before(period: Period, last: date) -> list[date]:
    """Return the days that a period is compared with, which have the same weekdays."""
    if period is Period.DAY:
        return [last - timedelta(weeks=ago) for ago in range(WEEKS_BEFORE, 0, -1)]
    return days_of(period, last - timedelta(days=LENGTHS[period]))


def _local(at: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at // SECOND, UTC).astimezone(zone)


def _offset_s(at: int, zone: ZoneInfo) -> int:
    return (_local(at, zone).utcoffset() or timedelta()) // timedelta(seconds=1)


def _change(before: int, after: int, zone: ZoneInfo) -> int:
    """Return when (ms) clocks change between two times, to the second."""
    offset_s = _offset_s(before, zone)
    low, high = before // SECOND, after // SECOND
    while high - low > 1:
        middle = (low + high) // 2
        if _offset_s(middle * SECOND, zone) == offset_s:
            low = middle
        else:
            high = middle
    return high * SECOND


def _beginning(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(BEGINS_HOUR), zone).timestamp()) * SECOND
