"""The result of a command, and what commands share: checks, calls, and which guests to notify."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from .errors import QueueError, SessionClosed, SomebodyWasFaster, UnknownParty
from .estimate import learn_from, waits_ahead
from .events import Event, PartyCalled, PartyDueSoon, PartyReached
from .model import MINUTE, MOVES, Device, Party, Queue, Status
from .replay import replay

BECAME = {
    Status.WAITING: "is waiting",
    Status.CALLED: "has already been called",
    Status.SERVED: "has already been seated",
    Status.LEFT: "has left the line",
    Status.KICKED: "has already been removed",
    Status.NO_SHOW: "is already a no-show",
}


Events = tuple[Event, ...]
# Decides, from the queue and the time, which events happen: none, if there is nothing to change.
Command = Callable[[Queue, int], Events]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who sends a command: the id of a host's device, and the request's idempotency key."""

    device: str | None = None
    key: str | None = None


NOBODY = Actor()


@dataclass(frozen=True, slots=True)
class Change:
    """A queue after a command, with all events that made it; none if nothing changed.

    The first `timed` events are those of deadlines, which were applied before the command.
    """

    queue: Queue
    events: Events = ()
    timed: int = 0
    refusal: QueueError | None = None

    @property
    def decided(self) -> Events:
        """Return the events of the command itself."""
        return self.events[self.timed :]


def changed(queue: Queue, events: Events, actor: Actor = NOBODY) -> Change:
    """Apply the events of one command, and those of the parties that they bring near their turn."""
    if not events:
        return Change(queue)
    first = queue.last_event + 1
    decided = _stamped(events, actor, first)
    after = replay(decided, queue)
    nudges = _stamped(_nudges(queue, after, events[-1].at), actor, first)
    return Change(replay(nudges, after), decided + nudges)


def _stamped(events: Events, actor: Actor, first: int) -> Events:
    """Note on each event who sent the command, and by `action` which events belong together."""
    if actor == NOBODY:
        return events
    return tuple(replace(event, by=actor.device, action=first, key=actor.key) for event in events)


def _nudges(before: Queue, after: Queue, at: int) -> Events:
    """Return an event for each party that has moved up to where its guests want to be notified.

    A party is notified once per place, and only of places that it passes after joining; the same
    holds for the expected wait.
    """
    old, new = before.places(), after.places()
    reached: Events = tuple(
        PartyReached(at, party.id, place)
        for party in after.waiting()
        for place in after.settings.nudge_places
        if place not in party.nudges and old.get(party.id, 0) > place >= new[party.id]
    )
    if after.settings.nudge_minutes is None:
        return reached
    within_ms = after.settings.nudge_minutes * MINUTE
    sizes = {party.id: party.size for party in before.waiting()}
    earlier, later = learn_from(before), learn_from(after)
    ahead_before, ahead_after = waits_ahead(before), waits_ahead(after)
    return reached + tuple(
        PartyDueSoon(at, party.id)
        for party in after.waiting()
        if not party.knows_due_soon
        and party.id in old
        and later.range(party.size, *ahead_after[party.id]).expected_ms <= within_ms
        and earlier.range(sizes[party.id], *ahead_before[party.id]).expected_ms > within_ms
    )


def call_event(queue: Queue, party: Party, now: int, hold_ms: int | None = None) -> PartyCalled:
    """Make the event that calls this party, with the queue's usual hold unless one is given."""
    held = queue.settings.hold_ms if hold_ms is None else hold_ms
    return PartyCalled(now, party.id, now + held, party.call_count + 1)


def require_open(queue: Queue) -> None:
    """Raise SessionClosed if the queue has been closed."""
    if queue.is_closed:
        raise SessionClosed


def require_active(queue: Queue, party_id: str) -> Party:
    """Return a party that is waiting or called. Raises UnknownParty."""
    party = None if queue.is_closed else queue.party(party_id)
    if party is None or not party.is_active:
        raise UnknownParty
    return party


def require_party(queue: Queue, party_id: str) -> Party:
    """Return a party of an open queue. Raises SessionClosed, UnknownParty."""
    require_open(queue)
    party = queue.party(party_id)
    if party is None:
        raise UnknownParty
    return party


def require_present(queue: Queue, party_id: str) -> Party:
    """Return a party that is waiting or called.

    Raises SessionClosed, UnknownParty, and SomebodyWasFaster for one that has ended.
    """
    party = require_party(queue, party_id)
    if not party.is_active:
        raise was_faster(queue, party)
    return party


def require_movable(queue: Queue, party_id: str, status: Status) -> Party:
    """Return a party whose status may change to this one.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster.
    """
    party = require_party(queue, party_id)
    if status not in MOVES[party.status]:
        raise was_faster(queue, party)
    return party


def was_faster(queue: Queue, party: Party) -> SomebodyWasFaster:
    """Return the refusal that says what has become of the party, and by which device."""
    device = _who_moved(queue, party)
    by = f" by {device.name}" if device else ""
    return SomebodyWasFaster(f"#{party.ticket} {BECAME[party.status]}{by}.")


def _who_moved(queue: Queue, party: Party) -> Device | None:
    moved_at = party.called_at if party.status is Status.CALLED else party.ended_at
    for action in reversed(queue.actions):
        if (action.party_id, action.left_as, action.at) == (party.id, party.status, moved_at):
            return queue.device(action.device)
    return None
