"""What the events of parties do to a queue."""

from collections.abc import Iterable
from dataclasses import replace

from .estimate import KEPT_SEATINGS, WORTH_LEARNING_MS
from .events import ActionUndone, PartyEvent, PartyJoined, PartyMoved
from .model import Party, Queue, Seating, Status
from .party_changes import changes
from .undo_log import with_action


def with_party_event(queue: Queue, event: PartyEvent) -> Queue:
    """Return the queue after an event of one of its parties."""
    before = queue.party(event.party_id)
    after = _applied(queue, event, before)
    return replace(
        after,
        actions=with_action(queue, after, event),
        seatings=_seatings(queue, before, after.party(event.party_id)),
    )


def _applied(queue: Queue, event: PartyEvent, party: Party | None) -> Queue:
    if isinstance(event, PartyJoined):
        return replace(queue, parties=(*queue.parties, _joined(event)), last_ticket=event.ticket)
    if party is None:
        return queue
    if isinstance(event, PartyMoved):
        others = [other for other in queue.parties if other.id != event.party_id]
        ids = [other.id for other in others]
        place = ids.index(event.before) if event.before in ids else len(ids)
        return _told_why(queue, [*others[:place], party, *others[place:]], event)
    if isinstance(event, ActionUndone):
        return _undone(queue, event, party)
    changed = replace(party, **changes(event, party))
    return replace(
        queue,
        parties=tuple(changed if other.id == party.id else other for other in queue.parties),
    )


def _joined(event: PartyJoined) -> Party:
    return Party(
        id=event.party_id,
        ticket=event.ticket,
        name=event.name,
        size=event.size,
        joined_at=event.at,
        quoted_ms=event.quoted_ms,
        join_key=event.join_key,
        phone=event.phone,
        notes=event.notes,
        seating=event.seating,
        flags=event.flags,
        origin=event.origin,
        language=event.language,
        ahead=event.position - 1,
    )


def _told_why(queue: Queue, parties: Iterable[Party], event: PartyMoved) -> Queue:
    """Note on the moved party, and on each that it overtook, by how many places and why."""
    moved = replace(queue, parties=tuple(parties))
    old, new = queue.positions(), moved.positions()
    places = {party_id: place - old[party_id] for party_id, place in new.items()}
    return replace(
        moved,
        parties=tuple(
            replace(
                party,
                moved_at=event.at,
                moved_places=places[party.id],
                moved_reason=event.reason,
            )
            if party.id == event.party_id or places.get(party.id, 0) > 0
            else party
            for party in moved.parties
        ),
    )


def _undone(queue: Queue, event: ActionUndone, party: Party) -> Queue:
    restored = dict(event.restored)
    if "status" in restored:
        restored["status"] = Status(restored["status"])
    if "flags" in restored:
        restored["flags"] = tuple(restored["flags"])
    changed = replace(party, **restored)
    parties = [changed if other.id == party.id else other for other in queue.parties]
    if event.place is not None:
        parties.remove(changed)
        parties.insert(event.place, changed)
    return replace(queue, parties=tuple(parties))


def _seatings(queue: Queue, before: Party | None, after: Party | None) -> tuple[Seating, ...]:
    """Learn from a party that got its table; unlearn from one that is brought back."""
    was, seated = _seating(before), _seating(after)
    if was == seated:
        return queue.seatings
    kept = list(queue.seatings)
    if was in kept:
        kept.remove(was)
    return tuple([*kept, seated][-KEPT_SEATINGS:] if seated else kept)


def _seating(party: Party | None) -> Seating | None:
    if party is None or party.status is not Status.SERVED or party.first_called_at is None:
        return None
    wait_ms = party.first_called_at - party.joined_at
    if wait_ms < WORTH_LEARNING_MS:
        return None
    return Seating(party.first_called_at, party.size, party.ahead, wait_ms)
