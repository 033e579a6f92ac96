"""A party's evening, told by its events in a row: what the table of parties says of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..domain.events import (
    CallRanOut,
    PartyCalled,
    PartyDeclaredNearby,
    PartyJoined,
    QueueClosed,
)
from ..domain.party_changes import ENDED_AS
from ..domain.queue import MINUTE

OUTCOMES = {str(cls.kind): status.value for cls, status in ENDED_AS.items()}
# A party that still waited, or was called, when the queue closed.
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Fact:
    """An event as the history keeps it."""

    kind: str
    at: int
    details: dict[str, Any]


def party_row(facts: Iterable[Fact]) -> dict[str, Any]:
    """Return a party's columns after its own events and its queue's closing, in their order."""
    row: dict[str, Any] = {
        "ticket": None,
        "name": None,
        "size": None,
        "quoted_minutes": None,
        "joined_at": None,
        "nearby_at": None,
        "first_called_at": None,
        "last_called_at": None,
        "call_count": 0,
        "ran_out_count": 0,
        "answered_at": None,
        "ended_at": None,
        "outcome": None,
    }
    for fact in facts:
        row |= _changes(fact, row)
    return row | {"waited_minutes": _waited(row)}


def _changes(fact: Fact, row: dict[str, Any]) -> dict[str, Any]:
    match fact.kind:
        case PartyJoined.kind:
            return {
                "ticket": fact.details["ticket"],
                "name": fact.details.get("name"),
                "size": fact.details["size"],
                "quoted_minutes": _minutes(fact.details["quoted_ms"]),
                "joined_at": fact.at,
            }
        case PartyCalled.kind:
            return {
                "first_called_at": row["first_called_at"] or fact.at,
                "last_called_at": fact.at,
                "call_count": row["call_count"] + 1,
            }
        case CallRanOut.kind:
            return {"ran_out_count": row["ran_out_count"] + 1}
        case PartyDeclaredNearby.kind:
            is_answer = row["first_called_at"] and not row["answered_at"]
            answer = {"answered_at": fact.at} if is_answer else {}
            return answer | {"nearby_at": row["nearby_at"] or fact.at}
        case QueueClosed.kind if row["outcome"] is None:
            return {"ended_at": fact.at, "outcome": CLOSED}
        case kind if kind in OUTCOMES:
            return {"ended_at": fact.at, "outcome": OUTCOMES[kind]}
    return {}


def _waited(row: dict[str, Any]) -> float | None:
    """Count from joining to the first call, or to the end of a party that was never called."""
    until = row["first_called_at"] or row["ended_at"]
    if until is None or row["joined_at"] is None:
        return None
    return _minutes(until - row["joined_at"])


def _minutes(ms: int) -> float:
    return round(ms / MINUTE, 2)
