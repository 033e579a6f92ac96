"""The time of day where a line is, for pages: in words, and as the offsets that scripts add.

A phone's own rules for time zones may be years old, and its zone need not be the restaurant's.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context

from queueup.clock import now_ms
from queueup.domain.model import HOUR, MINUTE

DAY = 24 * HOUR
# A board may run for weeks without being loaded again, and shows times of the day before.
BEHIND, AHEAD = 2, 200  # days


def init_app(app: Flask) -> None:
    """Register the filter and the function."""
    app.add_template_filter(clock)
    app.add_template_global(clock_offsets)


@pass_context
def clock(context: Context, time_ms: int) -> str:
    """Return the time of day where the line is: that of the server if a line has no time zone."""
    zone = zone_of(context)
    if zone is None:
        return datetime.fromtimestamp(time_ms / 1000).astimezone().strftime("%H:%M %Z")
    return datetime.fromtimestamp(time_ms / 1000, ZoneInfo(zone)).strftime("%H:%M")


@pass_context
def clock_offsets(context: Context) -> str | None:
    """Return by how many minutes the line's clocks are ahead of UTC, and each change soon.

    "60 1774746000000:120": an hour, and two from that time (ms) on.
    """
    zone = zone_of(context)
    return _offsets(zone, now_ms() // DAY) if zone else None


def zone_of(context: Context) -> str | None:
    """Return the time zone of the line that a page is about."""
    about = context.get("about")
    zone: str | None = about.get("timeZone") if about else None
    return zone


@lru_cache(maxsize=1_024)
def _offsets(zone: str, day: int) -> str:
    days = range((day - BEHIND) * DAY, (day + AHEAD) * DAY, DAY)
    found = [str(_minutes_ahead(zone, days[0]))]
    for start in days:
        after = _minutes_ahead(zone, start + DAY)
        if after != _minutes_ahead(zone, start):
            found.append(f"{_change(zone, start, start + DAY)}:{after}")
    return " ".join(found)


def _change(zone: str, before: int, after: int) -> int:
    """Return the minute (ms) between these at which clocks change."""
    first = _minutes_ahead(zone, before)
    while after - before > MINUTE:
        middle = (before + after) // 2 // MINUTE * MINUTE
        if _minutes_ahead(zone, middle) == first:
            before = middle
        else:
            after = middle
    return after


def _minutes_ahead(zone: str, time_ms: int) -> int:
    ahead = datetime.fromtimestamp(time_ms // 1000, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    return (ahead or timedelta()) // timedelta(minutes=1)
