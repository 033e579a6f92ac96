"""Slow work that takes turns, one at a time in this process, fairly between those who ask for it.

Whoever has had the fewest turns lately goes first, so somebody who asks all the time delays others
by one turn. So many may wait; beyond that, the last of whoever has the most waiting is sent away.
"""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

REMEMBERED = 1_000


class NoTurn(Exception):
    """Too many wait already, most of them for the same client."""


@dataclass(slots=True, eq=False)
class _Waiting:
    owner: str
    is_called: threading.Event = field(default_factory=threading.Event)
    is_sent_away: bool = False


class Turns:
    """Takes turns; `owner` is who asks."""

    def __init__(self, most_waiting: int) -> None:
        self._most_waiting = most_waiting
        self._lock = threading.Lock()
        self._is_busy = False
        self._waiting: list[_Waiting] = []
        # How many turns each owner has had, since there was nobody who waited.
        self._had: Counter[str] = Counter()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting)

    def take(self, owner: str, work: Callable[[], T]) -> T:
        """Do the work when it is this owner's turn. Raises NoTurn."""
        mine = _Waiting(owner)
        with self._lock:
            self._waiting.append(mine)
            if not self._is_busy:
                self._call_next()
            elif len(self._waiting) > self._most_waiting:
                self._send_one_away()
        try:
            mine.is_called.wait()
            if mine.is_sent_away:
                raise NoTurn
            return work()
        finally:
            self._leave(mine)

    def _leave(self, mine: _Waiting) -> None:
        with self._lock:
            if mine in self._waiting:
                # The request was given up before its turn.
                self._waiting.remove(mine)
            elif not mine.is_sent_away:
                self._call_next()

    def _call_next(self) -> None:
        self._is_busy = bool(self._waiting)
        if not self._waiting or len(self._had) > REMEMBERED:
            self._had.clear()
        if self._waiting:
            # Of several the first, which has waited longest.
            following = min(self._waiting, key=lambda one: self._had[one.owner])
            self._had[following.owner] += 1
            self._waiting.remove(following)
            following.is_called.set()

    def _send_one_away(self) -> None:
        (owner, _), *_ = Counter(one.owner for one in self._waiting).most_common(1)
        last = next(one for one in reversed(self._waiting) if one.owner == owner)
        self._waiting.remove(last)
        last.is_sent_away = True
        last.is_called.set()
