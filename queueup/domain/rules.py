"""What a host and a guest may do: each command turns a queue into a changed queue and its events.

A command never reads a clock or makes an id: `now` and ids are arguments, so deciding again after
a lost race is free. A refused command raises a QueueError and changes nothing.
"""

from dataclasses import dataclass

from queueup.domain.commands.session import require_joinable

from .change import (
    Change,
    changed,
    require_active,
    require_movable,
    require_open,
    require_present,
    was_faster,
)
from .errors import AlreadyInQueue, NextPartyNotWaiting, QueueFull, ServedPartyNotCalled, TableTaken
from .estimate import learn
from .events import (
    DeviceAdded,
    Event,
    GuestsErased,
    PartyCalled,
    PartyDropped,
    PartyJoined,
    PartyKicked,
    PartyLeft,
    PartyServed,
    QueueClosed,
    QueueOpened,
)
from .model import ERASED, MINUTE, Party, Queue, QueueSettings, Status
from .replay import replay

# How long a table counts as taken after a party was seated there.
TURN_MS = 90 * MINUTE


@dataclass(frozen=True, slots=True)
class Join:
    """A wish for a place; `key` makes a repeated wish return the same party.

    `origin` is guest, kiosk, or host for a walk-in, whom hours, pause and capacity do not stop.
    `quoted_ms` is what the host promised; without it the estimate's upper end is promised.
    """

    party_id: str
    name: str | None
    size: int
    key: str | None = None
    phone: str | None = None
    notes: str | None = None
    seating: str | None = None
    flags: tuple[str, ...] = ()
    origin: str = "guest"
    language: str | None = None
    quoted_ms: int | None = None


def create(
    code: str,
    session_id: str,
    settings: QueueSettings,
    now: int,
    device: DeviceAdded | None = None,
) -> Change:
    """Open a queue, run by the device that opens it."""
    opened = QueueOpened(now, code, session_id, settings)
    events: tuple[Event, ...] = (opened, device) if device else (opened,)
    return Change(replay(events), events)


def join(queue: Queue, wish: Join, now: int) -> Change:
    """Let a party in at the end of the line; the same key again changes nothing.

    Raises SessionClosed, AlreadyInQueue, QueueFull, NotJoinable.
    """
    if party_with_key(queue, wish.key):
        return Change(queue)
    require_open(queue)
    is_walk_in = wish.origin == "host"
    if wish.key is None and not is_walk_in and _is_waiting(queue, wish.name):
        raise AlreadyInQueue
    ahead = len(queue.waiting()) + len(queue.called())
    expected = learn(queue.seatings).range(wish.size, ahead)
    if not is_walk_in:
        if queue.people() + wish.size > queue.settings.max_guests:
            raise QueueFull
        require_joinable(queue, expected)
    joined = PartyJoined(
        now,
        wish.party_id,
        ticket=queue.last_ticket + 1,
        name=wish.name,
        size=wish.size,
        quoted_ms=expected.high_ms if wish.quoted_ms is None else wish.quoted_ms,
        join_key=wish.key,
        position=ahead + 1,
        queue_length=ahead + 1,
        phone=wish.phone,
        notes=wish.notes,
        seating=wish.seating,
        flags=wish.flags,
        origin=wish.origin,
        language=wish.language,
    )
    return changed(queue, joined)


def leave(queue: Queue, party_id: str, now: int, reason: str | None = None) -> Change:
    """Let a guest give the place up. Raises UnknownParty."""
    return changed(queue, PartyLeft(now, require_active(queue, party_id).id, reason))


def kick(queue: Queue, party_id: str, now: int, reason: str | None = None) -> Change:
    """Let the host remove a party, with a reason that its guests can read. Raises UnknownParty."""
    return changed(queue, PartyKicked(now, require_active(queue, party_id).id, reason))


def call(
    queue: Queue, party_id: str, now: int, calls: int | None = None, hold_ms: int | None = None
) -> Change:
    """Call a waiting party, or a called one again with a fresh hold.

    `calls` is how often the host saw the party called: a call that is already newer stands, so that
    a double tap rings once. Raises SessionClosed, UnknownParty, SomebodyWasFaster.
    """
    party = require_movable(queue, party_id, Status.CALLED)
    if calls is not None and party.call_count != calls:
        raise was_faster(queue, party)
    return changed(queue, call_event(queue, party, now, hold_ms))


def call_several(
    queue: Queue, party_ids: tuple[str, ...], now: int, hold_ms: int | None = None
) -> Change:
    """Call several waiting parties at once, each with its own hold; all of them or none.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster.
    """
    # An id that is given twice is one party, which rings once.
    parties = [
        require_movable(queue, party_id, Status.CALLED) for party_id in dict.fromkeys(party_ids)
    ]
    for party in parties:
        if party.status is not Status.WAITING:
            raise was_faster(queue, party)
    return changed(queue, *(call_event(queue, party, now, hold_ms) for party in parties))


def serve(queue: Queue, party_id: str, now: int) -> Change:
    """Mark a called party as served. Raises SessionClosed, UnknownParty, SomebodyWasFaster."""
    return changed(queue, PartyServed(now, require_movable(queue, party_id, Status.SERVED).id))


def seat(
    queue: Queue, party_id: str, now: int, table: str | None = None, sure: bool = False
) -> Change:
    """Seat a party, at a table if the host names one; whoever stands there needs no call first.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster, and TableTaken unless `sure`.
    """
    party = require_present(queue, party_id)
    there = sitting_at(queue, table, now)
    if there is not None and not sure:
        raise TableTaken(f"#{there.ticket} sits at table {table}. Seat #{party.ticket} there too?")
    called = [call_event(queue, party, now)] if party.status is Status.WAITING else []
    return changed(queue, *called, PartyServed(now, party.id, table))


def sitting_at(queue: Queue, table: str | None, now: int) -> Party | None:
    """Return the party that was seated at this table and probably sits there still."""
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


def no_show(queue: Queue, party_id: str, now: int) -> Change:
    """Give a called party's place away.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster.
    """
    return changed(queue, PartyDropped(now, require_movable(queue, party_id, Status.NO_SHOW).id))


def advance(queue: Queue, served_id: str | None, next_id: str | None, now: int) -> Change:
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
    return changed(queue, *events)


def close(queue: Queue, now: int, reason: str = "host") -> Change:
    """End the queue for good; closing it twice changes nothing."""
    is_over = queue.is_closed and not queue.can_open_again
    return Change(queue) if is_over else changed(queue, QueueClosed(now, reason))


def erase_guests(queue: Queue, now: int) -> Change:
    """Forget who the guests of a closed queue were; an open queue keeps its names."""
    knows_somebody = queue.actions or any(
        getattr(party, name) for party in queue.parties for name in ERASED
    )
    if not queue.is_closed or not knows_somebody:
        return Change(queue)
    return changed(queue, GuestsErased(now))


def party_with_key(queue: Queue, key: str | None) -> Party | None:
    """Return the party that a join with this idempotency key made."""
    return next((party for party in queue.parties if key and party.join_key == key), None)


def call_event(queue: Queue, party: Party, now: int, hold_ms: int | None = None) -> PartyCalled:
    """Make the event that calls this party, for the queue's usual hold unless told another (ms)."""
    held = queue.settings.hold_ms if hold_ms is None else hold_ms
    return PartyCalled(now, party.id, now + held, party.call_count + 1)


def _is_waiting(queue: Queue, name: str | None) -> bool:
    return name is not None and any(
        party.name == name for party in queue.parties if party.is_active
    )
