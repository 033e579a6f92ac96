"""Deadlines: when a call's hold ends, opening hours change, or a queue closes by itself.

Only an empty line of our own pages closes by itself: after its hours or, without hours, after a
night. The queues of legacy clients close after two idle hours or twelve hours in all, as these
clients expect.
"""

from . import hours
from .change import Change, call_event, changed
from .events import (
    CallRanOut,
    ClosingBecameFinal,
    Event,
    HoursTurned,
    PartyDropped,
    QueueClosed,
)
from .model import HOUR, OnExpiry, Party, Phase, Queue
from .replay import replay

IDLE_MS = 2 * HOUR
# No lunch lasts as long, and no restaurant rests for less.
NIGHT_MS = 6 * HOUR
MAX_AGE_MS = 12 * HOUR
# A restaurant that keeps hours may be open from breakfast until after midnight.
MAX_AGE_WITH_HOURS_MS = 20 * HOUR


def next_due(queue: Queue) -> int | None:
    """Return when (ms since the epoch) time alone next changes the queue, None if it never does."""
    if queue.is_closed:
        return queue.reopen_until
    turns_at = hours.next_change(queue.settings, queue.phase_at)
    times = [closes_at(queue), turns_at, *(_hold_end(party) for party in _held(queue))]
    return min((time for time in times if time is not None), default=None)


def closes_at(queue: Queue) -> int | None:
    """Return when (ms) an open queue closes by itself if nobody does anything until then."""
    if queue.is_closed:
        return None
    is_empty = not queue.waiting() and not queue.called()
    if queue.settings.keeps_code:
        return _empty_until(queue) if is_empty else None
    # During its hours, and before them, an empty line stays open.
    is_idle = is_empty and (not hours.has_hours(queue.settings) or queue.phase is Phase.AFTER)
    if not is_idle:
        return _oldest(queue)
    # If it has been idle since before its hours ended, it closes with them.
    return min(_oldest(queue), max(queue.active_at + IDLE_MS, queue.phase_at))


def apply_time(queue: Queue, now: int) -> Change:
    """Apply every deadline that is due by now.

    Each event has the time at which it was due, however late this runs. Only a party that is called
    in place of a released one is called now, so that its hold starts when its guests are notified.
    """
    events: list[Event] = []
    after = queue
    released = 0
    while (due := next_due(after)) is not None and due <= now:
        event = _what_ran_out(after, due)
        released += isinstance(event, PartyDropped)
        events.append(event)
        after = replay([event], after)
    for party in after.callable()[:released]:
        events.append(call_event(after, party, now))
    return changed(queue, tuple(events))


def _what_ran_out(queue: Queue, due: int) -> Event:
    if queue.is_closed:
        return ClosingBecameFinal(due)
    for party in _held(queue):
        if party.deadline == due:
            if queue.settings.on_expiry is OnExpiry.RELEASE:
                return PartyDropped(due, party.id)
            return CallRanOut(due, party.id)
    if due == hours.next_change(queue.settings, queue.phase_at):
        return HoursTurned(due, hours.phase(queue.settings, due))
    is_old = not queue.settings.keeps_code and due == _oldest(queue)
    return QueueClosed(due, "age" if is_old else "idle")


def _empty_until(queue: Queue) -> int | None:
    """Return when (ms) an empty line of our pages closes, None while it waits for its hours."""
    if not hours.has_hours(queue.settings):
        morning = hours.next_morning(queue.settings, queue.active_at)
        return max(queue.active_at + NIGHT_MS, morning)
    if queue.phase is Phase.AFTER:
        return max(queue.active_at + IDLE_MS, queue.phase_at)
    began_at = hours.began_at(queue.settings, queue.phase_at)
    if queue.phase is Phase.BEFORE and began_at > queue.opened_at:
        # Left over from the day before; a line that was opened early waits for its hours, however
        # often its settings are saved meanwhile.
        opens_at = hours.next_change(queue.settings, queue.phase_at)
        rested_at = max(queue.active_at + NIGHT_MS, queue.phase_at)
        return rested_at if opens_at is None or rested_at < opens_at else None
    return None


def _oldest(queue: Queue) -> int:
    if hours.has_hours(queue.settings):
        return queue.opened_at + MAX_AGE_WITH_HOURS_MS
    # A host who has just removed the hours is at work: do not close the line at that moment.
    grace_ms = IDLE_MS if queue.phase_at > queue.opened_at else 0
    return max(queue.opened_at + MAX_AGE_MS, queue.phase_at + grace_ms)


def _held(queue: Queue) -> list[Party]:
    return [party for party in queue.called() if not party.overdue]


def _hold_end(party: Party) -> int:
    if party.deadline is None:
        raise ValueError(f"party {party.id} is called without a deadline")
    return party.deadline
