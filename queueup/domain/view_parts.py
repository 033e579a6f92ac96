"""What the views of all readers have in common."""

from collections.abc import Callable
from typing import Any

from .doors import joining
from .estimate import BANDS, Learned, WaitRange, band
from .queue import Party, Queue, Status

View = dict[str, Any]

# Of what a party may have, this is shown when it is there, under these names.
EXTRAS = {
    "phone": "phone",
    "notes": "notes",
    "seating": "seating",
    "aside": "aside",
    "aside_reason": "asideReason",
    "answer": "answer",
    "answer_minutes": "answerMinutes",
    "answered_at": "answeredAt",
    "more_time_ms": "moreTimeMs",
    "message": "message",
    "message_at": "messageAt",
}
ENDED_EXTRAS = {
    "ended_at": "endedAt",
    "reason": "reason",
    "table": "table",
    "called_at": "calledAt",
    "asked_back_at": "askedBackAt",
    "back_declined": "backDeclined",
}


def line(queue: Queue, show: Callable[[Party], View]) -> View:
    """Return what the host and the public see of the line, each party as `show` has it."""
    called = queue.called()
    return {
        "type": "queue_update",
        "queue": [show(party) for party in queue.waiting()],
        "nowServing": show(called[0]) if called else None,
        "maxGuests": queue.settings.max_guests,
        "callDeadline": called[0].deadline if called else None,
        "closed": queue.is_closed,
        "called": [show(party) for party in called],
    }


def facts(party: Party) -> View:
    """Return what everybody in the room may know of a party."""
    facts: View = {
        "size": party.size,
        "status": party.status.value,
        "nearby": party.nearby,
        "joinedAt": party.joined_at,
        "ticket": party.ticket,
        "quotedMs": party.quoted_ms,
    }
    if party.call_count:
        facts["callCount"] = party.call_count
    if party.status is Status.CALLED:
        facts |= {
            "calledAt": party.called_at,
            "deadline": party.deadline,
            "overdue": party.overdue,
        }
    return facts


def joining_view(queue: Queue) -> View:
    """Return whether guests can join."""
    state = joining(queue)
    return {"open": state.is_open, "why": state.why, "words": state.words}


def waits(queue: Queue, learned: Learned) -> View:
    """Return the expected wait of a party that joins now, by size band."""
    ahead = in_line(queue)
    return {band(low): range_view(learned.range(low, ahead)) for low, _ in BANDS}


def range_view(wait: WaitRange) -> View:
    """Return a range of waiting time."""
    return {"lowMs": wait.low_ms, "highMs": wait.high_ms, "learned": wait.learned}


def in_line(queue: Queue) -> int:
    """Count the parties waiting and called."""
    return len(queue.waiting()) + len(queue.called())


def moved(party: Party) -> View:
    """Return how a party was moved last."""
    return {"at": party.moved_at, "places": party.moved_places, "reason": party.moved_reason}


def extras(party: Party, names: dict[str, str]) -> View:
    """Return the named fields that the party has."""
    return {key: found for name, key in names.items() if (found := getattr(party, name))}
