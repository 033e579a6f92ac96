"""Which ended parties a line keeps; the history has all of them."""

from bisect import bisect_left
from dataclasses import replace

from .model import HOUR, Party, Queue

# A line that never closes must not grow for ever: parties that ended before that are forgotten.
KEEP_ENDED_MS = 24 * HOUR
# Every commit writes them, and makes views of them. This is a long evening of a large restaurant:
# hosts can restore these, and their guests still see how their wait ended.
KEPT_ENDED = 300


def without_old(queue: Queue, at: int) -> Queue:
    """Return the queue without parties that ended long ago, and with the undo log to match."""
    before = at - KEEP_ENDED_MS
    gone = {
        party.id
        for party in queue.parties
        if party.ended_at is not None and party.ended_at < before
    }
    over = _beyond(queue, gone) if len(queue.parties) > KEPT_ENDED else set()
    gone |= over
    if not gone:
        return queue
    places = [place for place, party in enumerate(queue.parties) if party.id in gone]
    return replace(
        queue,
        parties=tuple(party for party in queue.parties if party.id not in gone),
        ended_before=queue.ended_before + len(over),
        # An undone move puts its party back to this place.
        actions=tuple(
            replace(action, place=action.place - bisect_left(places, action.place))
            for action in queue.actions
        ),
    )


def _beyond(queue: Queue, gone: set[str]) -> set[str]:
    """Return the parties beyond KEPT_ENDED that ended first; those that can be undone stay."""
    ended = [party for party in queue.parties if not party.is_active and party.id not in gone]
    undoable = {action.party_id for action in queue.actions}
    oldest = sorted((party for party in ended if party.id not in undoable), key=_end)
    return {party.id for party in oldest[: max(0, len(ended) - KEPT_ENDED)]}


def _end(party: Party) -> tuple[int, int]:
    return (party.ended_at or 0, party.ticket)
