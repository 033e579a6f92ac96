"""What the events of devices do to a queue."""

from dataclasses import replace
from typing import Any

from .events import (
    DeviceAdded,
    DeviceInvited,
    DeviceLocked,
    DeviceNamed,
    DeviceRemoved,
    DeviceUnlocked,
    Event,
    PinSet,
    TokensRevoked,
    WrongPinEntered,
)
from .model import Device, Invitation, Queue, pin_wait_ms


def with_device_event(queue: Queue, event: Event) -> Queue:
    """Return the queue after an event of a device; other events change nothing here."""
    match event:
        case DeviceInvited():
            usable = [known for known in queue.invitations if known.expires_at > event.at]
            made = Invitation(event.secret_hash, event.expires_at)
            return replace(queue, invitations=(*usable, made))
        case DeviceAdded():
            added = Device(event.device_id, event.name, event.secret_hash, event.at)
            left = [known for known in queue.invitations if known.secret_hash != event.invitation]
            return replace(queue, devices=(*queue.devices, added), invitations=tuple(left))
        case DeviceRemoved():
            left_over = (device for device in queue.devices if device.id != event.device_id)
            return replace(queue, devices=tuple(left_over))
        case TokensRevoked():
            # Who had the token may have made links for later.
            return replace(queue, tokens_revoked=True, invitations=())
        case PinSet():
            unlocked = tuple(replace(d, locked=False) for d in queue.devices)
            devices = queue.devices if event.pin_hash else unlocked
            return replace(queue, pin_hash=event.pin_hash, devices=devices)
        case DeviceNamed():
            return _with(queue, event.device_id, name=event.name)
        case DeviceLocked():
            return _with(queue, event.device_id, locked=True)
        case DeviceUnlocked():
            return _with(queue, event.device_id, locked=False, wrong_pins=0, pin_again_at=0)
        case WrongPinEntered():
            device = queue.device(event.device_id)
            wrong = device.wrong_pins + 1 if device else 0
            again_at = event.at + pin_wait_ms(wrong)
            return _with(queue, event.device_id, wrong_pins=wrong, pin_again_at=again_at)
    return queue


def _with(queue: Queue, device_id: str, **changes: Any) -> Queue:
    changed = (
        replace(device, **changes) if device.id == device_id else device for device in queue.devices
    )
    return replace(queue, devices=tuple(changed))
