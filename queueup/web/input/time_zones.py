"""The time zones to choose from, and that of this machine."""

import zoneinfo
from functools import cache

from babel.dates import LOCALTZ

# Names in the IANA database that are no places.
NO_PLACES = {"localtime", "Factory"}


@cache
def known() -> frozenset[str]:
    """Return all IANA names, including deprecated ones that browsers still send."""
    return frozenset(zoneinfo.available_timezones()) - NO_PLACES


@cache
def by_region() -> dict[str, list[tuple[str, str]]]:
    """Return names and labels by region, for a list to choose from."""
    regions: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(known(), key=lambda name: ("/" not in name, name)):
        region = name.partition("/")[0] if "/" in name else "Other"
        regions.setdefault(region, []).append((name, name.replace("_", " ")))
    return regions


def of_server() -> str:
    """Return the time zone of this machine, UTC if it is unknown."""
    name = getattr(LOCALTZ, "key", None)
    return name if name in known() else "UTC"
