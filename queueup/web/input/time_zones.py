"""The time zones that a restaurant can be in, and the one that this machine is in."""

import zoneinfo
from functools import cache

from babel.dates import LOCALTZ

# Names for what this machine says by itself, and for no place at all.
NO_PLACES = {"localtime", "Factory"}


@cache
def known() -> frozenset[str]:
    """Return all IANA names, the old ones too: browsers still say some of them."""
    return frozenset(zoneinfo.available_timezones()) - NO_PLACES


@cache
def by_region() -> dict[str, list[tuple[str, str]]]:
    """Return names with their words by region, for a list to choose from."""
    regions: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(known(), key=lambda name: ("/" not in name, name)):
        region = name.partition("/")[0] if "/" in name else "Other"
        regions.setdefault(region, []).append((name, name.replace("_", " ")))
    return regions


def of_server() -> str:
    """Return the time zone of this machine, UTC when it does not say."""
    name = getattr(LOCALTZ, "key", None)
    return name if name in known() else "UTC"
