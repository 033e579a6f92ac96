"""Reading days, and ranges of days, that somebody asks about."""

from datetime import date

from queueup.web.errors import BadField

from .fields import Raw

# A year, and the extra day of a leap year.
LONGEST_DAYS = 366
EARLIEST = date(2000, 1, 1)


def read_day(raw: Raw, name: str, today: date, usual: date | None = None) -> date:
    """Return a day that has begun; without any, the usual one, or today. Raises BadField."""
    value = raw.get(name)
    text = value.strip() if isinstance(value, str) else value
    if text is None or text == "":
        return usual or today
    try:
        day = date.fromisoformat(text)
    except (TypeError, ValueError):
        day = date.min
    if day < EARLIEST:
        raise BadField(name, f"Enter a date such as {today}.")
    if day > today:
        raise BadField(name, f"Choose today, {today}, or an earlier day.")
    return day


def read_range(
    raw: Raw, first_name: str, last_name: str, today: date, usual: date | None = None
) -> tuple[date, date]:
    """Return the first and the last day of a range. Raises BadField."""
    first, last = (read_day(raw, name, today, usual) for name in (first_name, last_name))
    if first > last:
        raise BadField(first_name, "The first day is after the last one. Swap them.")
    if (last - first).days >= LONGEST_DAYS:
        raise BadField(first_name, f"Choose {LONGEST_DAYS} days at most.")
    return first, last
