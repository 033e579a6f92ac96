"""Everything that can happen to a queue, as frozen facts with a time (ms since the epoch).

Class names and field names are stored, in Redis and in the history; so are the names in `kind`,
which the history and the background jobs read. None of them may change.
"""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from .model import Phase, QueueSettings


@dataclass(frozen=True, slots=True)
class Event:
    """A fact about one queue.

    The events of a host's command also carry the id of the device that sent it (`by`), the number
    of the command's first event (`action`) and its idempotency key. A guest's have only the last
    two.
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
    """The queue ended; `reason` is host (for good), day, idle or age."""

    kind: ClassVar[str] = "QUEUE_CLOSED"
    reason: str


@dataclass(frozen=True, slots=True)
class ClosingUndone(Event):
    """The host took the closing back: the line goes on as it was."""

    kind: ClassVar[str] = "QUEUE_CLOSING_UNDONE"


@dataclass(frozen=True, slots=True)
class ClosingBecameFinal(Event):
    """The time in which the host could undo the closing is over."""

    kind: ClassVar[str] = "QUEUE_CLOSING_FINAL"


@dataclass(frozen=True, slots=True)
class GuestsErased(Event):
    """The guests' names and all other personal text were erased: of all parties, or of these."""

    kind: ClassVar[str] = "QUEUE_GUESTS_ERASED"
    parties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HoursTurned(Event):
    """The opening hours moved the queue to another phase of its day."""

    kind: ClassVar[str] = "QUEUE_HOURS_TURNED"
    phase: Phase


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


@dataclass(frozen=True, slots=True)
class PartyEvent(Event):
    """A fact about one party."""

    party_id: str


@dataclass(frozen=True, slots=True)
class PartyJoined(PartyEvent):
    """A party took its place at the end of the line.

    `position` counts the called as well, as legacy clients do; `waiting_ahead` does not.
    """

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
    promised: bool = False  # a host quoted the wait, not the estimate
    waiting_ahead: int | None = None
    low_ms: int | None = None  # the lower end of the estimate; without a promise, the quote ends it


@dataclass(frozen=True, slots=True)
class PartyCalled(PartyEvent):
    """The host called the party, for the first time or again."""

    kind: ClassVar[str] = "QUEUE_MEMBER_CALLED"
    deadline: int
    count: int


@dataclass(frozen=True, slots=True)
class CallRanOut(PartyEvent):
    """The hold ran out in a queue that leaves the decision to its host."""

    kind: ClassVar[str] = "QUEUE_CALL_RAN_OUT"


@dataclass(frozen=True, slots=True)
class HoldExtended(PartyEvent):
    """A called party got more time; `more_ms` counts against what its guest may ask for."""

    kind: ClassVar[str] = "QUEUE_HOLD_EXTENDED"
    deadline: int
    more_ms: int = 0


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
    """The host removed the party, or undid the action (of number `undone`) that added it."""

    kind: ClassVar[str] = "QUEUE_MEMBER_KICKED"
    reason: str | None = None
    undone: int | None = None


@dataclass(frozen=True, slots=True)
class PartyDropped(PartyEvent):
    """The party did not come in time: a no-show."""

    kind: ClassVar[str] = "QUEUE_MEMBER_DROPPED"


@dataclass(frozen=True, slots=True)
class PartyReached(PartyEvent):
    """The party moved up to, or past, one of the places at which its guests are notified."""

    position: int

    @property
    def kind(self) -> str:  # type: ignore[override]
        """Name the event after the place."""
        return f"QUEUE_POSITION_{self.position}"


@dataclass(frozen=True, slots=True)
class PartyDueSoon(PartyEvent):
    """The party's expected wait fell to the minutes at which its guests are notified."""

    kind: ClassVar[str] = "QUEUE_MEMBER_DUE_SOON"


@dataclass(frozen=True, slots=True)
class PartyDeclaredNearby(PartyEvent):
    """A guest said that the party is close by."""

    kind: ClassVar[str] = "QUEUE_MEMBER_NEARBY"


@dataclass(frozen=True, slots=True)
class GuestAnswered(PartyEvent):
    """A guest answered a call: on my way, or a request for more time beyond the limit."""

    kind: ClassVar[str] = "QUEUE_GUEST_ANSWERED"
    answer: str
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class PlaceAskedBack(PartyEvent):
    """A guest who missed the call asks for the old place."""

    kind: ClassVar[str] = "QUEUE_PLACE_ASKED_BACK"


@dataclass(frozen=True, slots=True)
class PlaceClaimed(PartyEvent):
    """Somebody on another browser claims to be of the party; `claim` is a hash of its secret."""

    kind: ClassVar[str] = "QUEUE_PLACE_CLAIMED"
    claim: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimAnswered(PartyEvent):
    """The host confirmed or declined that a claim is the party's."""

    kind: ClassVar[str] = "QUEUE_CLAIM_ANSWERED"
    claim: str
    granted: bool


@dataclass(frozen=True, slots=True)
class EstimateJudged(PartyEvent):
    """A guest said whether the estimate is about right: right, too_short or too_long."""

    kind: ClassVar[str] = "QUEUE_ESTIMATE_JUDGED"
    verdict: str
    low_ms: int
    high_ms: int


@dataclass(frozen=True, slots=True)
class PartyEdited(PartyEvent):
    """The host corrected the party's details, or the guest its size.

    `form_name` and `form_size` are what the join form says now, if it was corrected and sent again.
    """

    kind: ClassVar[str] = "QUEUE_MEMBER_EDITED"
    name: str | None
    size: int
    phone: str | None = None
    notes: str | None = None
    seating: str | None = None
    flags: tuple[str, ...] = ()
    form_name: str | None = None
    form_size: int = 0


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
    """The party was set aside, keeping its place while others are called, or put back in line."""

    kind: ClassVar[str] = "QUEUE_MEMBER_SET_ASIDE"
    aside: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class MessageSent(PartyEvent):
    """The host wrote to one party; a message to everybody is one event per party."""

    kind: ClassVar[str] = "QUEUE_MESSAGE_SENT"
    text: str


@dataclass(frozen=True, slots=True)
class PlaceDeclined(PartyEvent):
    """The host declined to give the old place back."""

    kind: ClassVar[str] = "QUEUE_PLACE_DECLINED"


@dataclass(frozen=True, slots=True)
class PartyAcknowledged(PartyEvent):
    """The host has seen that the guest gave up after a call."""

    kind: ClassVar[str] = "QUEUE_MEMBER_ACKNOWLEDGED"


@dataclass(frozen=True, slots=True)
class PartyRestored(PartyEvent):
    """The host brought an ended party back to its place, waiting or with the call that it had."""

    kind: ClassVar[str] = "QUEUE_MEMBER_RESTORED"
    deadline: int | None = None


@dataclass(frozen=True, slots=True)
class ActionUndone(PartyEvent):
    """A host's action was undone: `restored` has the party's former fields, `place` its index."""

    kind: ClassVar[str] = "QUEUE_ACTION_UNDONE"
    undone: int
    place: int | None
    restored: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeviceInvited(Event):
    """A host made a link with which one more device can be added."""

    kind: ClassVar[str] = "QUEUE_DEVICE_INVITED"
    secret_hash: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class DeviceAdded(Event):
    """A device may now run the queue: the one that opened it, or one that used an invitation."""

    kind: ClassVar[str] = "QUEUE_DEVICE_ADDED"
    device_id: str
    name: str
    secret_hash: str
    invitation: str | None = None


@dataclass(frozen=True, slots=True)
class DeviceNamed(Event):
    """A device got another name."""

    kind: ClassVar[str] = "QUEUE_DEVICE_NAMED"
    device_id: str
    name: str


@dataclass(frozen=True, slots=True)
class DeviceRemoved(Event):
    """A device may no longer run the queue."""

    kind: ClassVar[str] = "QUEUE_DEVICE_REMOVED"
    device_id: str


@dataclass(frozen=True, slots=True)
class TokensRevoked(Event):
    """The host token was revoked: from now on only devices run the queue."""

    kind: ClassVar[str] = "QUEUE_TOKENS_REVOKED"


@dataclass(frozen=True, slots=True)
class PinSet(Event):
    """The host chose a PIN for locked devices, or removed it."""

    kind: ClassVar[str] = "QUEUE_PIN_SET"
    pin_hash: str | None


@dataclass(frozen=True, slots=True)
class DeviceLocked(Event):
    """A device was locked: it shows nothing until the PIN is entered."""

    kind: ClassVar[str] = "QUEUE_DEVICE_LOCKED"
    device_id: str


@dataclass(frozen=True, slots=True)
class DeviceUnlocked(Event):
    """The right PIN was entered on a locked device."""

    kind: ClassVar[str] = "QUEUE_DEVICE_UNLOCKED"
    device_id: str


@dataclass(frozen=True, slots=True)
class WrongPinEntered(Event):
    """A wrong PIN was entered on a locked device."""

    kind: ClassVar[str] = "QUEUE_WRONG_PIN_ENTERED"
    device_id: str
