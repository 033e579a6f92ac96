"""A waitlist as plain values: its parties in line order, and what can be read off them.

Times are integers: milliseconds since the Unix epoch, UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .devices import Device, Invitation
from .estimate import Seating
from .hours import Phase
from .settings import OnExpiry as OnExpiry
from .settings import QueueSettings as QueueSettings
from .times import HOUR as HOUR
from .times import MINUTE as MINUTE
from .times import SECOND as SECOND


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
    phone: str | None = None
    notes: str | None = None
    seating: str | None = None
    flags: tuple[str, ...] = ()
    origin: str = "guest"
    language: str | None = None
    ahead: int = 0
    first_called_at: int | None = None
    aside: bool = False
    aside_reason: str | None = None
    answer: str | None = None
    answer_minutes: int | None = None
    answered_at: int | None = None
    more_time_ms: int = 0
    table: str | None = None
    reason: str | None = None
    message: str | None = None
    message_at: int | None = None
    moved_at: int | None = None
    moved_places: int = 0
    moved_reason: str | None = None
    asked_back_at: int | None = None
    back_declined: bool = False
    needs_host: bool = False
    judged: str | None = None

    @property
    def is_active(self) -> bool:
        """Tell whether the party is still in the queue: waiting or called."""
        return self.status in (Status.WAITING, Status.CALLED)


@dataclass(frozen=True, slots=True)
class Action:
    """What a host did with one party, so that it can be undone.

    `before` and `after` are the fields of the party that it changed, as JSON has them; `overtaken`
    are those parties that were told before why they had moved back, with what they were told.
    Actions of one tap share `number`: that of the tap's first event.
    """

    number: int
    kind: str
    at: int
    device: str
    party_id: str
    place: int
    before: dict[str, Any]
    after: dict[str, Any]
    left_as: Status
    left_ended_at: int | None
    overtaken: dict[str, dict[str, Any]] | None = None


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
    paused_reason: str | None = None
    phase: Phase = Phase.OPEN
    phase_at: int = 0
    seatings: tuple[Seating, ...] = ()
    actions: tuple[Action, ...] = ()
    keys: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    invitations: tuple[Invitation, ...] = ()
    pin_hash: str | None = None
    tokens_revoked: bool = False

    @property
    def is_closed(self) -> bool:
        """Tell whether the queue has ended: its day, or for good."""
        return self.closed_at is not None

    @property
    def can_open_again(self) -> bool:
        """Tell whether a closed queue may be opened again on its code."""
        return self.is_closed and self.settings.keeps_code and self.close_reason != "host"

    def party(self, party_id: str) -> Party | None:
        """Return the party with this id, ended ones included."""
        return next((party for party in self.parties if party.id == party_id), None)

    def device(self, device_id: str | None) -> Device | None:
        """Return the device with this id."""
        return next((device for device in self.devices if device.id == device_id), None)

    def waiting(self) -> list[Party]:
        """Return the waiting parties in line order; a closed queue has none."""
        return [] if self.is_closed else list(self._with(Status.WAITING))

    def callable(self) -> list[Party]:
        """Return the waiting parties that are not set aside, in line order."""
        return [party for party in self.waiting() if not party.aside]

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
