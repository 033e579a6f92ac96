"""Finds ended parties by what a host typed, as static/js/host/filter.js does others."""

import re

from queueup.domain.folding import folded
from queueup.domain.model import Party

# A shorter number is a ticket's, not part of a phone number.
PHONE_DIGITS = 3
_NUMBER = re.compile(r"[\d\s()+./-]+")


def matches(party: Party, text: str) -> bool:
    """Tell whether a party is meant by the text that a host typed; the empty text means all."""
    wanted = folded(text)
    if not wanted:
        return True
    if wanted.startswith("#") and wanted[1:].isdecimal():
        return str(party.ticket).startswith(wanted[1:])
    if wanted.isdecimal() and str(party.ticket).startswith(wanted):
        return True
    digits = _digits(wanted)
    is_number = _NUMBER.fullmatch(wanted) and len(digits) >= PHONE_DIGITS
    if is_number and digits in _digits(party.phone or ""):
        return True
    known = (party.name, party.notes, party.seating, party.phone, party.table)
    return wanted in folded(" ".join(filter(None, known)))


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
