"""How pages say numbers and times, in the language of the request."""

from datetime import UTC, datetime
from typing import Any

from flask import Flask

from queueup.clock import now_ms
from queueup.domain.model import MINUTE
from queueup.i18n import catalog

from .locale import current
from .locale import gettext as _

# How soon a guest's page asks again, ms, by the place from which that pace holds.
PACES = ((1, 3_000), (2, 4_000), (4, 8_000), (7, 12_000), (11, 15_000))


def init_app(app: Flask) -> None:
    """Give the words to all templates."""
    app.add_template_filter(ordinal)
    app.add_template_filter(ordinal_parts)
    app.add_template_filter(wait_range)
    app.add_template_filter(counted)
    app.add_template_filter(iso)
    app.add_template_filter(clock)
    app.add_template_filter(day_and_clock)
    app.add_template_filter(pace)
    app.add_template_filter(party_name)
    app.add_template_global(now_ms)


def ordinal(place: int) -> str:
    """Say a place in line."""
    return catalog.ordinal(current(), place)


def ordinal_parts(place: int) -> tuple[str, str]:
    """Return what stands before and after the number of a place in line."""
    return catalog.ordinal_parts(current(), place)


def wait_range(wait: dict[str, Any]) -> str:
    """Say a range of waiting time, from its view; the estimate has rounded it already."""
    low, high = wait["lowMs"] // MINUTE, wait["highMs"] // MINUTE
    if low == 0:
        return _("under %(minutes)s min", minutes=high)
    if low < 60:
        return _("about %(low)s–%(high)s min", low=low, high=high)
    return _("about %(low)s to %(high)s", low=_hours(low), high=_hours(high))


def counted(number: int, one: str, many: str) -> str:
    """Say how many there are of something."""
    return f"{number} {one if number == 1 else many}"


def iso(time_ms: int) -> str:
    """Return a time as HTML's <time> wants it."""
    return datetime.fromtimestamp(time_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock(time_ms: int) -> str:
    """Return the time of day where this server stands, for pages whose script has not run."""
    return datetime.fromtimestamp(time_ms / 1000).astimezone().strftime("%H:%M %Z")


def day_and_clock(time_ms: int) -> str:
    """Return a day and time where this server stands."""
    return datetime.fromtimestamp(time_ms / 1000).astimezone().strftime("%d %B, %H:%M")


def pace(position: int) -> int:
    """Return how soon, in ms, the page of a guest at this place should ask again."""
    return next(wait for place, wait in reversed(PACES) if position >= place)


def party_name(party: dict[str, Any]) -> str:
    """Name a party in a sentence, by its ticket and, if it gave one, its name."""
    name = party.get("name")
    return f"#{party['ticket']} {name}" if name else f"#{party['ticket']}"


def _hours(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if rest:
        return _("%(hours)s h %(minutes)s", hours=hours, minutes=rest)
    return _("%(hours)s h", hours=hours)
