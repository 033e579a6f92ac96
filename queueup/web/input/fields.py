"""One reader for every field that a host or a guest can send, in a form or in JSON.

A form knows only texts, and sends several values by repeating a field; JSON has numbers and lists.
Sentences are the wire's; pages say the same in their own words (`forms.py`).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from queueup.domain.model import OnExpiry, QueueSettings
from queueup.web.errors import BadField

Raw = Mapping[str, Any]

# The most letters that each text may have.
NAME_LIMIT = 120
LOCATION_LIMIT = 240
CONTACT_LIMIT = 500
KEY_LIMIT = 200
ID_LIMIT = 64
PHONE_LIMIT = 40
NOTES_LIMIT = 500
REASON_LIMIT = 160
MESSAGE_LIMIT = 240
TABLE_LIMIT = 20
SEATING_LIMIT = 40
DEVICE_NAME_LIMIT = 60

# The least and the most that each number may be.
CAPACITY = (1, 100)
SIZES = (1, 100)
HOLD_MINUTES = (1, 120)
WAIT_MINUTES = (0, 600)
WALK_MINUTES = (1, 60)

YES = (True, "true", "1", "on", "yes")
NO = (False, None, "", "false", "0", "off", "no")
# Embeddings, overrides and isolates (Unicode Standard Annex 9), and what ends them.
DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Control characters, and separators of lines and paragraphs.
SPACES = ("Cc", "Zl", "Zp")
# Categories of what takes no ink by itself, and the letters and symbols that are blank.
INVISIBLE = ("Cc", "Cf", "Cn", "Cs", "Mn", "Me", "Zs", "Zl", "Zp")
BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_WHOLE = re.compile(r"\s*[+-]?\d{1,4000}\s*")
_STRAIGHT = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-"})
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def read_queue(
    raw: Raw, hold_ms: int, on_expiry: OnExpiry, past_midnight: bool = False
) -> QueueSettings:
    """Return the settings of a new queue, which may close on the next day if `past_midnight`.

    Raises BadField for the first bad field.
    """
    name = _lenient_text(raw.get("eventName"))
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
        location=_cut(raw.get("location"), LOCATION_LIMIT),
        contact=_cut(contact if isinstance(contact, str) else raw.get("contact"), CONTACT_LIMIT),
        open_time=open_time,
        close_time=close_time,
    )


def read_party(raw: Raw) -> tuple[str | None, int]:
    """Return the name, if there is one, and the size of a party. Raises BadField."""
    name = raw.get("name", "")
    if not isinstance(name, str):
        raise BadField("name", "name must be a string")
    name = _plain(name)
    if len(name) > NAME_LIMIT:
        raise BadField("name", f"name must be {NAME_LIMIT} characters or fewer")
    given = raw.get("size", 1)
    size = None if isinstance(given, str) else whole_number(given)
    if size is None or size < 1:
        raise BadField("size", "size must be a positive integer")
    return name or None, size


def line(raw: Raw, name: str, limit: int) -> str | None:
    """Return trimmed text on one line, None when there is none. Raises BadField."""
    value = raw.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadField(name, f"{name} must be a string")
    text = _plain(value)
    if len(text) > limit:
        raise BadField(name, f"{name} must be {limit} characters or fewer")
    return " ".join(text.split()) or None


def required_line(raw: Raw, name: str, limit: int) -> str:
    """Return trimmed text that must be there. Raises BadField."""
    found = line(raw, name, limit)
    if found is None:
        raise BadField(name, f"{name} is required")
    return found


def number(raw: Raw, name: str, low: int, high: int) -> int | None:
    """Return a whole number within bounds, None when there is none. Raises BadField."""
    value = raw.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    found = whole_number(value)
    if found is None or not low <= found <= high:
        raise BadField(name, f"{name} must be a whole number from {low} to {high}")
    return found


def required_number(raw: Raw, name: str, low: int, high: int) -> int:
    """Return a whole number that must be there. Raises BadField."""
    found = number(raw, name, low, high)
    if found is None:
        raise BadField(name, f"{name} is required")
    return found


def whole_number(value: object) -> int | None:
    """Return a whole number, which may be written as "5" or 5.0; None for anything else."""
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def choice(raw: Raw, name: str, choices: Iterable[str]) -> str | None:
    """Return one of the choices, None when none was made. Raises BadField."""
    value = raw.get(name)
    if value is None or value == "":
        return None
    allowed = tuple(choices)
    if value not in allowed:
        raise BadField(name, f"{name} must be one of {', '.join(allowed)}")
    return str(value)


def several(raw: Raw, name: str, limit: int, most: int) -> tuple[str, ...]:
    """Return the texts of a list, without blanks and repeats. Raises BadField."""
    found = raw.get(name, [])
    listed = [found] if isinstance(found, str) else found
    if not isinstance(listed, list | tuple) or len(listed) > most:
        raise BadField(name, f"{name} must be a list of {most} texts at most")
    texts = [line({name: text}, name, limit) for text in listed]
    return tuple(dict.fromkeys(text for text in texts if text))


def flag(raw: Raw, name: str) -> bool:
    """Return a yes or no; what is absent is a no. Raises BadField."""
    value = raw.get(name)
    if isinstance(value, bool | str | None) and value in YES:
        return True
    if isinstance(value, bool | str | None) and value in NO:
        return False
    raise BadField(name, f"{name} must be true or false")


def time_of_day(raw: Raw, name: str) -> str | None:
    """Return a time such as 17:30, None when there is none. Raises BadField."""
    value = raw.get(name)
    text = _lenient_text(value)
    is_blank = value is None or (isinstance(value, str) and not text)
    if not is_blank and not _TIME.fullmatch(text):
        raise BadField(name, f"{name} must be in HH:mm format")
    return text or None


def of_form(form: Any) -> dict[str, Any]:
    """Return a form's fields, a repeated one as a list."""
    return {name: values[0] if len(values) == 1 else values for name, values in form.lists()}


def is_same_name(typed: str, name: str) -> bool:
    """Tell whether somebody typed a name, whatever the case, the spaces and the quotes."""
    return _comparable(typed) == _comparable(name)


def _comparable(name: str) -> str:
    # Phones replace straight quotes and three full stops as one types.
    straight = unicodedata.normalize("NFKC", name).translate(_STRAIGHT)
    return " ".join(straight.casefold().split())


def _plain(text: str) -> str:
    """Return trimmed text with a space for every control character; "" if nothing is to be seen.

    Most format characters (Cf) shape scripts and emoji. Those that change the direction of what
    follows would reach beyond the text, wherever it stands in a sentence.
    """
    kept = "".join(
        " " if unicodedata.category(letter) in SPACES else letter
        for letter in text
        if letter not in DIRECTIONS
    ).strip()
    return kept if any(map(_is_visible, kept)) else ""


def _is_visible(letter: str) -> bool:
    return unicodedata.category(letter) not in INVISIBLE and letter not in BLANKS


def _lenient_text(value: object) -> str:
    """Return trimmed text; legacy clients may send anything else, which counts as blank."""
    return _plain(value) if isinstance(value, str) else ""


def _cut(value: object, limit: int) -> str | None:
    """Return a text cut to the limit, None when there is none."""
    return _lenient_text(value)[:limit].strip() or None


def _capacity(value: object) -> int:
    found = whole_number(value)
    if found is None:
        raise BadField("maxGuests", "maxGuests must be an integer")
    low, high = CAPACITY
    if not low <= found <= high:
        raise BadField("maxGuests", f"maxGuests must be between {low} and {high}")
    return found
