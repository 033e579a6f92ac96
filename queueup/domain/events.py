"""Everything that can happen to a queue, as frozen facts with a time (ms since the epoch).

The history, the background jobs and a replay of the evening all read events. The names in `kind`
are the ones that background work has always known.
"""

from dataclasses import dataclass, field
from typing import ClassVar

from .model import Phase, QueueSettings


@dataclass(frozen=True, slots=True)
class Event:
    """A fact about one queue.

    An event of a command also says which device gave it, the number of the command's first event,
    and the idempotency key that it came with.
    """

    kind: ClassVar[str] = ""
    at: int
    by: str | None = field(default=None, kw_only=True)
    action: int | None = field(default=None, kw_only=True)
    key: str | None = field(default=None, kw_only=True)


@dataclass(frozen=True, slots=True)
class QueueOpened(Event):
    """A host opened the queue."""

    kind: ClassVar[str] = "QUEUE_OPENED"
    code: str
    session_id: str
    settings: QueueSettings


@dataclass(frozen=True, slots=True)
class QueueClosed(Event):
    """The queue ended: by its host, after two idle hours, or by age."""

    kind: ClassVar[str] = "QUEUE_CLOSED"
    reason: str


@dataclass(frozen=True, slots=True)
class GuestsErased(Event):
    """Time has come to forget who the guests were."""

    kind: ClassVar[str] = "QUEUE_GUESTS_ERASED"


@dataclass(frozen=True, slots=True)
class PartyEvent(Event):
    """A fact about one party."""

    party_id: str


@dataclass(frozen=True, slots=True)
class PartyJoined(PartyEvent):
    """A party took its place at the end of the line."""

    kind: ClassVar[str] = "QUEUE_MEMBER_JOINED"
    ticket: int
    name: str | None
    size: int
    quoted_ms: int
    join_key: str | None
    position: int
    queue_length: int
    phone: str | None = None
    notes: str | None = None
    seating: str | None = None
    flags: tuple[str, ...] = ()
    origin: str = "guest"
    language: str | None = None


@dataclass(frozen=True, slots=True)
class PartyDeclaredNearby(PartyEvent):
    """A guest said that the party is close by."""

    kind: ClassVar[str] = "QUEUE_MEMBER_NEARBY"


@dataclass(frozen=True, slots=True)
class PartyCalled(PartyEvent):
    """The host called the party, for the first time or again."""

    kind: ClassVar[str] = "QUEUE_MEMBER_CALLED"
    deadline: int
    count: int


@dataclass(frozen=True, slots=True)
class CallRanOut(PartyEvent):
    """The hold ran out, and the queue leaves the decision to its host."""

    kind: ClassVar[str] = "QUEUE_CALL_RAN_OUT"


@dataclass(frozen=True, slots=True)
class PartyReached(PartyEvent):
    """The line moved and brought the party to a place worth telling (2 or 5), or past it."""

    position: int

    @property
    def kind(self) -> str:  # type: ignore[override]
        """Name the event after the place."""
        return f"QUEUE_POSITION_{self.position}"


@dataclass(frozen=True, slots=True)
class PartyServed(PartyEvent):
    """The party got its table."""

    kind: ClassVar[str] = "QUEUE_MEMBER_SERVED"
    table: str | None = None


@dataclass(frozen=True, slots=True)
class PartyLeft(PartyEvent):
    """The guest gave the place up."""

    kind: ClassVar[str] = "QUEUE_MEMBER_LEFT"
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PartyKicked(PartyEvent):
    """The host removed the party, or took back the action (of this number) that let it in."""

    kind: ClassVar[str] = "QUEUE_MEMBER_KICKED"
    reason: str | None = None
    undone: int | None = None


@dataclass(frozen=True, slots=True)
class PartyDropped(PartyEvent):
    """The party did not come in time: a no-show."""

    kind: ClassVar[str] = "QUEUE_MEMBER_DROPPED"


@dataclass(frozen=True, slots=True)
class HoursTurned(Event):
    """The clock brought the queue to another phase of its day."""

    kind: ClassVar[str] = "QUEUE_HOURS_TURNED"
    phase: Phase
