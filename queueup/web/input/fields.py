"""What a host and a guest may enter, checked once for the API and the pages alike.

Sentences are the wire's; pages say the same in their own words.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from queueup.domain.model import OnExpiry, QueueSettings
from queueup.web.errors import BadField

NAME_LIMIT = 120
LOCATION_LIMIT = 240
CONTACT_LIMIT = 500
CAPACITY = range(1, 101)
KEY_LIMIT = 200

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def read_queue(
    raw: Mapping[str, Any], hold_ms: int, on_expiry: OnExpiry, past_midnight: bool = False
) -> QueueSettings:
    """Return the settings of the queue to be opened, which may close on the next day if so said.

    Raises BadField for the first bad field.
    """
    name = _text(raw.get("eventName"))
    if not name:
        raise BadField("eventName", "eventName is required")
    if len(name) > NAME_LIMIT:
        raise BadField("eventName", f"eventName must be {NAME_LIMIT} characters or fewer")
    open_time = time_of_day(raw, "openTime")
    close_time = time_of_day(raw, "closeTime")
    if open_time and close_time and close_time <= open_time and not past_midnight:
        raise BadField("closeTime", "closeTime must be after openTime")
    contact = raw.get("contactInfo")
    return QueueSettings(
        name=name,
        max_guests=_capacity(raw.get("maxGuests")),
        hold_ms=hold_ms,
        on_expiry=on_expiry,
        location=_text(raw.get("location"))[:LOCATION_LIMIT].strip() or None,
        contact=_text(contact if isinstance(contact, str) else raw.get("contact"))[
            :CONTACT_LIMIT
        ].strip()
        or None,
        open_time=open_time,
        close_time=close_time,
    )


def read_party(raw: Mapping[str, Any]) -> tuple[str | None, int]:
    """Return the name, if there is one, and the size of a party. Raises BadField."""
    name = raw.get("name", "")
    if not isinstance(name, str):
        raise BadField("name", "name must be a string")
    name = _text(name)
    if len(name) > NAME_LIMIT:
        raise BadField("name", f"name must be {NAME_LIMIT} characters or fewer")
    size = raw.get("size", 1)
    if isinstance(size, float) and size.is_integer():
        size = int(size)
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise BadField("size", "size must be a positive integer")
    return name or None, size


def time_of_day(raw: Mapping[str, Any], field: str) -> str | None:
    """Return a time such as 17:30, None when there is none. Raises BadField."""
    value = raw.get(field)
    text = _text(value)
    is_blank = value is None or (isinstance(value, str) and not text)
    if not is_blank and not _TIME.fullmatch(text):
        raise BadField(field, f"{field} must be in HH:mm format")
    return text or None


def _text(value: object) -> str:
    """Return trimmed text on one line; anything else counts as blank."""
    if not isinstance(value, str):
        return ""
    # Control characters have no place in a name. Those that shape scripts and emoji (Cf) have.
    return "".join(
        " " if unicodedata.category(letter) == "Cc" else letter for letter in value
    ).strip()


def _capacity(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,4000}", value.strip()):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise BadField("maxGuests", "maxGuests must be an integer")
    if value not in CAPACITY:
        raise BadField("maxGuests", f"maxGuests must be between {CAPACITY[0]} and {CAPACITY[-1]}")
    return value
