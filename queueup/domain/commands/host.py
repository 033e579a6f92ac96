"""What a host does with a waiting party: its place, its quote, what is known of it, a message."""

from queueup.domain.change import Change, changed, require_open, require_present, was_faster
from queueup.domain.errors import NotPossibleNow
from queueup.domain.events import (
    Event,
    HoldExtended,
    MessageSent,
    PartyEdited,
    PartyMoved,
    PartyQuoted,
    PartySetAside,
)
from queueup.domain.model import DETAILS, Party, Queue, Status


def move(
    queue: Queue, party_id: str, now: int, before: str | None, reason: str | None = None
) -> Change:
    """Put a waiting party in front of another one, or at the end of the line.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster, NotPossibleNow.
    """
    party = _waiting(queue, party_id)
    line = [other.id for other in queue.waiting() if other.id != party.id]
    if before is not None and before not in line:
        # Its new neighbour has just gone: the host decides again on the line as it is.
        raise NotPossibleNow("The party that it was to go in front of is no longer waiting.")
    place = line.index(before) if before is not None else len(line)
    if [*line[:place], party.id, *line[place:]] == [other.id for other in queue.waiting()]:
        return Change(queue)
    return changed(queue, PartyMoved(now, party.id, before, reason))


def set_aside(
    queue: Queue, party_id: str, now: int, aside: bool, reason: str | None = None
) -> Change:
    """Let others pass a waiting party that keeps its place, or put it back in line.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster.
    """
    party = _waiting(queue, party_id)
    if party.aside == aside:
        return Change(queue)
    return changed(queue, PartySetAside(now, party.id, aside, reason))


def quote(queue: Queue, party_id: str, now: int, quoted_ms: int) -> Change:
    """Promise a waiting party to be called within so long (ms) from now.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster.
    """
    party = _waiting(queue, party_id)
    return changed(queue, PartyQuoted(now, party.id, now - party.joined_at + quoted_ms))


def edit(queue: Queue, edited: PartyEdited) -> Change:
    """Correct what is known of a party. Raises SessionClosed, UnknownParty, SomebodyWasFaster."""
    party = require_present(queue, edited.party_id)
    if all(getattr(party, name) == getattr(edited, name) for name in DETAILS):
        return Change(queue)
    return changed(queue, edited)


def extend(queue: Queue, party_id: str, now: int, more_ms: int) -> Change:
    """Hold a called party's table for longer: from its deadline, or from now if that has passed.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster, NotPossibleNow.
    """
    party = require_present(queue, party_id)
    if party.status is not Status.CALLED:
        raise NotPossibleNow(f"#{party.ticket} has not been called.")
    return changed(queue, HoldExtended(now, party.id, max(party.deadline or now, now) + more_ms))


def message(queue: Queue, now: int, text: str, party_id: str | None = None) -> Change:
    """Write to one party, or to everybody who is waiting or called.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster.
    """
    require_open(queue)
    parties: list[Party]
    if party_id is None:
        parties = [party for party in queue.parties if party.is_active]
    else:
        parties = [require_present(queue, party_id)]
    sent: list[Event] = [MessageSent(now, party.id, text) for party in parties]
    return changed(queue, *sent)


def _waiting(queue: Queue, party_id: str) -> Party:
    party = require_present(queue, party_id)
    if party.status is not Status.WAITING:
        raise was_faster(queue, party)
    return party
