"""What each event does to a queue; a queue is the sum of its events."""

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from typing import Any

from .events import (
    CallRanOut,
    Event,
    GuestsErased,
    PartyCalled,
    PartyDeclaredNearby,
    PartyDropped,
    PartyEvent,
    PartyJoined,
    PartyKicked,
    PartyLeft,
    PartyReached,
    PartyServed,
    QueueClosed,
    QueueOpened,
)
from .queue import Party, Queue, Status

ENDED_AS: dict[type[Event], Status] = {
    PartyServed: Status.SERVED,
    PartyLeft: Status.LEFT,
    PartyKicked: Status.KICKED,
    PartyDropped: Status.NO_SHOW,
}


def replay(events: Iterable[Event], queue: Queue | None = None) -> Queue:
    """Return the queue after these events; without a queue the first one must open it."""
    result = reduce(_apply, events, queue)
    if result is None:
        raise ValueError("a queue starts with QueueOpened")
    return result


def _apply(queue: Queue | None, event: Event) -> Queue:
    if isinstance(event, QueueOpened):
        queue = Queue(event.code, event.session_id, event.settings, event.at, event.at)
    elif queue is None:
        raise ValueError("a queue starts with QueueOpened")
    elif isinstance(event, QueueClosed):
        queue = replace(queue, closed_at=event.at, close_reason=event.reason)
    elif isinstance(event, GuestsErased):
        nameless = (replace(party, name=None, join_key=None) for party in queue.parties)
        queue = replace(queue, parties=tuple(nameless))
    elif isinstance(event, PartyJoined):
        queue = replace(queue, parties=(*queue.parties, _joined(event)), last_ticket=event.ticket)
    elif isinstance(event, PartyEvent):
        queue = replace(
            queue,
            parties=tuple(
                replace(party, **_changes(event, party)) if party.id == event.party_id else party
                for party in queue.parties
            ),
        )
    return replace(queue, last_event=queue.last_event + 1, active_at=event.at)


def _joined(event: PartyJoined) -> Party:
    return Party(
        id=event.party_id,
        ticket=event.ticket,
        name=event.name,
        size=event.size,
        joined_at=event.at,
        quoted_ms=event.quoted_ms,
        join_key=event.join_key,
    )


def _changes(event: PartyEvent, party: Party) -> dict[str, Any]:
    match event:
        case PartyDeclaredNearby():
            return {"nearby": True}
        case PartyCalled():
            return {
                "status": Status.CALLED,
                "called_at": event.at,
                "deadline": event.deadline,
                "call_count": event.count,
                "overdue": False,
            }
        case CallRanOut():
            return {"overdue": True}
        case PartyReached():
            return {"nudges": (*party.nudges, event.position)}
        case _:
            return {"status": ENDED_AS[type(event)], "ended_at": event.at}
