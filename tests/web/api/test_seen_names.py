"""Texts that people type are seen, and change the direction of no other text."""

import pytest

from queueup.web.errors import BadField
from queueup.web.input import fields

UNSEEN = ["\u200b", "\u200d\u200c", "\u2060\ufeff", "\u3164", "\u2800\u2800", "\u115f\u1160"]
UNSEEN += ["\uffa0", "\ufe0f", "\u0301", "\u00ad", "\u2028\u2029", "\u202e\u202c", "\U000e0020"]
WHOLE = ["Ana", "Зоя", "عائشة", "नमस्ते", "می\u200cخواهم", "👩\u200d👩\u200d👧", "❤\ufe0f"]
WHOLE += ["é", "e\u0301", "李", "7", "…"]
# Every embedding, override and isolate, and what ends them (Unicode Standard Annex 9).
DIRECTED = [f"A{chr(mark)}na" for mark in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
DIRECTED += ["\u202eAna", "A\u202dna", "\u2067Ana\u2069", "\u202bAna\u202c", "An\u2066a"]


@pytest.mark.parametrize("name", UNSEEN)
def test_what_cannot_be_seen_is_no_name(name: str) -> None:
    assert fields.read_party({"name": name, "size": 2}) == (None, 2)
    assert fields.line({"note": name}, "note", 60) is None
    with pytest.raises(BadField, match="required"):
        fields.read_queue({"eventName": name, "maxGuests": 9}, 1, fields.OnExpiry.FLAG)


@pytest.mark.parametrize("name", WHOLE)
def test_a_name_of_any_script_stays_as_it_is(name: str) -> None:
    assert fields.read_party({"name": name})[0] == name
    assert fields.line({"note": name}, "note", 60) == name


@pytest.mark.parametrize("name", DIRECTED)
def test_a_name_changes_no_direction(name: str) -> None:
    assert fields.read_party({"name": name})[0] == "Ana"
    assert fields.line({"note": f"{name} B"}, "note", 60) == "Ana B"


def test_a_name_is_one_line() -> None:
    assert fields.read_party({"name": "Ana\u2028Ben\nCleo"})[0] == "Ana Ben Cleo"
