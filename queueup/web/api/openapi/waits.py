"""What the API says of waiting: ranges by size of the party, and whether anybody can join."""

from queueup.domain.estimate import BANDS, band

from .operations import Schema, reference

WAIT: Schema = {
    "type": "object",
    "description": "Milliseconds; `learned` from this line, or assumed.",
    "properties": {
        "lowMs": {"type": "integer", "minimum": 0},
        "highMs": {"type": "integer", "minimum": 0},
        "learned": {"type": "boolean"},
    },
    "required": ["lowMs", "highMs", "learned"],
}
WAITS: Schema = {
    "type": "object",
    "description": "The expected wait of a party that joins now, by its size.",
    "properties": {band(low): reference("Wait") for low, _ in BANDS},
    "required": [band(low) for low, _ in BANDS],
}
JOINING: Schema = {
    "type": "object",
    "properties": {
        "open": {"type": "boolean"},
        "why": {"type": ["string", "null"]},
        "words": {"type": ["string", "null"]},
    },
    "required": ["open", "why", "words"],
}
