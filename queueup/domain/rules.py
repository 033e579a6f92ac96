"""What a host and a guest may do: each command turns a queue into a changed queue and its events.

A command never reads a clock or makes an id: `now` and ids are arguments, so deciding again after
a lost race is free. A refused command raises a QueueError and changes nothing.
"""

from dataclasses import dataclass

from .errors import (
    AlreadyInQueue,
    IllegalMove,
    NextPartyNotWaiting,
    QueueFull,
    ServedPartyNotCalled,
    SessionClosed,
    UnknownParty,
)
from .estimate import wait_ms
from .events import (
    Event,
    GuestsErased,
    PartyCalled,
    PartyDeclaredNearby,
    PartyDropped,
    PartyJoined,
    PartyKicked,
    PartyLeft,
    PartyReached,
    PartyServed,
    QueueClosed,
    QueueOpened,
)
from .queue import MOVES, Party, Queue, QueueSettings, Status
from .replay import replay

NUDGE_AT = (5, 2)


@dataclass(frozen=True, slots=True)
class Change:
    """A queue after a command, and what happened; no events means that nothing changed."""

    queue: Queue
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Join:
    """A guest's wish for a place; `key` makes a repeated wish return the same party."""

    party_id: str
    name: str | None
    size: int
    key: str | None = None


def create(code: str, session_id: str, settings: QueueSettings, now: int) -> Change:
    """Open a queue."""
    events = (QueueOpened(now, code, session_id, settings),)
    return Change(replay(events), events)


def join(queue: Queue, wish: Join, now: int) -> Change:
    """Let a party in at the end of the line; the same key again changes nothing."""
    if party_with_key(queue, wish.key):
        return Change(queue)
    require_open(queue)
    if wish.key is None and wish.name is not None and _is_waiting(queue, wish.name):
        raise AlreadyInQueue
    if queue.people() + wish.size > queue.settings.max_guests:
        raise QueueFull
    ahead = len(queue.waiting()) + len(queue.called())
    joined = PartyJoined(
        now,
        wish.party_id,
        ticket=queue.last_ticket + 1,
        name=wish.name,
        size=wish.size,
        quoted_ms=wait_ms(ahead),
        join_key=wish.key,
        position=ahead + 1,
        queue_length=ahead + 1,
    )
    return _change(queue, joined)


def declare_nearby(queue: Queue, party_id: str, now: int) -> Change:
    """Mark a party as close by; saying it twice changes nothing."""
    party = _active(queue, party_id)
    return Change(queue) if party.nearby else _change(queue, PartyDeclaredNearby(now, party.id))


def leave(queue: Queue, party_id: str, now: int) -> Change:
    """Let a guest give the place up."""
    return _change(queue, PartyLeft(now, _active(queue, party_id).id))


def kick(queue: Queue, party_id: str, now: int) -> Change:
    """Let the host remove a party."""
    return _change(queue, PartyKicked(now, _active(queue, party_id).id))


def call(queue: Queue, party_id: str, now: int, calls: int | None = None) -> Change:
    """Call a waiting party, or a called one again with a fresh hold.

    `calls` is how often the host saw the party called: a call that is already newer stands, so that
    a double tap rings once.
    """
    require_open(queue)
    party = _moving(queue, party_id, Status.CALLED)
    if calls is not None and party.call_count != calls:
        return Change(queue)
    return _change(queue, call_event(queue, party, now))


def serve(queue: Queue, party_id: str, now: int) -> Change:
    """Mark a called party as served."""
    require_open(queue)
    return _change(queue, PartyServed(now, _moving(queue, party_id, Status.SERVED).id))


def no_show(queue: Queue, party_id: str, now: int) -> Change:
    """Give a called party's place away."""
    require_open(queue)
    return _change(queue, PartyDropped(now, _moving(queue, party_id, Status.NO_SHOW).id))


def advance(queue: Queue, served_id: str | None, next_id: str | None, now: int) -> Change:
    """Serve one called party if asked, then call the chosen or the first waiting party."""
    require_open(queue)
    events: list[Event] = []
    if served_id is not None:
        if served_id not in {party.id for party in queue.called()}:
            raise ServedPartyNotCalled
        events.append(PartyServed(now, served_id))
    line = queue.waiting()
    if next_id is not None:
        line = [party for party in line if party.id == next_id]
        if not line:
            raise NextPartyNotWaiting
    if line:
        events.append(call_event(queue, line[0], now))
    return _change(queue, *events)


def close(queue: Queue, now: int, reason: str = "host") -> Change:
    """End the queue for good; closing it twice changes nothing."""
    return Change(queue) if queue.is_closed else _change(queue, QueueClosed(now, reason))


def erase_guests(queue: Queue, now: int) -> Change:
    """Forget who the guests of a closed queue were; an open queue keeps its names."""
    has_names = any(party.name or party.join_key for party in queue.parties)
    if not queue.is_closed or not has_names:
        return Change(queue)
    return _change(queue, GuestsErased(now))


def require_open(queue: Queue) -> None:
    """Refuse with SessionClosed when the queue has been closed."""
    if queue.is_closed:
        raise SessionClosed


def party_with_key(queue: Queue, key: str | None) -> Party | None:
    """Return the party that a join with this idempotency key made."""
    return next((party for party in queue.parties if key and party.join_key == key), None)


def with_nudges(queue: Queue, events: tuple[Event, ...]) -> Change:
    """Apply the events, and add one for each party that they bring to a place worth telling.

    A party is told once a place, and only of places it crosses after joining.
    """
    after = replay(events, queue)
    old, new = queue.positions(), after.positions()
    reached = tuple(
        PartyReached(events[-1].at, party.id, place)
        for party in after.waiting()
        for place in NUDGE_AT
        if place not in party.nudges and old.get(party.id, 0) > place >= new[party.id]
    )
    return Change(replay(reached, after), events + reached)


def call_event(queue: Queue, party: Party, now: int) -> PartyCalled:
    """Make the event that calls this party for the queue's usual hold."""
    return PartyCalled(now, party.id, now + queue.settings.hold_ms, party.call_count + 1)


def _change(queue: Queue, *events: Event) -> Change:
    return with_nudges(queue, events) if events else Change(queue)


def _active(queue: Queue, party_id: str) -> Party:
    party = None if queue.is_closed else queue.party(party_id)
    if party is None or not party.is_active:
        raise UnknownParty
    return party


def _moving(queue: Queue, party_id: str, status: Status) -> Party:
    party = queue.party(party_id)
    if party is None:
        raise UnknownParty
    if status not in MOVES[party.status]:
        raise IllegalMove
    return party


def _is_waiting(queue: Queue, name: str) -> bool:
    return any(party.name == name for party in queue.parties if party.is_active)
