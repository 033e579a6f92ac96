"""The values of a waitlist: a queue with its settings, parties, devices and undo log.

Times are integers: milliseconds since the Unix epoch, UTC. Durations are milliseconds, too, unless
their name says otherwise.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypedDict

from .presets import QUICK_REPLIES

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

Fields = dict[str, Any]


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


class Phase(StrEnum):
    """Where a moment lies in the restaurant's day."""

    BEFORE = "before"
    OPEN = "open"
    LAST_CALL = "last_call"
    AFTER = "after"


class OnExpiry(StrEnum):
    """What a queue does when the hold of a called party runs out."""

    FLAG = "flag"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """What the host decided when opening the queue, and may change during the day.

    Hours hold only where `time_zone` (an IANA name) is known; a close that is not after the opening
    is on the next day. Without an opening time the line opens six hours after it closed, and
    without a closing time it closes six hours before it opens. `keeps_code` lets the queue be
    opened again on its code after a day has ended.
    """

    name: str
    max_guests: int
    hold_ms: int
    on_expiry: OnExpiry
    location: str | None = None
    contact: str | None = None
    open_time: str | None = None
    close_time: str | None = None
    time_zone: str | None = None
    last_call_minutes: int = 0
    max_wait_ms: int | None = None
    # The wait that the owner expects for a couple behind five parties, until the line has learned.
    starting_wait_ms: int | None = None
    more_time_ms: int = 10 * MINUTE
    nudge_places: tuple[int, ...] = (5, 2)
    nudge_minutes: int | None = None
    quick_replies: tuple[str, ...] = QUICK_REPLIES
    languages: tuple[str, ...] = ()
    privacy_days: int | None = None
    keeps_code: bool = False


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
    promised: bool = False  # `quoted_ms` is a host's word; otherwise the estimate on joining
    mistaken: bool = False  # the host undid adding it
    passed_at: int | None = None
    passed_ticket: int = 0
    passed_size: int = 0
    claim: str | None = None
    claim_name: str | None = None
    claim_answer: str | None = None
    # What the join form said last, once something else has been said since: by a host, for example.
    form_name: str | None = None
    form_size: int = 0
    low_ms: int | None = None  # the lower end of the estimate on joining
    # How many of those ahead when it joined were of its band of sizes; None if it is not known.
    alike: int | None = None

    @property
    def is_active(self) -> bool:
        """Tell whether the party is still in the queue: waiting or called."""
        return self.status in (Status.WAITING, Status.CALLED)

    @property
    def knows_due_soon(self) -> bool:
        """Tell whether its guests have been notified that the expected wait is short."""
        return DUE_SOON in self.nudges


class PartyDetails(TypedDict):
    """What a host knows of a party; events of editing and joining have the same fields."""

    name: str | None
    size: int
    phone: str | None
    notes: str | None
    seating: str | None
    flags: tuple[str, ...]


# How a host answers a claim to a place.
GRANTED, DECLINED = "granted", "declined"
DETAILS = tuple(PartyDetails.__annotations__)
MOVED = ("moved_at", "moved_places", "moved_reason")
UNANSWERED: Fields = {"answer": None, "answer_minutes": None, "answered_at": None}
# Who was called past the party last, and when; nobody was.
NEVER_PASSED: Fields = {"passed_at": None, "passed_ticket": 0, "passed_size": 0}
NEVER_MOVED: Fields = {"moved_at": None, "moved_places": 0, "moved_reason": None}
# The fields that may identify a guest or hold free text, with their values after erasure.
ERASED: Fields = {
    "name": None,
    "join_key": None,
    "phone": None,
    "notes": None,
    "seating": None,
    "flags": (),
    "reason": None,
    "aside_reason": None,
    "moved_reason": None,
    "language": None,
    "message": None,
    "claim": None,
    "claim_name": None,
    "claim_answer": None,
    "form_name": None,
}
# Stored among a party's nudges beside the places, which count from 1.
DUE_SOON = 0


@dataclass(frozen=True, slots=True)
class Action:
    """What a host did with one party, so that it can be undone.

    `before` and `after` are the fields of the party that it changed, as JSON has them. A move also
    replaces the notes that earlier moves left on the parties it passes: `overtaken` keeps those, by
    party id. Actions of one tap share `number`: that of the tap's first event.
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


# How a wait was beside the range that was shown on joining: shorter, within, or longer.
EARLY, WITHIN, LATE = "early", "within", "late"


@dataclass(frozen=True, slots=True)
class Seating:
    """A party that got its table after waiting."""

    at: int  # ms, when it was first called
    size: int  # people
    ahead: int  # parties ahead of it when it joined
    wait_ms: int  # from joining to the first call
    alike: int | None = None  # of those ahead, the parties of its band of sizes, if known
    # How the wait was beside the range shown on joining; None if there was none: a host's quote.
    estimate: str | None = None


@dataclass(frozen=True, slots=True)
class EndedEarlier:
    """How many parties ended within one hour, by outcome, that are in the history only."""

    hour: int  # since the epoch
    outcomes: dict[str, int]


INVITATION_MS = 15 * MINUTE
# How long a host can undo the end of the day, or closing the line for good.
UNDO_CLOSING_MS = 10 * MINUTE
# A PIN of four digits: after five wrong ones each further try costs a wait.
FREE_TRIES = 5
FIRST_WAIT_MS = MINUTE


@dataclass(frozen=True, slots=True)
class Device:
    """A tablet or phone that may run the queue; its secret is stored as a hash."""

    id: str
    name: str
    secret_hash: str
    added_at: int
    acted_at: int | None = None
    locked: bool = False
    wrong_pins: int = 0
    pin_again_at: int = 0


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that adds one more device, once; its secret is stored as a hash."""

    secret_hash: str
    expires_at: int


def pin_wait_ms(wrong_pins: int) -> int:
    """Return how long (ms) after so many wrong PINs the next try has to wait."""
    over = wrong_pins - FREE_TRIES
    return FIRST_WAIT_MS * 2 ** min(over, 6) if over >= 0 else 0


@dataclass(frozen=True, slots=True)
class Queue:
    """One restaurant's line for one day; parties keep their line order in `parties`.

    The closing can be undone until `reopen_until`. If the line was closed for good when its day had
    already ended, `day_ended_at` and `day_end_reason` say when and why that was.
    """

    code: str
    session_id: str
    settings: QueueSettings
    opened_at: int
    active_at: int
    closed_at: int | None = None
    close_reason: str | None = None
    reopen_until: int | None = None
    day_ended_at: int | None = None
    day_end_reason: str | None = None
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
    # Parties that ended in the last day and are in the history only.
    ended_earlier: tuple[EndedEarlier, ...] = ()
    # Anybody has joined, today or on an earlier day on this code.
    was_joined: bool = False
    # When (ms) the first party joined of which `ahead` counts the waiting parties only. Releases up
    # to 0.2.0 counted the called, too.
    waiting_ahead_since: int | None = None

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

    def places(self) -> dict[str, int]:
        """Number the waiting parties: a called party has its table, and is ahead of nobody."""
        return {party.id: place for place, party in enumerate(self.waiting(), 1)}

    def _with(self, status: Status) -> Iterator[Party]:
        return (party for party in self.parties if party.status is status)


def _called_last(party: Party) -> tuple[int, int]:
    return (party.called_at or 0, party.ticket)
