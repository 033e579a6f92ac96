"""The forms that people type into, and the sentence beside each field that is refused.

The rules are those of the API (`fields.py`), but a form reports all bad fields at once, each in the
words of its page.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from queueup.domain.model import MINUTE, OnExpiry, QueueSettings
from queueup.i18n.catalog import N_
from queueup.web.errors import BadField
from queueup.web.templating.locale import gettext as _

from . import fields, time_zones
from .settings import CONTRADICTIONS

HOLD_MS = 10 * MINUTE
ON_EXPIRY = OnExpiry.FLAG
COMMON_SIZES = range(1, 9)
MORE = "more"

Values = Mapping[str, str]
Errors = dict[str, str]
Read = TypeVar("Read")

# The sentence for each bad field, and a value with which the other fields can be checked.
ERRORS = {
    "eventName": (
        f"Enter a name of 1 to {fields.NAME_LIMIT} characters, such as your restaurant's.",
        "name",
    ),
    "maxGuests": (
        f"Enter a whole number from {fields.CAPACITY[0]} to {fields.CAPACITY[1]}.",
        fields.CAPACITY[0],
    ),
    "openTime": ("Enter a time such as 17:30.", ""),
    "closeTime": ("Enter a time such as 22:30.", ""),
    "name": (N_("Please use %(most)s characters or fewer."), ""),
    "size": (N_("Please enter a whole number, 1 or more."), 1),
}


def read_queue(form: Values) -> tuple[QueueSettings | None, Errors]:
    """Return the settings of the line to open, or what is wrong with each field."""
    settings, errors = _read(
        dict(form), lambda raw: fields.read_queue(raw, HOLD_MS, ON_EXPIRY, past_midnight=True)
    )
    opens, closes = (form.get(name, "").strip() for name in ("openTime", "closeTime"))
    if opens and opens == closes and not errors.keys() & {"openTime", "closeTime"}:
        errors["closeTime"] = CONTRADICTIONS["closeTime"]
    if settings is None or errors:
        return None, errors
    # Proposed by the browser, not typed: an unknown one is not the host's mistake.
    named = form.get("timeZone", "")
    time_zone = named if named in time_zones.known() else time_zones.of_server()
    return replace(settings, time_zone=time_zone, keeps_code=True), errors


def read_party(form: Values) -> tuple[tuple[str | None, int] | None, Errors]:
    """Return a party's name and size, or what is wrong with each field."""
    chosen = form.get("size", "")
    size = form.get("exactSize", "") if chosen == MORE else chosen
    raw = {"name": form.get("name", ""), "size": fields.whole_number(size)}
    return _read(raw, fields.read_party)


def _read(
    raw: dict[str, Any], read: Callable[[Mapping[str, Any]], Read]
) -> tuple[Read | None, Errors]:
    errors: Errors = {}
    while True:
        try:
            accepted = read(raw)
        except BadField as bad:
            sentence, raw[bad.field] = ERRORS[bad.field]
            errors[bad.field] = _(sentence, most=fields.NAME_LIMIT)
        else:
            return (None if errors else accepted), errors
