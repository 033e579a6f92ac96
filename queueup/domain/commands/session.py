"""Who may join when: pause, hours, room and the length of the wait; and the end of a day."""

from dataclasses import dataclass

from queueup.domain.change import Change, changed, require_open
from queueup.domain.errors import NotJoinable, NotPossibleNow
from queueup.domain.estimate import WaitRange, learn
from queueup.domain.events import (
    JoiningPaused,
    JoiningResumed,
    QueueClosed,
    QueueOpened,
    SettingsChanged,
)
from queueup.domain.model import Phase, Queue, QueueSettings

TYPICAL_SIZE = 2


@dataclass(frozen=True, slots=True)
class Joining:
    """Whether guests can join, why not, and that in a sentence."""

    why: str | None = None
    words: str | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether guests can join."""
        return self.why is None


def joining(queue: Queue) -> Joining:
    """Return whether guests can join, for the board, the join page and the host."""
    if queue.is_closed:
        return Joining("closed", "The line has closed.")
    ahead = len(queue.waiting()) + len(queue.called())
    refused = _why_not(queue, learn(queue.seatings).range(TYPICAL_SIZE, ahead))
    if refused is None and queue.people() >= queue.settings.max_guests:
        return Joining("full", "The line is full.")
    return refused or Joining()


def require_joinable(queue: Queue, expected: WaitRange) -> None:
    """Refuse guests with NotJoinable while joining is paused, out of hours or too long a wait."""
    refused = _why_not(queue, expected)
    if refused is not None:
        raise NotJoinable(refused.why or "", refused.words or "")


def pause(queue: Queue, now: int, reason: str) -> Change:
    """Let nobody join until the host resumes. Raises SessionClosed."""
    require_open(queue)
    if queue.paused_reason == reason:
        return Change(queue)
    return changed(queue, JoiningPaused(now, reason))


def resume(queue: Queue, now: int) -> Change:
    """Let guests join again. Raises SessionClosed."""
    require_open(queue)
    return Change(queue) if queue.paused_reason is None else changed(queue, JoiningResumed(now))


def change_settings(queue: Queue, now: int, settings: QueueSettings) -> Change:
    """Go on with other settings. Raises SessionClosed when the queue is closed for good."""
    if queue.is_closed and not queue.can_open_again:
        require_open(queue)
    return (
        Change(queue)
        if settings == queue.settings
        else changed(queue, SettingsChanged(now, settings))
    )


def end_day(queue: Queue, now: int) -> Change:
    """End the evening; the code stays, and the queue can be opened again.

    Raises NotPossibleNow for a queue that does not keep its code.
    """
    if not queue.settings.keeps_code:
        raise NotPossibleNow("This line can only be closed for good.")
    return Change(queue) if queue.is_closed else changed(queue, QueueClosed(now, "day"))


def open_again(queue: Queue, session_id: str, now: int) -> Change:
    """Begin another day on the same code; an open queue stays as it is.

    Raises NotPossibleNow for a queue that was closed for good.
    """
    if not queue.is_closed:
        return Change(queue)
    if not queue.can_open_again:
        raise NotPossibleNow("This line was closed for good.")
    return changed(queue, QueueOpened(now, queue.code, session_id, queue.settings))


def _why_not(queue: Queue, expected: WaitRange) -> Joining | None:
    settings = queue.settings
    if queue.paused_reason is not None:
        return Joining("paused", queue.paused_reason)
    if queue.phase is Phase.BEFORE:
        return Joining("before", f"The line opens at {settings.open_time}.")
    if queue.phase is Phase.LAST_CALL:
        return Joining("last_call", "The last call for today has passed.")
    if queue.phase is Phase.AFTER:
        return Joining("after", "We are closed for today.")
    if settings.max_wait_ms is not None and expected.expected_ms > settings.max_wait_ms:
        return Joining("wait", "The wait is too long for more guests at the moment.")
    return None
