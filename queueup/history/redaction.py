"""Redaction of events: no secret is ever stored, and no free text once names are erased.

What remains of an erased guest is numbers, ids, yes and no, tables, and the program's own words.
Names, phones, notes, messages, wishes for a seat, flags such as a wheelchair, the language, and
whatever a host or guest wrote as a reason are gone.
"""

from typing import Any

from queueup.domain.commands.guest import LET_PASS, MORE_TIME, NOT_COMING, ON_MY_WAY
from queueup.domain.presets import READ_BY_GUESTS

# Credentials, which the history has no use for.
SECRETS = frozenset({"secret_hash", "invitation", "pin_hash", "claim"})

# Text that says nothing about a person: ids, kinds, and names of tables.
KEPT_TEXT = frozenset({"type", "party_id", "device_id", "by", "before", "table"})
# Texts that the program offers; anything else in these fields is free text.
KEPT_WORDS = {
    "origin": frozenset({"guest", "host", "kiosk"}),
    "reason": frozenset({LET_PASS, NOT_COMING, *READ_BY_GUESTS}),
    "answer": frozenset({ON_MY_WAY, MORE_TIME}),
    "verdict": frozenset({"right", "too_short", "too_long"}),
}


def without_secrets(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an event without its secrets."""
    return {key: value for key, value in fields.items() if key not in SECRETS}


def is_personal(fields: dict[str, Any]) -> bool:
    """Tell whether an event is about a guest, or about a device, which may bear a host's name."""
    return "party_id" in fields or "device_id" in fields


def without_personal_text(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an event without any text that may identify a person.

    All text but the named goes, so that a kind of event added later is safe before anybody has
    thought of it; so do lists and what an undone action had changed.
    """
    return {
        key: value if _is_kept(key, value) else _nothing(value) for key, value in fields.items()
    }


def _is_kept(key: str, value: object) -> bool:
    if isinstance(value, bool | int | float):
        return True
    return isinstance(value, str) and (key in KEPT_TEXT or value in KEPT_WORDS.get(key, ()))


def _nothing(value: object) -> object:
    return type(value)() if isinstance(value, list | dict) else None
