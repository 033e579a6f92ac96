"""What runs out with time: a call's hold, an idle queue, and any queue by age."""

from .events import CallRanOut, Event, PartyDropped, QueueClosed
from .queue import HOUR, OnExpiry, Party, Queue
from .replay import replay
from .rules import Change, call_event, with_nudges

IDLE_MS = 2 * HOUR
MAX_AGE_MS = 12 * HOUR


def next_due(queue: Queue) -> int | None:
    """Return when time alone will next change the queue; None for a closed one."""
    if queue.is_closed:
        return None
    return min([_closes_at(queue), *(_hold_end(party) for party in _held(queue))])


def apply_time(queue: Queue, now: int) -> Change:
    """Let everything run out that is due by now.

    Each fact carries the time at which it was due. A party called in place of a released one is
    called now: its hold starts when its guests can first hear of it, however late this runs.
    """
    events: list[Event] = []
    after = queue
    released = 0
    while (due := next_due(after)) is not None and due <= now:
        event = _what_ran_out(after, due)
        released += isinstance(event, PartyDropped)
        events.append(event)
        after = replay([event], after)
    for party in after.waiting()[:released]:
        events.append(call_event(after, party, now))
    return with_nudges(queue, tuple(events)) if events else Change(queue)


def _what_ran_out(queue: Queue, due: int) -> Event:
    for party in _held(queue):
        if party.deadline == due:
            if queue.settings.on_expiry is OnExpiry.RELEASE:
                return PartyDropped(due, party.id)
            return CallRanOut(due, party.id)
    reason = "age" if due == queue.opened_at + MAX_AGE_MS else "idle"
    return QueueClosed(due, reason)


def _closes_at(queue: Queue) -> int:
    oldest = queue.opened_at + MAX_AGE_MS
    is_empty = not queue.waiting() and not queue.called()
    return min(oldest, queue.active_at + IDLE_MS) if is_empty else oldest


def _held(queue: Queue) -> list[Party]:
    return [party for party in queue.called() if not party.overdue]


def _hold_end(party: Party) -> int:
    if party.deadline is None:
        raise ValueError(f"party {party.id} is called without a deadline")
    return party.deadline
