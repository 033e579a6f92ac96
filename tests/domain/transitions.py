"""Checks every single step of every party against the tables of moves."""

from collections.abc import Sequence

from queueup.domain.events import ActionUndone, Event, PartyRestored, QueueOpened
from queueup.domain.model import MOVES, Queue, Status
from queueup.domain.replay import replay

# Every move that undoing and restoring can make.
MOVES_BACK: dict[Status, frozenset[Status]] = {
    Status.WAITING: frozenset({Status.KICKED, Status.LEFT, Status.NO_SHOW, Status.SERVED}),
    Status.CALLED: frozenset(Status),
    Status.SERVED: frozenset({Status.WAITING, Status.CALLED}),
    Status.LEFT: frozenset({Status.WAITING, Status.CALLED}),
    Status.KICKED: frozenset({Status.WAITING, Status.CALLED}),
    Status.NO_SHOW: frozenset({Status.WAITING, Status.CALLED}),
}


def follow_the_table(queue: Queue, events: Sequence[Event]) -> None:
    """Fail when an event makes a move that the tables do not have, loses or doubles a party."""
    for event in events:
        after = replay([event], queue)
        if not isinstance(event, QueueOpened):
            table = MOVES_BACK if isinstance(event, ActionUndone | PartyRestored) else MOVES
            statuses = {party.id: party.status for party in after.parties}
            assert len(statuses) == len(after.parties)
            for old in queue.parties:
                # Only parties that ended long ago are forgotten.
                new = statuses.get(old.id, old.status)
                assert old.id in statuses or not old.is_active
                assert new is old.status or new in table[old.status], (event, old.status, new)
        queue = after
