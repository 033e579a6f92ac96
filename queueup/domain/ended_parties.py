"""Which ended parties a line keeps; the history has all of them."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from .model import HOUR, EndedEarlier, Party, Queue

# A line that never closes must not grow for ever: parties that ended before that are forgotten.
KEEP_ENDED_MS = 24 * HOUR
# Every commit writes them, and makes views of them. This is a long evening of a large restaurant:
# hosts can restore these, and their guests still see how their wait ended.
KEPT_ENDED = 300
# The outcome of a party whose adding was undone: it never was one.
MISTAKEN = "mistaken"


def without_old(queue: Queue, at: int) -> Queue:
    """Return the queue without parties that ended long ago, and with the undo log to match."""
    before = at - KEEP_ENDED_MS
    gone = {
        party.id
        for party in queue.parties
        if party.ended_at is not None and party.ended_at < before
    }
    over = _beyond(queue, gone) if len(queue.parties) > KEPT_ENDED else []
    gone |= {party.id for party in over}
    queue = replace(queue, ended_earlier=_earlier(queue, over, before))
    if not gone:
        return queue
    places = [place for place, party in enumerate(queue.parties) if party.id in gone]
    return replace(
        queue,
        parties=tuple(party for party in queue.parties if party.id not in gone),
        # An undone move puts its party back to this place.
        actions=tuple(
            replace(action, place=action.place - bisect_left(places, action.place))
            for action in queue.actions
        ),
    )


def without_past(queue: Queue, at: int) -> Queue:
    """Return the queue without parties that ended a day ago, of which the numbers stay."""
    past = [
        party
        for party in queue.parties
        if party.ended_at is not None and party.ended_at <= at - KEEP_ENDED_MS
    ]
    return replace(
        queue,
        parties=tuple(party for party in queue.parties if party not in past),
        ended_earlier=_earlier(queue, past, 0),
    )


def ended_earlier(queue: Queue) -> Counter[str]:
    """Count the parties by outcome that ended in the last day and are in the history only."""
    return sum((Counter(ended.outcomes) for ended in queue.ended_earlier), Counter())


def outcome(party: Party) -> str:
    """Return as what a party is counted."""
    return MISTAKEN if party.mistaken else party.status.value


def _earlier(queue: Queue, over: Iterable[Party], before: int) -> tuple[EndedEarlier, ...]:
    """Count these parties by the hour, and forget the hours that have passed before this time."""
    hours = {ended.hour: Counter(ended.outcomes) for ended in queue.ended_earlier}
    for party in over:
        hours.setdefault((party.ended_at or 0) // HOUR, Counter())[outcome(party)] += 1
    return tuple(
        EndedEarlier(hour, dict(counted))
        for hour, counted in sorted(hours.items())
        if (hour + 1) * HOUR > before
    )


def _beyond(queue: Queue, gone: set[str]) -> list[Party]:
    """Return the parties beyond KEPT_ENDED that ended first; those that can be undone stay."""
    ended = [party for party in queue.parties if not party.is_active and party.id not in gone]
    undoable = {action.party_id for action in queue.actions}
    oldest = sorted((party for party in ended if party.id not in undoable), key=_end)
    return oldest[: max(0, len(ended) - KEPT_ENDED)]


def _end(party: Party) -> tuple[int, int]:
    return (party.ended_at or 0, party.ticket)
