"""What each event does to a queue; a queue is the sum of its events."""

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce

from . import hours
from .events import (
    Event,
    GuestsErased,
    HoursTurned,
    JoiningPaused,
    JoiningResumed,
    PartyEvent,
    QueueClosed,
    QueueOpened,
    SettingsChanged,
)
from .model import ERASED, Queue
from .replay_devices import with_device_event
from .replay_parties import with_party_event

# An answer that was lost is asked for again within minutes, or the next day by a hand.
HOSTS_KEYS, GUESTS_KEYS, PARTYS_KEYS = 200, 200, 8


def replay(events: Iterable[Event], queue: Queue | None = None) -> Queue:
    """Return the queue after these events; without a queue the first one must open it."""
    result = reduce(_apply, events, queue)
    if result is None:
        raise ValueError("a queue starts with QueueOpened")
    return result


def _apply(queue: Queue | None, event: Event) -> Queue:
    if isinstance(event, QueueOpened):
        queue = _opened(event, queue)
    elif queue is None:
        raise ValueError("a queue starts with QueueOpened")
    elif isinstance(event, PartyEvent):
        queue = with_party_event(queue, event)
    else:
        queue = with_device_event(_with_queue_event(queue, event), event)
    # The clock is nobody's doing: an idle queue stays idle when its hours turn.
    active_at = queue.active_at if isinstance(event, HoursTurned) else event.at
    return replace(
        queue,
        last_event=queue.last_event + 1,
        active_at=active_at,
        keys=with_key(queue.keys, event.key),
        devices=tuple(
            replace(device, acted_at=event.at) if device.id == event.by else device
            for device in queue.devices
        ),
    )


def with_key(keys: tuple[str, ...], key: str | None) -> tuple[str, ...]:
    """Return the keys with one more; nobody washes out those of others.

    A guest's key has three parts, the last of which is the party's mark; a host's has two.
    """
    if not key or key in keys:
        return keys
    owner = _owner(key)
    own = [kept for kept in keys if _owner(kept) == owner]
    guests = [kept for kept in keys if _owner(kept)] if owner else []
    if len(own) >= (PARTYS_KEYS if owner else HOSTS_KEYS):
        keys = tuple(kept for kept in keys if kept != own[0])
    elif len(guests) >= GUESTS_KEYS:
        keys = tuple(kept for kept in keys if kept != guests[0])
    return (*keys, key)


def _owner(key: str) -> str:
    return "".join(key.split(":")[2:])


def _opened(event: QueueOpened, before: Queue | None) -> Queue:
    queue = Queue(
        event.code,
        event.session_id,
        event.settings,
        event.at,
        event.at,
        phase=hours.phase(event.settings, event.at),
        phase_at=event.at,
    )
    if before is None:
        return queue
    # Another day on the same code: what was learned and who runs it stay, the guests do not.
    return replace(
        queue,
        last_event=before.last_event,
        seatings=before.seatings,
        keys=before.keys,
        devices=before.devices,
        invitations=before.invitations,
        pin_hash=before.pin_hash,
        tokens_revoked=before.tokens_revoked,
    )


def _with_queue_event(queue: Queue, event: Event) -> Queue:
    match event:
        case QueueClosed():
            return replace(queue, closed_at=event.at, close_reason=event.reason)
        case GuestsErased():
            nameless = (replace(party, **ERASED) for party in queue.parties)
            return replace(queue, parties=tuple(nameless), actions=())
        case JoiningPaused():
            return replace(queue, paused_reason=event.reason)
        case JoiningResumed():
            return replace(queue, paused_reason=None)
        case HoursTurned():
            return replace(queue, phase=event.phase, phase_at=event.at)
        case SettingsChanged():
            return replace(
                queue,
                settings=event.settings,
                phase=hours.phase(event.settings, event.at),
                phase_at=event.at,
            )
    return queue
