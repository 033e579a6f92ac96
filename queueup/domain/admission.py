"""Whether guests may join: pauses, opening hours, capacity and the length of the wait decide."""

from dataclasses import dataclass

from .errors import NotJoinable, QueueFull
from .estimate import WaitRange, expected_next
from .model import Phase, Queue

TYPICAL_SIZE = 2


@dataclass(frozen=True, slots=True)
class Joining:
    """Whether guests can join; `why` is a code for the reason, `words` a sentence."""

    why: str | None = None
    words: str | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether guests can join."""
        return self.why is None


def joining(queue: Queue) -> Joining:
    """Return whether a typical party of guests can join now."""
    if queue.is_closed:
        return Joining("closed", "The line has closed.")
    # Every commit asks, and the estimate takes time.
    has_limit = queue.settings.max_wait_ms is not None
    expected = expected_next(queue, TYPICAL_SIZE) if has_limit else None
    refused = _why_not(queue, expected)
    if refused is None and queue.people() >= queue.settings.max_guests:
        return Joining("full", "The line is full.")
    return refused or Joining()


def require_room(queue: Queue, more: int) -> None:
    """Raise QueueFull if so many more people would exceed the capacity."""
    if queue.people() + more > queue.settings.max_guests:
        raise QueueFull


def require_joinable(queue: Queue, expected: WaitRange) -> None:
    """Raise NotJoinable while joining is paused, out of hours, or when the wait is too long."""
    refused = _why_not(queue, expected)
    if refused is not None:
        raise NotJoinable(refused.why or "", refused.words or "")


def _why_not(queue: Queue, expected: WaitRange | None) -> Joining | None:
    settings = queue.settings
    if queue.paused_reason is not None:
        return Joining("paused", queue.paused_reason)
    if queue.phase is Phase.BEFORE:
        return Joining("before", f"The line opens at {settings.open_time}.")
    if queue.phase is Phase.LAST_CALL:
        return Joining("last_call", "Last call has passed for today.")
    if queue.phase is Phase.AFTER:
        return Joining("after", "We're closed for today.")
    limit_ms = settings.max_wait_ms
    if limit_ms is not None and expected is not None and expected.expected_ms > limit_ms:
        return Joining("wait", "The wait is too long to add more guests right now.")
    return None
