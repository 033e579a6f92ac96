"""The undo log: what a host's actions changed, so that they can be undone."""

from dataclasses import fields
from typing import Any

from .events import (
    HoldExtended,
    PartyCalled,
    PartyDropped,
    PartyEdited,
    PartyEvent,
    PartyJoined,
    PartyKicked,
    PartyMoved,
    PartyQuoted,
    PartyRestored,
    PartyServed,
    PartySetAside,
)
from .model import MOVED, Action, Party, Queue, Status

# What a host can undo. A message may have been read, and an acknowledgement changes nothing.
UNDOABLE = (
    HoldExtended,
    PartyCalled,
    PartyDropped,
    PartyEdited,
    PartyJoined,
    PartyKicked,
    PartyMoved,
    PartyQuoted,
    PartyRestored,
    PartyServed,
    PartySetAside,
)
KEPT_ACTIONS = 30

# Undo leaves these as they are: a party that is called again must be notified of a new call,
# notifications of a place cannot be recalled, a form has said what it has said, and what was shown
# on joining does not count once a party has been of another band of sizes.
STAYS = ("call_count", "nudges", "form_name", "form_size", "alike", "low_ms")
# What guests and deadlines change as a consequence of a status is undone with it: an answer to a
# call, a hold that ran out, a request for a lost place.
FOLLOWS = (
    *("overdue", "answer", "answer_minutes", "answered_at", "more_time_ms"),
    *("asked_back_at", "back_declined", "needs_host"),
)
_FIELDS = tuple(field.name for field in fields(Party) if field.name not in STAYS)


def with_action(before: Queue, after: Queue, event: PartyEvent) -> tuple[Action, ...]:
    """Return the undo log after an event: with a host's action, or without the one just undone."""
    undone = getattr(event, "undone", None)
    if undone is not None:
        return tuple(action for action in after.actions if action.number != undone)
    if event.by is None or not isinstance(event, UNDOABLE):
        return after.actions
    return (*after.actions, _action(before, after, event, event.by))[-KEPT_ACTIONS:]


def is_as_left(party: Party, action: Action) -> bool:
    """Tell whether the party is as the action left it, apart from what guests and deadlines do."""
    if (party.status, party.ended_at) != (action.left_as, action.left_ended_at):
        return False
    if changed_status(action) or not action.before:
        return True
    unchanged = still(party, action)
    if action.kind == PartyEdited.kind:
        return bool(unchanged)
    return unchanged >= action.before.keys() - set(FOLLOWS)


def changed_status(action: Action) -> bool:
    """Tell whether the action took the party to another status."""
    return "status" in action.before


def still(party: Party, action: Action) -> set[str]:
    """Return the names of the fields that are still as the action left them."""
    return {name for name in action.before if plain(getattr(party, name)) == action.after[name]}


def plain(value: Any) -> Any:
    """Return a field's value as it is after encoding and decoding as JSON."""
    if isinstance(value, Status):
        return value.value
    return list(value) if isinstance(value, tuple) else value


def notes_on_move(party: Party) -> dict[str, Any]:
    """Return the fields that say how the party was last moved."""
    return {name: getattr(party, name) for name in MOVED}


def _action(before: Queue, after: Queue, event: PartyEvent, device: str) -> Action:
    party, left = before.party(event.party_id), after.party(event.party_id)
    if left is None:
        raise ValueError(f"{event.kind} names no party of the queue")
    was = party or left
    names = [name for name in _FIELDS if getattr(was, name) != getattr(left, name)]
    if "status" in names or isinstance(event, PartyCalled):
        names += [name for name in FOLLOWS if name not in names]
    return Action(
        number=event.action or before.last_event + 1,
        kind=event.kind,
        at=event.at,
        device=device,
        party_id=event.party_id,
        place=before.parties.index(party) if party else len(before.parties),
        before={name: plain(getattr(was, name)) for name in names},
        after={name: plain(getattr(left, name)) for name in names},
        left_as=left.status,
        left_ended_at=left.ended_at,
        overtaken=_overtaken(before, after, event) if isinstance(event, PartyMoved) else None,
    )


def _overtaken(before: Queue, after: Queue, event: PartyMoved) -> dict[str, dict[str, Any]] | None:
    """Return the notes of earlier moves that this move replaces, by party id."""
    noted = {party.id for party in after.parties if party.moved_at == event.at}
    found = {
        party.id: notes_on_move(party)
        for party in before.parties
        if party.id in noted and party.id != event.party_id and party.moved_at is not None
    }
    return found or None
