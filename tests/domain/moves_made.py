"""Checks every single step of every party against the tables of moves."""

from collections.abc import Sequence

from queueup.domain.events import Event, QueueOpened
from queueup.domain.host_events import ActionUndone, PartyRestored
from queueup.domain.queue import MOVES, MOVES_BACK, Queue
from queueup.domain.replay import replay


def follow_the_table(queue: Queue, events: Sequence[Event]) -> None:
    """Fail when an event makes a move that the tables do not have, loses or doubles a party."""
    for event in events:
        after = replay([event], queue)
        if not isinstance(event, QueueOpened):
            table = MOVES_BACK if isinstance(event, ActionUndone | PartyRestored) else MOVES
            statuses = {party.id: party.status for party in after.parties}
            assert len(statuses) == len(after.parties)
            for old in queue.parties:
                new = statuses[old.id]
                assert new is old.status or new in table[old.status], (event, old.status, new)
        queue = after
