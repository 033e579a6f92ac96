"""Slow work that takes turns, one at a time in this process, fairly between those who ask for it.

Whoever has had the fewest turns lately goes first: of several addresses, and at one address of
several lines. So somebody who asks all the time delays others by one turn. All turns together take
no more than a part of the time: beyond that there are rests between them. So many may wait; beyond
that, the last of whoever has the most waiting is sent away.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")
# An address, and a line that is managed there.
Owner = tuple[str, str]

REMEMBERED = 1_000
# Turns are forgotten when nobody has waited for so long (s).
FORGOTTEN_S = 60


class NoTurn(Exception):
    """Too many wait already, most of them for the same client."""


@dataclass(slots=True, eq=False)
class _Waiting:
    owner: Owner
    is_called: threading.Event = field(default_factory=threading.Event)
    is_sent_away: bool = False


def _later(after_s: float, call: Callable[[], None]) -> None:
    timer = threading.Timer(after_s, call)
    timer.daemon = True
    timer.start()


class Turns:
    """Takes turns; `owner` is who asks.

    The work takes `part` of the time at most, once it has taken `ahead_s` seconds of CPU.
    """

    def __init__(
        self,
        most_waiting: int,
        part: float = 1.0,
        ahead_s: float = 0.0,
        stopwatch: Callable[[], float] = time.monotonic,
        later: Callable[[float, Callable[[], None]], None] = _later,
    ) -> None:
        self._most_waiting = most_waiting
        self._part = part
        self._ahead_s = ahead_s
        self._stopwatch = stopwatch
        self._later = later
        self._lock = threading.Lock()
        self._is_busy = False
        self._waiting: list[_Waiting] = []
        self._had: Counter[str | Owner] = Counter()
        self._asked_at = stopwatch()
        # When all that was done would be paid for, at this part of the time.
        self._paid_at = stopwatch()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def take(self, owner: Owner, work: Callable[[], tuple[T, float]]) -> T:
        """Do the work when it is this owner's turn; it returns the seconds that it took, too.

        Raises NoTurn.
        """
        mine = _Waiting(owner)
        with self._lock:
            if self._stopwatch() - self._asked_at > FORGOTTEN_S or len(self._had) > REMEMBERED:
                self._had.clear()
            self._asked_at = self._stopwatch()
            self._waiting.append(mine)
            if not self._is_busy:
                self._call_next()
            elif len(self._waiting) > self._most_waiting:
                self._send_one_away()
        took_s = 0.0
        try:
            mine.is_called.wait()
            if mine.is_sent_away:
                raise NoTurn
            found, took_s = work()
            return found
        finally:
            self._leave(mine, took_s)

    def _leave(self, mine: _Waiting, took_s: float) -> None:
        with self._lock:
            if mine in self._waiting:
                # The request was given up before its turn.
                self._waiting.remove(mine)
            elif not mine.is_sent_away:
                now = self._stopwatch()
                self._paid_at = max(self._paid_at, now) + took_s / self._part - took_s
                rest_s = self._paid_at - now - self._ahead_s / self._part
                if rest_s <= 0:
                    self._call_next()
                else:
                    # Who comes meanwhile takes part: this is still a turn.
                    self._later(rest_s, self._rested)

    def _rested(self) -> None:
        with self._lock:
            self._call_next()

    def _call_next(self) -> None:
        self._is_busy = bool(self._waiting)
        if self._waiting:
            # Of several the first, which has waited longest.
            following = min(self._waiting, key=self._turns_of)
            self._had[following.owner[0]] += 1
            self._had[following.owner] += 1
            self._waiting.remove(following)
            following.is_called.set()

    def _send_one_away(self) -> None:
        addresses = Counter(one.owner[0] for one in self._waiting)
        lines = Counter(one.owner for one in self._waiting)
        # Of several with as many, the one whose turn would come last.
        last = max(
            reversed(self._waiting),
            key=lambda one: (addresses[one.owner[0]], lines[one.owner], *self._turns_of(one)),
        )
        self._waiting.remove(last)
        last.is_sent_away = True
        last.is_called.set()

    def _turns_of(self, one: _Waiting) -> tuple[int, int]:
        return self._had[one.owner[0]], self._had[one.owner]
