"""Which devices run a queue: inviting, adding, naming, locking and removing them."""

from queueup.domain.change import Change, changed
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


def invite(queue: Queue, now: int, secret_hash: str) -> Change:
    """Let one more device in by a link that works once, for a quarter of an hour."""
    return changed(queue, DeviceInvited(now, secret_hash, now + INVITATION_MS))


def add(queue: Queue, added: DeviceAdded) -> Change:
    """Let a device in that has an invitation, and spend it. Raises InvitationSpent."""
    usable = {known.secret_hash for known in queue.invitations if known.expires_at > added.at}
    if added.invitation not in usable:
        raise InvitationSpent
    return changed(queue, added)


def name(queue: Queue, now: int, device_id: str, wanted: str) -> Change:
    """Give a device another name. Raises NotPossibleNow."""
    device = _known(queue, device_id)
    return (
        Change(queue)
        if device.name == wanted
        else changed(queue, DeviceNamed(now, device_id, wanted))
    )


def remove(queue: Queue, now: int, device_id: str) -> Change:
    """Let a device run the queue no longer. Raises LastDevice."""
    if queue.device(device_id) is None:
        return Change(queue)
    if len(queue.devices) == 1:
        raise LastDevice
    return changed(queue, DeviceRemoved(now, device_id))


def revoke_tokens(queue: Queue, now: int) -> Change:
    """Let only devices run the queue from now on. Raises NotPossibleNow when there is none."""
    if not queue.devices:
        raise NotPossibleNow(
            "no_device", "Add a device first: otherwise nobody could run the line."
        )
    return Change(queue) if queue.tokens_revoked else changed(queue, TokensRevoked(now))


def set_pin(queue: Queue, now: int, pin_hash: str | None) -> Change:
    """Choose the PIN of locked devices, or none, which unlocks them all."""
    return changed(queue, PinSet(now, pin_hash))


def lock(queue: Queue, now: int, device_id: str) -> Change:
    """Lock a device until the PIN is entered. Raises NotPossibleNow without a PIN."""
    if queue.pin_hash is None:
        raise NotPossibleNow("no_pin", "Choose a PIN in the settings first.")
    device = _known(queue, device_id)
    return Change(queue) if device.locked else changed(queue, DeviceLocked(now, device_id))


def unlock(queue: Queue, now: int, device_id: str, is_right: bool) -> Change:
    """Unlock a device, or count a wrong PIN. Raises NotPossibleNow while a next try must wait."""
    device = _known(queue, device_id)
    if not device.locked:
        return Change(queue)
    if now < device.pin_again_at:
        seconds = -(-(device.pin_again_at - now) // 1_000)
        raise NotPossibleNow(
            "too_many_pins", f"Too many wrong PINs. Please try again in {seconds} s."
        )
    made = DeviceUnlocked(now, device_id) if is_right else WrongPinEntered(now, device_id)
    return changed(queue, made)


def _known(queue: Queue, device_id: str) -> Device:
    device = queue.device(device_id)
    if device is None:
        raise NotPossibleNow("unknown_device", "This device no longer runs the line.")
    return device
