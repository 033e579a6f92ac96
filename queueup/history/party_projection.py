"""The projection of parties: computes a party's row from its events."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from queueup.domain.commands.guest import LET_PASS
from queueup.domain.events import (
    ActionUndone,
    CallRanOut,
    ClosingUndone,
    EstimateJudged,
    GuestAnswered,
    HoldExtended,
    PartyCalled,
    PartyDeclaredNearby,
    PartyEdited,
    PartyJoined,
    PartyMoved,
    PartyQuoted,
    PartyRestored,
    QueueClosed,
)
from queueup.domain.model import MINUTE
from queueup.domain.replay import ENDED_AS

OUTCOMES = {str(cls.kind): status.value for cls, status in ENDED_AS.items()}
# The outcome of a party that was waiting or called when the queue closed.
CLOSED = "closed"
UNDONE = "undone"
# The origin of a party whose event does not name one.
GUEST = "guest"

COUNTS = (
    "call_count",
    "ran_out_count",
    "extended_count",
    "let_pass_count",
    "moved_count",
    "restored_count",
)
ENDING: dict[str, Any] = {"ended_at": None, "outcome": None, "table_name": None, "reason": None}
NOTHING: dict[str, Any] = ENDING | {
    "ticket": None,
    "name": None,
    "size": None,
    "origin": None,
    "seating": None,
    "first_quoted_minutes": None,
    "quoted_minutes": None,
    "joined_at": None,
    "nearby_at": None,
    "first_called_at": None,
    "last_called_at": None,
    "answered_at": None,
    "judged": None,
    "shown_low_minutes": None,
    "shown_high_minutes": None,
}


@dataclass(frozen=True, slots=True)
class Fact:
    """An event as the history stores it; fields with their default value are not in `details`."""

    kind: str
    at: int
    details: dict[str, Any]


def party_row(facts: Iterable[Fact]) -> dict[str, Any]:
    """Return a party's columns after its own events and its queue's closing, in their order.

    What a host took back did not happen: neither the action nor its undoing counts.
    """
    facts = list(facts)
    undone = {fact.details.get("undone") for fact in facts if fact.kind == ActionUndone.kind}
    # Not columns: until when the table is held, by how much longer than at first (ms), and how many
    # closings of the queue are in force: it can be closed for good after its day has ended.
    row = NOTHING | dict.fromkeys(COUNTS, 0) | {"deadline": None, "extended_ms": 0, "closings": 0}
    for fact in facts:
        action = fact.details.get("action")
        if action is None or action not in undone:
            row |= _changes(fact, row)
    del row["deadline"], row["closings"]
    extended = _minutes(row.pop("extended_ms"))
    return row | {"extended_minutes": extended, "waited_minutes": _waited(row)}


def _changes(fact: Fact, row: dict[str, Any]) -> dict[str, Any]:
    details = fact.details
    match fact.kind:
        case PartyJoined.kind:
            promised = _minutes(details["quoted_ms"])
            return _known(fact) | {
                "ticket": details["ticket"],
                "origin": details.get("origin", GUEST),
                "first_quoted_minutes": promised,
                "quoted_minutes": promised,
                "joined_at": fact.at,
            }
        case PartyEdited.kind:
            return _known(fact)
        case PartyQuoted.kind:
            return {"quoted_minutes": _minutes(details["quoted_ms"])}
        case EstimateJudged.kind:
            return {
                "judged": details["verdict"],
                "shown_low_minutes": _minutes(details["low_ms"]),
                "shown_high_minutes": _minutes(details["high_ms"]),
            }
        case PartyMoved.kind:
            name = "let_pass_count" if details.get("reason") == LET_PASS else "moved_count"
            return {name: row[name] + 1}
        case PartyRestored.kind:
            again = {"restored_count": row["restored_count"] + 1}
            return ENDING | again | {"deadline": details.get("deadline")}
        case QueueClosed.kind:
            closed = {"ended_at": fact.at, "outcome": CLOSED} if row["outcome"] is None else {}
            return closed | {"closings": row["closings"] + 1}
        case ClosingUndone.kind:
            left = max(0, row["closings"] - 1)
            is_open_again = left == 0 and row["outcome"] == CLOSED
            return (ENDING if is_open_again else {}) | {"closings": left}
        case kind if kind in OUTCOMES:
            return {
                "ended_at": fact.at,
                # A walk-in whose adding was undone never was a party.
                "outcome": UNDONE if details.get("undone") else OUTCOMES[kind],
                "table_name": details.get("table"),
                "reason": details.get("reason"),
            }
    return _call_changes(fact, row)


def _call_changes(fact: Fact, row: dict[str, Any]) -> dict[str, Any]:
    match fact.kind:
        case PartyCalled.kind:
            return {
                "first_called_at": row["first_called_at"] or fact.at,
                "last_called_at": fact.at,
                "call_count": row["call_count"] + 1,
                "deadline": fact.details.get("deadline"),
            }
        case HoldExtended.kind:
            until = fact.details["deadline"]
            more_ms = until - max(row["deadline"] or fact.at, fact.at)
            return (_answered(fact, row) if fact.details.get("more_ms") else {}) | {
                "deadline": until,
                "extended_count": row["extended_count"] + 1,
                "extended_ms": row["extended_ms"] + more_ms,
            }
        case CallRanOut.kind if row["first_called_at"]:
            return {"ran_out_count": row["ran_out_count"] + 1}
        case GuestAnswered.kind:
            return _answered(fact, row)
        case PartyDeclaredNearby.kind:
            return _answered(fact, row) | {"nearby_at": row["nearby_at"] or fact.at}
    return {}


def _known(fact: Fact) -> dict[str, Any]:
    return {name: fact.details.get(name) for name in ("name", "size", "seating")}


def _answered(fact: Fact, row: dict[str, Any]) -> dict[str, Any]:
    """Note a guest's first response after being called; earlier ones do not answer a call."""
    is_first = row["first_called_at"] and not row["answered_at"]
    return {"answered_at": fact.at} if is_first else {}


def _waited(row: dict[str, Any]) -> float | None:
    """Return the wait from joining to the first call, or to the end if there was no call."""
    until = row["first_called_at"] or row["ended_at"]
    if until is None or row["joined_at"] is None:
        return None
    # The clocks of two processes may differ by more than the wait.
    return _minutes(max(0, until - row["joined_at"]))


def _minutes(ms: int) -> float:
    return round(ms / MINUTE, 2)
