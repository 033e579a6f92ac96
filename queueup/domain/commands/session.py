"""What a host does with the queue as a whole: open, pause, change settings, end the day, close."""

from collections.abc import Collection

from queueup.domain.change import Change, Events, require_open
from queueup.domain.deadlines import MAX_AGE_WITH_HOURS_MS
from queueup.domain.errors import NotPossibleNow
from queueup.domain.events import (
    ClosingUndone,
    DeviceAdded,
    Event,
    GuestsErased,
    JoiningPaused,
    JoiningResumed,
    QueueClosed,
    QueueOpened,
    SettingsChanged,
)
from queueup.domain.model import ERASED, Party, Queue, QueueSettings
from queueup.domain.replay import replay


def create(
    code: str,
    session_id: str,
    settings: QueueSettings,
    now: int,
    device: DeviceAdded | None = None,
) -> Change:
    """Open a queue, run by the device that opens it."""
    opened = QueueOpened(now, code, session_id, settings)
    events: tuple[Event, ...] = (opened, device) if device else (opened,)
    return Change(replay(events), events)


def close(queue: Queue, now: int, reason: str = "host") -> Events:
    """End the queue for good; closing it twice changes nothing."""
    is_over = queue.is_closed and not queue.can_open_again
    return () if is_over else (QueueClosed(now, reason),)


def can_erase_guests(queue: Queue, now: int) -> bool:
    """Tell whether the guests' text is needed no more: the queue is closed, or left open."""
    if queue.is_closed:
        # What a host may still undo must come back with its names.
        return queue.reopen_until is None or queue.reopen_until <= now
    return now >= queue.active_at + MAX_AGE_WITH_HOURS_MS


def erase_guests(queue: Queue, now: int) -> Events:
    """Erase personal text of the guests of a queue that is over; one in use keeps it."""
    has_personal_text = queue.actions or any(map(_has_personal_text, queue.parties))
    if not has_personal_text or not can_erase_guests(queue, now):
        return ()
    return (GuestsErased(now),)


def erase_parties(queue: Queue, now: int, party_ids: Collection[str]) -> Events:
    """Erase personal text of these parties, of a line that stays in use."""
    undoable = {action.party_id for action in queue.actions}
    found = tuple(
        party.id
        for party in queue.parties
        if party.id in party_ids and (party.id in undoable or _has_personal_text(party))
    )
    return (GuestsErased(now, found),) if found else ()


def _has_personal_text(party: Party) -> bool:
    return any(getattr(party, name) for name in ERASED)


def pause(queue: Queue, now: int, reason: str) -> Events:
    """Stop guests from joining until the host resumes. Raises SessionClosed."""
    require_open(queue)
    if queue.paused_reason == reason:
        return ()
    return (JoiningPaused(now, reason),)


def resume(queue: Queue, now: int) -> Events:
    """Let guests join again. Raises SessionClosed."""
    require_open(queue)
    return () if queue.paused_reason is None else (JoiningResumed(now),)


def change_settings(queue: Queue, now: int, settings: QueueSettings) -> Events:
    """Replace the settings. Raises SessionClosed when the queue is closed for good."""
    if queue.is_closed and not queue.can_open_again:
        require_open(queue)
    return () if settings == queue.settings else (SettingsChanged(now, settings),)


def end_day(queue: Queue, now: int) -> Events:
    """End the day; the queue keeps its code and can be opened again.

    Raises NotPossibleNow for a queue that does not keep its code.
    """
    if not queue.settings.keeps_code:
        raise NotPossibleNow("code_not_kept", "This line can only be closed for good.")
    return () if queue.is_closed else (QueueClosed(now, "day"),)


def undo_closing(queue: Queue, now: int) -> Events:
    """Take the end of the day, or closing for good, back; an open queue is left unchanged.

    Raises NotPossibleNow when it is too late.
    """
    if not queue.is_closed:
        return ()
    if queue.reopen_until is None or queue.reopen_until <= now:
        raise NotPossibleNow("closing_final", "It's too late to undo that.")
    return (ClosingUndone(now),)


def open_again(queue: Queue, session_id: str, now: int) -> Events:
    """Begin another day on the same code; an open queue is left unchanged.

    Raises NotPossibleNow for a queue that was closed for good.
    """
    if not queue.is_closed:
        return ()
    if not queue.can_open_again:
        raise NotPossibleNow("closed_for_good", "This line was closed for good.")
    return (QueueOpened(now, queue.code, session_id, queue.settings),)
