"""Deadlines: when a call's hold ends, opening hours change, or a queue closes, idle or by age."""

from . import hours
from .change import Change, call_event, changed
from .events import CallRanOut, Event, HoursTurned, PartyDropped, QueueClosed
from .model import HOUR, OnExpiry, Party, Phase, Queue
from .replay import replay

IDLE_MS = 2 * HOUR
MAX_AGE_MS = 12 * HOUR
# A restaurant that keeps hours may be open from breakfast until after midnight.
MAX_AGE_WITH_HOURS_MS = 20 * HOUR


def next_due(queue: Queue) -> int | None:
    """Return when (ms since the epoch) time alone next changes the queue; None if it is closed."""
    if queue.is_closed:
        return None
    turns_at = hours.next_change(queue.settings, queue.phase_at)
    times = [_closes_at(queue), *(_hold_end(party) for party in _held(queue))]
    return min(times if turns_at is None else [*times, turns_at])


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
    for party in _held(queue):
        if party.deadline == due:
            if queue.settings.on_expiry is OnExpiry.RELEASE:
                return PartyDropped(due, party.id)
            return CallRanOut(due, party.id)
    if due == hours.next_change(queue.settings, queue.phase_at):
        return HoursTurned(due, hours.phase(queue.settings, due))
    return QueueClosed(due, "age" if due == _oldest(queue) else "idle")


def _closes_at(queue: Queue) -> int:
    is_empty = not queue.waiting() and not queue.called()
    # During its hours, and before them, an empty line stays open.
    is_idle = is_empty and (not hours.has_hours(queue.settings) or queue.phase is Phase.AFTER)
    if not is_idle:
        return _oldest(queue)
    # If it has been idle since before its hours ended, it closes with them.
    return min(_oldest(queue), max(queue.active_at + IDLE_MS, queue.phase_at))


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
