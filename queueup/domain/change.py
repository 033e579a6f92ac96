"""The result of a command, and what commands share: checks, calls, and which guests to notify."""

from dataclasses import dataclass, replace

from .errors import SessionClosed, SomebodyWasFaster, UnknownParty
from .estimate import learn
from .events import Event, PartyCalled, PartyDueSoon, PartyReached
from .model import MINUTE, MOVES, SOON, Device, Party, Queue, Status
from .replay import replay

BECAME = {
    Status.WAITING: "is waiting",
    Status.CALLED: "has been called already",
    Status.SERVED: "has been seated already",
    Status.LEFT: "has left the line",
    Status.KICKED: "has been removed already",
    Status.NO_SHOW: "is a no-show already",
}


@dataclass(frozen=True, slots=True)
class Change:
    """A queue after a command, with the events that made it; none if nothing changed."""

    queue: Queue
    events: tuple[Event, ...] = ()


def changed(queue: Queue, *events: Event) -> Change:
    """Apply the events of a command, and tell whom they bring near."""
    return with_nudges(queue, events) if events else Change(queue)


def attribute(queue: Queue, change: Change, device: str | None, key: str | None) -> Change:
    """Note on each event of a command who gave it, with which key, and which ones were one tap."""
    if device is None and key is None:
        return change
    first = queue.last_event + 1
    events = tuple(replace(event, by=device, action=first, key=key) for event in change.events)
    return Change(replay(events, queue) if events else change.queue, events)


def with_nudges(queue: Queue, events: tuple[Event, ...]) -> Change:
    """Apply the events, and add one for each party that they bring to a place worth telling.

    A party is told once a place, and only of places it crosses after joining; so with the wait.
    """
    after = replay(events, queue)
    old, new = queue.positions(), after.positions()
    at = events[-1].at
    reached: tuple[Event, ...] = tuple(
        PartyReached(at, party.id, place)
        for party in after.waiting()
        for place in after.settings.nudge_places
        if place not in party.nudges and old.get(party.id, 0) > place >= new[party.id]
    )
    if after.settings.nudge_minutes is not None:
        reached += tuple(
            PartyDueSoon(at, party.id)
            for party in _due_soon(queue, after, after.settings.nudge_minutes * MINUTE)
        )
    return Change(replay(reached, after), events + reached)


def call_event(queue: Queue, party: Party, now: int, hold_ms: int | None = None) -> PartyCalled:
    """Make the event that calls this party, with the queue's usual hold unless one is given."""
    held = queue.settings.hold_ms if hold_ms is None else hold_ms
    return PartyCalled(now, party.id, now + held, party.call_count + 1)


def require_open(queue: Queue) -> None:
    """Refuse with SessionClosed when the queue has been closed."""
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
    """Return a waiting or called party to its host.

    Raises SessionClosed, UnknownParty, and SomebodyWasFaster for one that has ended.
    """
    party = require_party(queue, party_id)
    if not party.is_active:
        raise was_faster(queue, party)
    return party


def require_movable(queue: Queue, party_id: str, status: Status) -> Party:
    """Return a party that may come to this status.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster.
    """
    party = require_party(queue, party_id)
    if status not in MOVES[party.status]:
        raise was_faster(queue, party)
    return party


def was_faster(queue: Queue, party: Party) -> SomebodyWasFaster:
    """Say what has become of a party, and which device did it."""
    device = _who_moved(queue, party)
    by = f" by {device.name}" if device else ""
    return SomebodyWasFaster(f"#{party.ticket} {BECAME[party.status]}{by}.")


def _who_moved(queue: Queue, party: Party) -> Device | None:
    moved_at = party.called_at if party.status is Status.CALLED else party.ended_at
    for action in reversed(queue.actions):
        if (action.party_id, action.left_as, action.at) == (party.id, party.status, moved_at):
            return queue.device(action.device)
    return None


def _due_soon(before: Queue, after: Queue, within_ms: int) -> list[Party]:
    """Return the waiting parties whose expected wait has fallen to this."""
    was, now = _expected(before), _expected(after)
    return [
        party
        for party in after.waiting()
        if SOON not in party.nudges and was.get(party.id, 0) > within_ms >= now[party.id]
    ]


def _expected(queue: Queue) -> dict[str, int]:
    learned, positions = learn(queue.seatings), queue.positions()
    return {
        party.id: learned.range(party.size, positions[party.id] - 1).expected_ms
        for party in queue.waiting()
    }
