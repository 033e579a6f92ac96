"""Local days: what happened in an evening belongs to the day on which the evening began."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from queueup.domain.model import SECOND


class Period(StrEnum):
    """What a report is about; the value is in its address."""

    DAY = "day"
    WEEK = "week"
    FOUR_WEEKS = "four-weeks"


LENGTHS = {Period.DAY: 1, Period.WEEK: 7, Period.FOUR_WEEKS: 28}
# A day is compared with the same weekday of so many weeks before.
WEEKS_BEFORE = 4


def day_of(at: int, zone: ZoneInfo) -> date:
    """Return the local day of a time (ms)."""
    return _local(at, zone).date()


def offset_s(at: int, zone: ZoneInfo) -> int:
    """Return by how many seconds the local clock is ahead of UTC at a time (ms)."""
    return (_local(at, zone).utcoffset() or timedelta()) // timedelta(seconds=1)


def bounds(first: date, last: date, zone: ZoneInfo) -> tuple[int, int]:
    """Return when the first of these days begins, and when the last one has ended (ms)."""
    return _midnight(first, zone), _midnight(last + timedelta(days=1), zone)


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


def _midnight(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time.min, zone).timestamp()) * SECOND
