"""What the views of all readers have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any

from queueup.domain.commands.guest import passing

from .admission import joining
from .estimate import BANDS, WaitRange, band, learn
from .model import Party, Queue, Status

View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """How the whole line stands: counted once for the views of all who stand in it."""

    expected: Callable[[int, int], WaitRange]  # of so many people behind so many parties
    positions: dict[str, int]
    after_passing: dict[str, int]  # positions that letting the next party pass would lead to
    in_line: int  # parties waiting and called
    joining: View


def standing(queue: Queue) -> Standing:
    """Count how the line stands."""
    line, called = queue.waiting(), len(queue.called())
    return Standing(
        cache(learn(queue.seatings).range),
        {party.id: place for place, party in enumerate(line, called + 1)},
        {
            party.id: called + 1 + place
            for party, place in zip(line, passing(line), strict=True)
            if place is not None
        },
        len(line) + called,
        _joining(queue),
    )


class Extras:
    """What of a party is shown when it is there, and under which names."""

    def __init__(self, names: dict[str, str]) -> None:
        self._keys = tuple(names.values())
        self._read = attrgetter(*names)

    def of(self, party: Party) -> View:
        """Return what the party has."""
        values = self._read(party)
        if not any(values):  # most parties, most of the time
            return {}
        return {key: value for key, value in zip(self._keys, values, strict=True) if value}


_OWN = {
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
_ENDED = {
    "ended_at": "endedAt",
    "reason": "reason",
    "table": "table",
    "called_at": "calledAt",
    "asked_back_at": "askedBackAt",
    "back_declined": "backDeclined",
}
# Phone and notes are the host's.
HOST_EXTRAS = Extras({"phone": "phone", "notes": "notes"} | _OWN)
GUEST_EXTRAS = Extras(_OWN | _ENDED)
ENDED_EXTRAS = Extras(_ENDED)


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


def waits(standing: Standing) -> View:
    """Return the expected wait of a party that joins now, by size band."""
    return {band(low): range_view(standing.expected(low, standing.in_line)) for low, _ in BANDS}


def range_view(wait: WaitRange) -> View:
    """Return a range of waiting time."""
    return {"lowMs": wait.low_ms, "highMs": wait.high_ms, "learned": wait.learned}


def moved(party: Party) -> View:
    """Return how a party was moved last."""
    return {"at": party.moved_at, "places": party.moved_places, "reason": party.moved_reason}


def _joining(queue: Queue) -> View:
    state = joining(queue)
    return {"open": state.is_open, "why": state.why, "words": state.words}
