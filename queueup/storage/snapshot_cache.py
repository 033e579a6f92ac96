"""The snapshots that this process has served lately, each trusted for one second at most.

A commit is heard from Redis and makes the copy go at once. Time is the safety net: a copy older
than a second is compared with Redis first (one small read), and so is every copy while commits are
not heard. A copy is never used past the moment when time itself changes the queue.

Most changes alter what few readers see. So an answer outlives its copy, and is given again when all
that it was made from is found in the next one.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Protocol

from queueup import metrics
from queueup.domain.views import View

from .store import Snapshot

TRUST_S = 1.0
QUEUES = 20_000
# A copy that nobody has asked for in so long (s) makes room.
IDLE_S = 120
# More than a full line with two phones a party; a line of nobody's fills no memory.
ANSWERS = 500
# So many queues that changed have answers from before, which may hold again. So long (s) after one
# was of use its reader is gone: even a page that nobody looks at asks once a minute.
CHANGED_QUEUES = 2_000
EARLIER_S = 90


class Answer(Protocol):
    """What was made from a snapshot for one question."""

    def matches(self, views: View) -> bool:
        """Tell whether these views of the same queue would give the same answer."""


# With the time (s) at which the copy that they were asked of was replaced.
Earlier = dict[Hashable, tuple[Answer, float]]


class CachedSnapshot:
    """A snapshot in memory, with the answers that were made from it."""

    def __init__(
        self, snapshot: Snapshot, checked_at: float, earlier: Earlier | None = None
    ) -> None:
        self.version = snapshot.version
        self.views: View = snapshot.views
        self.checked_at = checked_at
        self._answers: dict[Hashable, Answer] = {}
        self._earlier: Earlier = earlier or {}

    def answer(self, question: Hashable) -> Answer | None:
        """Return what was kept for this question, or None."""
        found = self._answers.get(question)
        if found is None and question in self._earlier:
            earlier, _ = self._earlier.pop(question)
            if earlier.matches(self.views):
                self._answers[question] = found = earlier
        return found

    def keep_answer(self, question: Hashable, answer: Answer) -> None:
        """Keep an answer for as long as the snapshot is kept, and longer while it holds."""
        if len(self._answers) < ANSWERS:
            self._answers[question] = answer

    def replaced(self, now_s: float) -> Earlier:
        """Return the answers that may hold for the next snapshot, too."""
        found: Earlier = {question: (answer, now_s) for question, answer in self._answers.items()}
        for question, (answer, at) in self._earlier.items():
            if now_s - at < EARLIER_S and len(found) < ANSWERS:
                found.setdefault(question, (answer, at))
        return found


class SnapshotCache:
    """Snapshots by code, the least recently used leaving first; a listener of Changes."""

    def __init__(
        self,
        read: Callable[[str], Snapshot],
        read_version: Callable[[str], int | None],
        now_ms: Callable[[], int],
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._read_version = read_version
        self._now_ms = now_ms
        self._stopwatch = stopwatch
        self._kept: OrderedDict[str, CachedSnapshot] = OrderedDict()
        # With the time (s) at which the copy was replaced.
        self._earlier: OrderedDict[str, tuple[float, Earlier]] = OrderedDict()
        self._is_connected = False
        # The latest read of each queue that is being read, while no commit was heard of it.
        self._reading: dict[str, object] = {}

    def get(self, code: str) -> CachedSnapshot:
        """Return the present snapshot, from memory or from where `read` finds it.

        Raises what `read` and `read_version` raise.
        """
        kept = self.fresh(code)
        if kept is not None:
            metrics.SNAPSHOTS.labels("memory").inc()
        else:
            # The age counts from before the read: what was read may be that old already.
            started = self._stopwatch()
            reading = self._reading[code] = object()
            try:
                _, earlier = self._earlier.get(code, (0, None))
                kept = CachedSnapshot(self._read(code), started, earlier)
                if self._reading.get(code) is not reading:
                    # A commit heard during the read may have made this copy old: use it only once.
                    return kept
            finally:
                if self._reading.get(code) is reading:
                    del self._reading[code]
            self._earlier.pop(code, None)
            self._kept[code] = kept
            self._make_room(started)
        return kept

    def get_again(self, code: str) -> CachedSnapshot | None:
        """Return the present snapshot of a queue for which this process has answers already.

        Raises what `read` and `read_version` raise.
        """
        kept = self.fresh(code)
        return self.get(code) if kept is None and code in self._earlier else kept

    def fresh(self, code: str) -> CachedSnapshot | None:
        """Return the copy in memory if it is known to be current."""
        kept = self._kept.get(code)
        if kept is None:
            return None
        due = kept.views["due"]
        if due is not None and due <= self._now_ms():
            self.invalidate(code)
            return None
        started = self._stopwatch()
        if not self._is_connected or started - kept.checked_at > TRUST_S:
            if self._read_version(code) != kept.version:
                self.invalidate(code)
                return None
            kept.checked_at = started
            if code in self._kept:
                self._kept.move_to_end(code)
        return kept

    def expire(self, code: str) -> None:
        """Have the copy compared with Redis before it is used again."""
        if code in self._kept:
            self._kept[code].checked_at = float("-inf")

    def invalidate(self, code: str) -> None:
        """Drop the copy of one queue, and what is being read just now."""
        self._reading.pop(code, None)
        kept = self._kept.pop(code, None)
        if kept is None:
            return
        now_s = self._stopwatch()
        self._earlier.pop(code, None)
        self._earlier[code] = now_s, kept.replaced(now_s)
        if len(self._earlier) > CHANGED_QUEUES:
            self._earlier.popitem(last=False)

    def on_connect(self) -> None:
        """Trust copies from now on, and none from before."""
        self._kept.clear()
        self._reading.clear()
        self._is_connected = True

    def on_disconnect(self) -> None:
        """Trust no copy until commits are heard again."""
        self._is_connected = False

    def on_commit(self, code: str, version: int, body: str) -> None:
        """Drop the copy that a commit made old."""
        self.invalidate(code)

    def _make_room(self, now_s: float) -> None:
        # Both are in the order of their last use: a copy in use is compared each second.
        while self._kept:
            first = next(iter(self._kept.values()))
            if len(self._kept) <= QUEUES and now_s - first.checked_at < IDLE_S:
                break
            self._kept.popitem(last=False)
        while self._earlier:
            at, _ = next(iter(self._earlier.values()))
            if now_s - at < EARLIER_S:
                break
            self._earlier.popitem(last=False)
