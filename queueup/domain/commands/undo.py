"""Undo: reverse a host's last actions, and bring ended parties back."""

from dataclasses import replace
from typing import Any

from queueup.domain.change import Events, require_party, was_faster
from queueup.domain.errors import NothingToUndo, NotPossibleNow
from queueup.domain.events import (
    ActionUndone,
    Event,
    PartyAcknowledged,
    PartyJoined,
    PartyKicked,
    PartyMoved,
    PartyRestored,
    PlaceDeclined,
)
from queueup.domain.model import NEVER_MOVED, Action, OnExpiry, Party, Queue, Status
from queueup.domain.replay import replay
from queueup.domain.undo_log import changed_status, is_as_left, notes_on_move, still


def last_undoable(queue: Queue) -> tuple[Action, ...]:
    """Return what can still be undone of the host's last action, by party, the newest first."""
    if queue.is_closed:
        return ()
    for number in dict.fromkeys(action.number for action in reversed(queue.actions)):
        parts = [action for action in reversed(queue.actions) if action.number == number]
        # Of a party that one tap changed twice (called and seated), only the last change counts.
        last = {part.party_id: part for part in reversed(parts)}
        undoable = {
            party_id
            for party_id, part in last.items()
            if (party := queue.party(party_id)) and is_as_left(party, part)
        }
        if undoable:
            return tuple(part for part in parts if part.party_id in undoable)
    return ()


def undo(queue: Queue, now: int, number: int) -> Events:
    """Undo the host's last action, if it is this one; a second undo reverses the one before.

    Raises NothingToUndo if another action is the last one by now.
    """
    parts = last_undoable(queue)
    if not parts or parts[0].number != number:
        raise NothingToUndo
    events: list[Event] = []
    after = queue
    for action in parts:
        inverse = _inverse(after, action, now)
        after = replay(inverse, after)
        events += inverse
    return tuple(_together(events))


def restore(queue: Queue, party_id: str, now: int) -> Events:
    """Bring an ended party back to its place as it was, including a running call.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster.
    """
    party = _ended(queue, party_id)
    if party.called_at is None or party.deadline is None:
        return (PartyRestored(now, party.id),)
    deadline = party.deadline
    if queue.settings.on_expiry is OnExpiry.RELEASE:
        # With its old hold, which may be over, the party would be dropped again at once.
        deadline = max(deadline, now + queue.settings.hold_ms)
    return (PartyRestored(now, party.id, deadline),)


def put_back(queue: Queue, party_id: str, now: int) -> Events:
    """Give a party that missed its call its old place in the line.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster.
    """
    return (PartyRestored(now, _ended(queue, party_id).id),)


def decline_back(queue: Queue, party_id: str, now: int) -> Events:
    """Decline to give a party its old place back.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster, NotPossibleNow.
    """
    party = _ended(queue, party_id)
    if party.asked_back_at is None:
        raise NotPossibleNow("not_asking", f"#{party.ticket} isn't asking for their spot back.")
    return (PlaceDeclined(now, party.id),)


def acknowledge(queue: Queue, party_id: str, now: int) -> Events:
    """Note that the host has seen a guest give up after a call.

    Raises SessionClosed, UnknownParty.
    """
    party = require_party(queue, party_id)
    if not party.needs_host:
        return ()
    return (PartyAcknowledged(now, party.id),)


def _ended(queue: Queue, party_id: str) -> Party:
    party = require_party(queue, party_id)
    if party.is_active:
        raise was_faster(queue, party)
    return party


def _inverse(queue: Queue, action: Action, now: int) -> list[Event]:
    if action.kind == PartyJoined.kind:
        return [PartyKicked(now, action.party_id, undone=action.number)]
    party = require_party(queue, action.party_id)
    is_move = action.kind == PartyMoved.kind
    place = action.place if is_move else None
    restored = _restored(queue, party, action, now)
    inverse: list[Event] = [ActionUndone(now, party.id, action.number, place, restored)]
    if is_move:
        inverse += _restored_notes(queue, action, now)
    return inverse


def _together(events: list[Event]) -> list[Event]:
    """Merge successive events that undo changes of one party: it never was in between."""
    found: list[Event] = []
    for event in events:
        last = found[-1] if found else None
        if (
            isinstance(event, ActionUndone)
            and isinstance(last, ActionUndone)
            and last.party_id == event.party_id
        ):
            found[-1] = replace(event, restored=last.restored | event.restored)
        else:
            found.append(event)
    return found


def _restored(queue: Queue, party: Party, action: Action, now: int) -> dict[str, Any]:
    """Return the fields to restore: all if the status changed, else those not changed since."""
    names = action.before.keys() if changed_status(action) else still(party, action)
    restored = {name: before for name, before in action.before.items() if name in names}
    if not restored.keys() & {"status", "deadline"}:
        return restored
    deadline = restored.get("deadline", party.deadline)
    if restored.get("status", party.status) == Status.CALLED and deadline is not None:
        # The hold has gone on in the meantime.
        has_run_out = deadline <= now
        if has_run_out and queue.settings.on_expiry is OnExpiry.RELEASE:
            restored["deadline"], has_run_out = now + queue.settings.hold_ms, False
        restored["overdue"] = has_run_out
    return restored


def _restored_notes(queue: Queue, action: Action, now: int) -> list[Event]:
    """Restore the earlier notes of the parties that the moved party had passed."""
    before = action.overtaken or {}
    return [
        ActionUndone(now, other.id, action.number, None, before.get(other.id, NEVER_MOVED))
        for other in queue.parties
        if other.id != action.party_id
        and other.moved_at == action.at
        and notes_on_move(other) != before.get(other.id)
    ]
