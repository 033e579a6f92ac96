"""Short ways to bring a queue into a state, for the tests of the domain."""

from collections.abc import Callable
from typing import Any

from queueup.domain.change import Change, Events, changed
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.commands.guest import Join
from queueup.domain.model import MINUTE, OnExpiry, Party, Queue, QueueSettings, Status

OPENED = 1_790_000_000_000
HOLD = 2 * MINUTE


def opened(max_guests: int = 100, on_expiry: OnExpiry = OnExpiry.FLAG) -> Queue:
    """Return an empty queue."""
    wanted = QueueSettings("Lucia", max_guests, HOLD, on_expiry)
    return session_commands.create("ABC234", "ABC234-session", wanted, OPENED).queue


def line(*names: str, queue: Queue | None = None, now: int = OPENED) -> Queue:
    """Return a queue that these parties of one have joined; the ids are the names."""
    queue = queue or opened()
    for name in names:
        queue = done(guest_commands.join, queue, Join(name, name, 1), now).queue
    return queue


def find(queue: Queue, party_id: str) -> Party:
    """Return the party, which must be there."""
    party = queue.party(party_id)
    assert party is not None
    return party


def statuses(queue: Queue) -> dict[str, Status]:
    """Return the status of every party."""
    return {party.id: party.status for party in queue.parties}


def done(command: Callable[..., Events], queue: Queue, *args: Any, **kwargs: Any) -> Change:
    """Give a command to a queue, and return what becomes of it."""
    return changed(queue, command(queue, *args, **kwargs))
