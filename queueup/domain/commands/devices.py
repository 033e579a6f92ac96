"""What a host does with the devices that run a queue: invite, add, name, lock, remove."""

from queueup.domain.change import Events
from queueup.domain.errors import InvitationSpent, LastDevice, NotPossibleNow
from queueup.domain.events import (
    DeviceAdded,
    DeviceInvited,
    DeviceLocked,
    DeviceNamed,
    DeviceRemoved,
    DeviceUnlocked,
    PinSet,
    TokensRevoked,
    WrongPinEntered,
)
from queueup.domain.model import INVITATION_MS, Device, Queue


def invite(queue: Queue, now: int, secret_hash: str) -> Events:
    """Invite one more device by a link that works once, within 15 minutes."""
    return (DeviceInvited(now, secret_hash, now + INVITATION_MS),)


def add(queue: Queue, added: DeviceAdded) -> Events:
    """Add a device that has an invitation, which is then used up. Raises InvitationSpent."""
    usable = {known.secret_hash for known in queue.invitations if known.expires_at > added.at}
    if added.invitation not in usable:
        raise InvitationSpent
    return (added,)


def name(queue: Queue, now: int, device_id: str, wanted: str) -> Events:
    """Give a device another name. Raises NotPossibleNow."""
    device = _known(queue, device_id)
    return () if device.name == wanted else (DeviceNamed(now, device_id, wanted),)


def remove(queue: Queue, now: int, device_id: str) -> Events:
    """Remove a device. Raises LastDevice."""
    if queue.device(device_id) is None:
        return ()
    if len(queue.devices) == 1:
        raise LastDevice
    return (DeviceRemoved(now, device_id),)


def revoke_tokens(queue: Queue, now: int) -> Events:
    """Revoke the host token: only devices run the queue now. Raises NotPossibleNow without any."""
    if not queue.devices:
        raise NotPossibleNow(
            "no_device", "Add a device first: otherwise no one could manage the line."
        )
    return () if queue.tokens_revoked else (TokensRevoked(now),)


def set_pin(queue: Queue, now: int, pin_hash: str | None) -> Events:
    """Set the PIN of locked devices, or remove it, which unlocks them all."""
    return (PinSet(now, pin_hash),)


def lock(queue: Queue, now: int, device_id: str) -> Events:
    """Lock a device until the PIN is entered. Raises NotPossibleNow without a PIN."""
    if queue.pin_hash is None:
        raise NotPossibleNow("no_pin", "Set a PIN first, under Devices.")
    device = _known(queue, device_id)
    return () if device.locked else (DeviceLocked(now, device_id),)


def unlock(queue: Queue, now: int, device_id: str, is_right: bool) -> Events:
    """Unlock a device, or count a wrong PIN. Raises NotPossibleNow while tries must wait."""
    device = _known(queue, device_id)
    if not device.locked:
        return ()
    if now < device.pin_again_at:
        seconds = -(-(device.pin_again_at - now) // 1_000)
        raise NotPossibleNow(
            "too_many_pins", f"Too many wrong PINs. Please try again in {seconds} s."
        )
    made = DeviceUnlocked(now, device_id) if is_right else WrongPinEntered(now, device_id)
    return (made,)


def _known(queue: Queue, device_id: str) -> Device:
    device = queue.device(device_id)
    if device is None:
        raise NotPossibleNow("unknown_device", "This device can no longer manage the line.")
    return device
