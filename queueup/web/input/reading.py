"""Reading the fields of an action, the same from a form and from JSON.

A form knows only texts, and says several values by repeating a field; JSON has numbers and lists.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from queueup.web.errors import BadField

Raw = Mapping[str, Any]

YES = (True, "true", "1", "on", "yes")
NO = (False, None, "", "false", "0", "off", "no")


def line(raw: Raw, name: str, limit: int) -> str | None:
    """Return trimmed text on one line, None when there is none. Raises BadField."""
    text = _text(raw, name, limit)
    return " ".join(text.split()) or None if text else None


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
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,9}\s*", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise BadField(name, f"{name} must be a whole number from {low} to {high}")
    return value


def required_number(raw: Raw, name: str, low: int, high: int) -> int:
    """Return a whole number that must be there. Raises BadField."""
    found = number(raw, name, low, high)
    if found is None:
        raise BadField(name, f"{name} is required")
    return found


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


def of_form(form: Any) -> dict[str, Any]:
    """Return a form's fields, a repeated one as a list."""
    return {name: values[0] if len(values) == 1 else values for name, values in form.lists()}


def _text(raw: Raw, name: str, limit: int) -> str:
    value = raw.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadField(name, f"{name} must be a string")
    # Control characters have no place in a text. Those that shape scripts and emoji (Cf) have.
    plain = "".join(" " if unicodedata.category(letter) == "Cc" else letter for letter in value)
    if len(plain.strip()) > limit:
        raise BadField(name, f"{name} must be {limit} characters or fewer")
    return plain.strip()
