"""What a host does with parties: call, seat, move, set aside, edit, write to and remove them."""

from queueup.domain.change import (
    Events,
    call_event,
    require_active,
    require_movable,
    require_open,
    require_present,
    was_faster,
)
from queueup.domain.errors import (
    NextPartyNotWaiting,
    NotPossibleNow,
    ServedPartyNotCalled,
    TableTaken,
)
from queueup.domain.events import (
    Event,
    HoldExtended,
    MessageSent,
    PartyDropped,
    PartyEdited,
    PartyKicked,
    PartyMoved,
    PartyQuoted,
    PartyServed,
    PartySetAside,
)
from queueup.domain.model import DETAILS, MINUTE, Party, Queue, Status

# How long a table counts as taken after a party was seated there.
TURN_MS = 90 * MINUTE


def call(
    queue: Queue, party_id: str, now: int, calls: int | None = None, hold_ms: int | None = None
) -> Events:
    """Call a waiting party, or a called one again with a fresh hold.

    `calls` is the call count that the host saw: if the party has been called since, that call
    stands, so that a double tap notifies once.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster.
    """
    party = require_movable(queue, party_id, Status.CALLED)
    if calls is not None and party.call_count != calls:
        raise was_faster(queue, party)
    return (call_event(queue, party, now, hold_ms),)


def call_several(
    queue: Queue, party_ids: tuple[str, ...], now: int, hold_ms: int | None = None
) -> Events:
    """Call several waiting parties at once, each with its own hold; all of them or none.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster.
    """
    # An id that is given twice is one party, to be called once.
    parties = [
        require_movable(queue, party_id, Status.CALLED) for party_id in dict.fromkeys(party_ids)
    ]
    for party in parties:
        if party.status is not Status.WAITING:
            raise was_faster(queue, party)
    return tuple(call_event(queue, party, now, hold_ms) for party in parties)


def advance(queue: Queue, served_id: str | None, next_id: str | None, now: int) -> Events:
    """Serve one called party if asked, then call the chosen or the first waiting party."""
    require_open(queue)
    events: list[Event] = []
    if served_id is not None:
        if served_id not in {party.id for party in queue.called()}:
            raise ServedPartyNotCalled
        events.append(PartyServed(now, served_id))
    line = queue.callable()
    if next_id is not None:
        line = [party for party in queue.waiting() if party.id == next_id]
        if not line:
            raise NextPartyNotWaiting
    if line:
        events.append(call_event(queue, line[0], now))
    return tuple(events)


def seat(
    queue: Queue, party_id: str, now: int, table: str | None = None, sure: bool = False
) -> Events:
    """Seat a party, at a table if the host names one; a waiting party is called by the same tap.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster, and TableTaken unless `sure`.
    """
    party = require_present(queue, party_id)
    there = _seated_at(queue, table, now)
    if there is not None and not sure:
        raise TableTaken(
            f"Table {table} is taken by #{there.ticket}. Seat #{party.ticket} there anyway?"
        )
    called = [call_event(queue, party, now)] if party.status is Status.WAITING else []
    return (*called, PartyServed(now, party.id, table))


def serve(queue: Queue, party_id: str, now: int) -> Events:
    """Mark a called party as served. Raises SessionClosed, UnknownParty, SomebodyWasFaster."""
    return (PartyServed(now, require_movable(queue, party_id, Status.SERVED).id),)


def no_show(queue: Queue, party_id: str, now: int) -> Events:
    """Mark a called party as a no-show.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster.
    """
    return (PartyDropped(now, require_movable(queue, party_id, Status.NO_SHOW).id),)


def kick(queue: Queue, party_id: str, now: int, reason: str | None = None) -> Events:
    """Let the host remove a party, with a reason that its guests can read. Raises UnknownParty."""
    return (PartyKicked(now, require_active(queue, party_id).id, reason),)


def move(
    queue: Queue, party_id: str, now: int, before: str | None, reason: str | None = None
) -> Events:
    """Put a waiting party in front of another one, or at the end of the line.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster, NotPossibleNow.
    """
    party = _waiting(queue, party_id)
    line = [other.id for other in queue.waiting() if other.id != party.id]
    if before is not None and before not in line:
        # That party has just left: let the host decide again on the current line.
        raise NotPossibleNow(
            "neighbour_left", "The party you moved it ahead of is no longer waiting."
        )
    place = line.index(before) if before is not None else len(line)
    if [*line[:place], party.id, *line[place:]] == [other.id for other in queue.waiting()]:
        return ()
    return (PartyMoved(now, party.id, before, reason),)


def set_aside(
    queue: Queue, party_id: str, now: int, aside: bool, reason: str | None = None
) -> Events:
    """Let others pass a waiting party that keeps its place, or put it back in line.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster.
    """
    party = _waiting(queue, party_id)
    if party.aside == aside:
        return ()
    return (PartySetAside(now, party.id, aside, reason),)


def quote(queue: Queue, party_id: str, now: int, quoted_ms: int) -> Events:
    """Promise a waiting party that it is called within `quoted_ms` from now.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster.
    """
    party = _waiting(queue, party_id)
    return (PartyQuoted(now, party.id, now - party.joined_at + quoted_ms),)


def edit(queue: Queue, edited: PartyEdited) -> Events:
    """Correct a party's details. Raises SessionClosed, UnknownParty, SomebodyWasFaster."""
    party = require_present(queue, edited.party_id)
    if all(getattr(party, name) == getattr(edited, name) for name in DETAILS):
        return ()
    return (edited,)


def correct(queue: Queue, edited: PartyEdited, quoted_ms: int | None) -> Events:
    """Correct what the form of a walk-in said of its party, and the wait that it promised.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster.
    """
    party = require_present(queue, edited.party_id)
    events = edit(queue, edited)
    is_quoted = party.promised and party.quoted_ms == quoted_ms
    if quoted_ms is None or is_quoted or party.status is not Status.WAITING:
        return events
    return (*events, PartyQuoted(edited.at, party.id, quoted_ms))


def extend(queue: Queue, party_id: str, now: int, more_ms: int) -> Events:
    """Hold a called party's table for longer: from its deadline, or from now if that has passed.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster, NotPossibleNow.
    """
    party = require_present(queue, party_id)
    if party.status is not Status.CALLED:
        raise NotPossibleNow("not_called", f"#{party.ticket} has not been called.")
    return (HoldExtended(now, party.id, max(party.deadline or now, now) + more_ms),)


def message(queue: Queue, now: int, text: str, party_id: str | None = None) -> Events:
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
    return tuple(sent)


def _waiting(queue: Queue, party_id: str) -> Party:
    party = require_present(queue, party_id)
    if party.status is not Status.WAITING:
        raise was_faster(queue, party)
    return party


def _seated_at(queue: Queue, table: str | None, now: int) -> Party | None:
    """Return the party that was seated at this table less than TURN_MS ago."""
    seated = (party for party in queue.parties if party.status is Status.SERVED)
    return next(
        (
            party
            for party in seated
            if table
            and party.table
            and party.table.casefold() == table.casefold()
            and now - (party.ended_at or 0) < TURN_MS
        ),
        None,
    )
