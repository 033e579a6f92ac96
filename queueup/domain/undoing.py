"""Taking back what a host did, and bringing ended parties back."""

from collections.abc import Iterable
from typing import Any

from .change import Change, active, changed, known, was_faster
from .errors import NothingToUndo, NotPossibleNow
from .events import Event, PartyCalled, PartyDropped, PartyJoined, PartyKicked, PartyServed
from .host_events import (
    ActionUndone,
    HoldExtended,
    PartyAcknowledged,
    PartyEdited,
    PartyMoved,
    PartyQuoted,
    PartyRestored,
    PartySetAside,
    PlaceDeclined,
)
from .party_changes import DETAILS
from .queue import Action, OnExpiry, Party, Queue, Status

# The count of calls stays: a party that is called again must hear it as a new call.
STANDING = (
    "status",
    "called_at",
    "first_called_at",
    "deadline",
    "overdue",
    "ended_at",
    "table",
    "reason",
    "aside",
    "aside_reason",
    "answer",
    "answer_minutes",
    "answered_at",
    "more_time_ms",
    "asked_back_at",
    "back_declined",
    "needs_host",
)
MOVED = ("moved_at", "moved_places", "moved_reason")

FIELDS: dict[str, tuple[str, ...]] = {
    PartyCalled.kind: STANDING,
    PartyServed.kind: STANDING,
    PartyDropped.kind: STANDING,
    PartyKicked.kind: STANDING,
    PartyRestored.kind: STANDING,
    HoldExtended.kind: STANDING,
    PartySetAside.kind: ("aside", "aside_reason"),
    PartyEdited.kind: DETAILS,
    PartyQuoted.kind: ("quoted_ms",),
    PartyMoved.kind: MOVED,
}


def last_undoable(queue: Queue) -> tuple[Action, ...]:
    """Return the parts of the host's last action that can still be undone, the newest first."""
    if queue.is_closed:
        return ()
    for number in dict.fromkeys(action.number for action in reversed(queue.actions)):
        parts = tuple(a for a in reversed(queue.actions) if a.number == number)
        if all(_is_as_left(queue, action) for action in parts):
            return parts
    return ()


def undo(queue: Queue, now: int, number: int) -> Change:
    """Take back the host's last action, if it is this one.

    Raises NothingToUndo when another one is the last by now.
    """
    parts = last_undoable(queue)
    if not parts or parts[0].number != number:
        raise NothingToUndo
    return changed(queue, *_inverses(queue, parts, now))


def restore(queue: Queue, party_id: str, now: int) -> Change:
    """Bring an ended party back to its place exactly as it was, a running call included.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster.
    """
    party = _ended(queue, party_id)
    if party.called_at is None or party.deadline is None:
        return changed(queue, PartyRestored(now, party.id))
    deadline = party.deadline
    if queue.settings.on_expiry is OnExpiry.RELEASE:
        # A hold that is over would drop the party again at once.
        deadline = max(deadline, now + queue.settings.hold_ms)
    return changed(queue, PartyRestored(now, party.id, deadline))


def put_back(queue: Queue, party_id: str, now: int) -> Change:
    """Give a party that missed its call its old place in the line.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster.
    """
    return changed(queue, PartyRestored(now, _ended(queue, party_id).id))


def decline_back(queue: Queue, party_id: str, now: int) -> Change:
    """Tell a party that asks for its old place that it is gone.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster, NotPossibleNow.
    """
    party = _ended(queue, party_id)
    if party.asked_back_at is None:
        raise NotPossibleNow(f"#{party.ticket} does not ask for its place.")
    return changed(queue, PlaceDeclined(now, party.id))


def acknowledge(queue: Queue, party_id: str, now: int) -> Change:
    """Note that the host has seen a guest give up after a call."""
    party = known(queue, party_id)
    if not party.needs_host:
        return Change(queue)
    return changed(queue, PartyAcknowledged(now, party.id))


def _ended(queue: Queue, party_id: str) -> Party:
    party = known(queue, party_id)
    if party.is_active:
        raise was_faster(queue, party)
    return party


def _is_as_left(queue: Queue, action: Action) -> bool:
    """Tell whether the guest and time have left the party where the action put it."""
    party = queue.party(action.party_id)
    return (
        party is not None
        and party.status is action.left_as
        and party.ended_at == action.left_ended_at
    )


def _inverses(queue: Queue, parts: Iterable[Action], now: int) -> list[Event]:
    events: list[Event] = []
    for action in parts:
        if action.before is None or action.kind == PartyJoined.kind:
            events.append(PartyKicked(now, active(queue, action.party_id).id))
            continue
        before = action.before
        restored: dict[str, Any] = {name: getattr(before, name) for name in FIELDS[action.kind]}
        if "status" in restored:
            restored["status"] = Status(restored["status"]).value
        place = action.place if action.kind == PartyMoved.kind else None
        events.append(ActionUndone(now, before.id, action.number, place, restored))
    return events
