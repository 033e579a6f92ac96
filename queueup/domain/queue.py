"""A waitlist as plain values: its parties in line order, and what can be read off them.

Times are integers: milliseconds since the Unix epoch, UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE


class Status(StrEnum):
    """Where a party stands."""

    WAITING = "waiting"
    CALLED = "called"
    SERVED = "served"
    LEFT = "left"
    KICKED = "kicked"
    NO_SHOW = "no_show"


# Every move a party can make. A call can be repeated, so called leads to called.
MOVES: dict[Status, frozenset[Status]] = {
    Status.WAITING: frozenset({Status.CALLED, Status.LEFT, Status.KICKED}),
    Status.CALLED: frozenset(
        {Status.CALLED, Status.SERVED, Status.LEFT, Status.KICKED, Status.NO_SHOW}
    ),
    Status.SERVED: frozenset(),
    Status.LEFT: frozenset(),
    Status.KICKED: frozenset(),
    Status.NO_SHOW: frozenset(),
}


class OnExpiry(StrEnum):
    """What a queue does when the hold of a called party runs out."""

    FLAG = "flag"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """What the host decided when opening the queue."""

    name: str
    max_guests: int
    hold_ms: int
    on_expiry: OnExpiry
    location: str | None = None
    contact: str | None = None
    open_time: str | None = None
    close_time: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """One group of guests, from joining to the end of its wait."""

    id: str
    ticket: int
    name: str | None
    size: int
    joined_at: int
    quoted_ms: int
    join_key: str | None = None
    status: Status = Status.WAITING
    nearby: bool = False
    called_at: int | None = None
    deadline: int | None = None
    call_count: int = 0
    overdue: bool = False
    ended_at: int | None = None
    nudges: tuple[int, ...] = ()

    @property
    def is_active(self) -> bool:
        """Tell whether the party is still in the queue: waiting or called."""
        return self.status in (Status.WAITING, Status.CALLED)


@dataclass(frozen=True, slots=True)
class Queue:
    """One restaurant's line for one evening; parties keep their line order in `parties`."""

    code: str
    session_id: str
    settings: QueueSettings
    opened_at: int
    active_at: int
    closed_at: int | None = None
    close_reason: str | None = None
    last_event: int = 0
    last_ticket: int = 0
    parties: tuple[Party, ...] = ()

    @property
    def is_closed(self) -> bool:
        """Tell whether the queue has been closed for good."""
        return self.closed_at is not None

    def party(self, party_id: str) -> Party | None:
        """Return the party with this id, ended ones included."""
        return next((party for party in self.parties if party.id == party_id), None)

    def waiting(self) -> list[Party]:
        """Return the waiting parties in line order; a closed queue has none."""
        return [] if self.is_closed else list(self._with(Status.WAITING))

    def called(self) -> list[Party]:
        """Return the called parties, the one called last first; a closed queue has none."""
        if self.is_closed:
            return []
        return sorted(self._with(Status.CALLED), key=_called_last, reverse=True)

    def people(self) -> int:
        """Count the people waiting and called."""
        return sum(party.size for party in self.parties if party.is_active and not self.is_closed)

    def positions(self) -> dict[str, int]:
        """Number the waiting parties; called parties stand before all of them."""
        first = len(self.called()) + 1
        return {party.id: place for place, party in enumerate(self.waiting(), first)}

    def _with(self, status: Status) -> Iterator[Party]:
        return (party for party in self.parties if party.status is status)


def _called_last(party: Party) -> tuple[int, int]:
    return (party.called_at or 0, party.ticket)
