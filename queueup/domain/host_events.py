"""What a host does beside calling, seating and removing."""

from dataclasses import dataclass
from typing import Any, ClassVar

from .events import Event, PartyEvent
from .model import QueueSettings


@dataclass(frozen=True, slots=True)
class PartyEdited(PartyEvent):
    """The host, or the guest for the size, corrected what is known of the party."""

    kind: ClassVar[str] = "QUEUE_MEMBER_EDITED"
    name: str | None
    size: int
    phone: str | None = None
    notes: str | None = None
    seating: str | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartyQuoted(PartyEvent):
    """The host promised another wait, counted from joining."""

    kind: ClassVar[str] = "QUEUE_MEMBER_QUOTED"
    quoted_ms: int


@dataclass(frozen=True, slots=True)
class PartyMoved(PartyEvent):
    """The party went in front of another one, or to the end of the line."""

    kind: ClassVar[str] = "QUEUE_MEMBER_MOVED"
    before: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PartySetAside(PartyEvent):
    """The party keeps its place while others pass, or is back in line."""

    kind: ClassVar[str] = "QUEUE_MEMBER_SET_ASIDE"
    aside: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class HoldExtended(PartyEvent):
    """A called party got more time; `more_ms` counts against what its guest may ask for."""

    kind: ClassVar[str] = "QUEUE_HOLD_EXTENDED"
    deadline: int
    more_ms: int = 0


@dataclass(frozen=True, slots=True)
class PlaceDeclined(PartyEvent):
    """The host did not give the old place back."""

    kind: ClassVar[str] = "QUEUE_PLACE_DECLINED"


@dataclass(frozen=True, slots=True)
class PartyAcknowledged(PartyEvent):
    """The host has seen that the guest gave up after a call."""

    kind: ClassVar[str] = "QUEUE_MEMBER_ACKNOWLEDGED"


@dataclass(frozen=True, slots=True)
class PartyRestored(PartyEvent):
    """An ended party is back at its place, waiting or with the call that it had."""

    kind: ClassVar[str] = "QUEUE_MEMBER_RESTORED"
    deadline: int | None = None


@dataclass(frozen=True, slots=True)
class ActionUndone(PartyEvent):
    """A host's action was taken back: the party's fields that it had changed, and its place."""

    kind: ClassVar[str] = "QUEUE_ACTION_UNDONE"
    undone: int
    place: int | None
    restored: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MessageSent(PartyEvent):
    """The host wrote to one party; a message to everybody is one event for each party."""

    kind: ClassVar[str] = "QUEUE_MESSAGE_SENT"
    text: str


@dataclass(frozen=True, slots=True)
class JoiningPaused(Event):
    """Nobody can join until the host resumes."""

    kind: ClassVar[str] = "QUEUE_JOINING_PAUSED"
    reason: str


@dataclass(frozen=True, slots=True)
class JoiningResumed(Event):
    """Guests can join again."""

    kind: ClassVar[str] = "QUEUE_JOINING_RESUMED"


@dataclass(frozen=True, slots=True)
class SettingsChanged(Event):
    """The host changed the settings."""

    kind: ClassVar[str] = "QUEUE_SETTINGS_CHANGED"
    settings: QueueSettings
