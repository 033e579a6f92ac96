"""What happens to the devices that run a queue."""

from dataclasses import dataclass
from typing import ClassVar

from .events import Event


@dataclass(frozen=True, slots=True)
class DeviceInvited(Event):
    """A host made a link that lets one more device in."""

    kind: ClassVar[str] = "QUEUE_DEVICE_INVITED"
    secret_hash: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class DeviceAdded(Event):
    """A device may run the queue: the one that opened it, or one that used an invitation."""

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
    """From now on only devices run the queue, and whoever has its token does not."""

    kind: ClassVar[str] = "QUEUE_TOKENS_REVOKED"


@dataclass(frozen=True, slots=True)
class PinSet(Event):
    """The host chose a PIN for locked devices, or none."""

    kind: ClassVar[str] = "QUEUE_PIN_SET"
    pin_hash: str | None


@dataclass(frozen=True, slots=True)
class DeviceLocked(Event):
    """A device shows nothing until the PIN is entered."""

    kind: ClassVar[str] = "QUEUE_DEVICE_LOCKED"
    device_id: str


@dataclass(frozen=True, slots=True)
class DeviceUnlocked(Event):
    """The right PIN was entered."""

    kind: ClassVar[str] = "QUEUE_DEVICE_UNLOCKED"
    device_id: str


@dataclass(frozen=True, slots=True)
class WrongPinEntered(Event):
    """A wrong PIN was entered."""

    kind: ClassVar[str] = "QUEUE_WRONG_PIN_ENTERED"
    device_id: str
