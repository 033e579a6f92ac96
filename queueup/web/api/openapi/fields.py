"""The schemas of single fields, with the bounds that `web/input/fields.py` is called with."""

from collections.abc import Iterable

from .operations import Field, Schema


def line(limit: int, is_required: bool = False) -> Field:
    """Return the schema of a text on one line."""
    if is_required:
        # A text of blanks only counts as empty.
        schema: Schema = {"type": "string", "minLength": 1, "maxLength": limit, "pattern": r"\S"}
        return Field(schema, True)
    return Field({"type": ["string", "null"], "maxLength": limit})


def number(low: int, high: int, is_required: bool = False) -> Field:
    """Return the schema of a whole number; the readers accept a text of digits, too."""
    kind: object = "integer" if is_required else ["integer", "null"]
    return Field({"type": kind, "minimum": low, "maximum": high}, is_required)


def always_number(low: int, high: int) -> Field:
    """Return the schema of a whole number that may be absent, but not null."""
    return Field(number(low, high, True).schema)


def choice(choices: Iterable[str]) -> Field:
    """Return the schema of one of several words."""
    return Field({"type": "string", "enum": list(choices)})


def several(limit: int, most: int, choices: Iterable[str] = ()) -> Field:
    """Return the schema of a list of texts."""
    text: Schema = {"type": "string", "maxLength": limit}
    if listed := list(choices):
        text = {"type": "string", "enum": listed}
    return Field({"type": "array", "maxItems": most, "items": text})


def flag() -> Field:
    """Return the schema of a yes or no."""
    return Field({"type": "boolean", "default": False})


def time_of_day() -> Field:
    """Return the schema of a time such as 17:30."""
    pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9])?$"
    return Field({"type": ["string", "null"], "pattern": pattern, "examples": ["17:30"]})
