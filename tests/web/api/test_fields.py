"""All fields are read by the same rules, whichever request they come in."""

from typing import Any

import pytest

from queueup.domain.model import OnExpiry
from queueup.web.errors import BadField
from queueup.web.input import fields


@pytest.mark.parametrize("given", [5, 5.0, "5", " 5 ", "+5", "005", "٥"])
def test_a_whole_number_is_read_one_way(given: Any) -> None:
    assert fields.number({"minutes": given}, "minutes", 1, 60) == 5
    raw = {"eventName": "Lucia", "maxGuests": given}
    assert fields.read_queue(raw, 60_000, OnExpiry.FLAG).max_guests == 5


@pytest.mark.parametrize("given", [True, 5.5, "5.0", "five", "5e0", [5], {}, "9" * 5_000])
def test_anything_else_is_no_whole_number(given: Any) -> None:
    assert fields.whole_number(given) is None
    with pytest.raises(BadField, match="minutes must be a whole number from 1 to 60"):
        fields.number({"minutes": given}, "minutes", 1, 60)


def test_control_characters_are_blanks_in_every_text() -> None:
    given = "\x00 Ana\tMaria\x7f"
    assert fields.line({"name": given}, "name", 20) == "Ana Maria"
    assert fields.read_party({"name": given}) == ("Ana Maria", 1)
    raw = {"eventName": given, "maxGuests": 5, "location": given}
    settings = fields.read_queue(raw, 60_000, OnExpiry.FLAG)
    assert (settings.name, settings.location) == ("Ana Maria", "Ana Maria")
