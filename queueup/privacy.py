"""What of a guest's event remains when the guest is forgotten: numbers and flags, no free text."""

from typing import Any

# Text that says nothing about a person. All other text of a guest's event goes, so that a kind of
# event added later is safe before anybody has thought of it.
KEPT_TEXT = frozenset({"type", "party_id", "reason"})


def without_personal_text(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a party's event with null for its names, phones, notes and keys."""
    return {
        key: value if key in KEPT_TEXT or isinstance(value, bool | int | float) else None
        for key, value in fields.items()
    }
