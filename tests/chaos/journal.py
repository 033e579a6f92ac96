"""What clients asked and what they were answered, for the checker at the end."""

import itertools
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

# Nobody here does anything that is not allowed, or too much.
REFUSED = (400, 401, 403, 408, 413, 429)


@dataclass
class Asked:
    """One wish of a client; it is asked again, with the same key, until it is answered."""

    code: str
    action: str
    key: str
    body: dict[str, Any]
    sent_at: float
    tries: int = 0
    status: int | None = None
    answer: Any = None
    answered_at: float = 0.0

    @property
    def is_done(self) -> bool:
        """Tell whether the program has said that it is done."""
        return self.status is not None and 200 <= self.status < 300


@dataclass
class Blow:
    """Something that was done to the program: what, since when, and until when."""

    what: str
    began_at: float
    ended_at: float


@dataclass
class Record:
    """Everything that was asked of one program, by all clients."""

    asked: list[Asked] = field(default_factory=list)
    blows: list[Blow] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    changes: list[tuple[float, float]] = field(default_factory=list)
    # How long answers took (ms) that did what was asked, by the method.
    took_ms: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    sent_away: int = 0
    _numbers: Any = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, code: str, action: str, body: dict[str, Any]) -> Asked:
        """Note a wish under a key of its own."""
        with self._lock:
            key = f"chaos-{next(self._numbers)}-{time.time_ns()}"
            asked = Asked(code, action, key, body, time.monotonic())
            self.asked.append(asked)
            return asked

    def change(self, began_at: float) -> None:
        """Note that a change that was sent at this time has just been acknowledged."""
        self.changes.append((began_at, time.monotonic()))

    def answer(self, method: str, path: str, status: int, began_at: float) -> None:
        """Note what an honest client was answered; a refusal is a fault, whatever has died."""
        if status < 400:
            self.took_ms[method].append((time.monotonic() - began_at) * 1000)
        elif status in REFUSED:
            self.faults.append(f"an honest client was refused with {status}: {method} {path}")
        elif status == 503:
            self.sent_away += 1

    def done(self, action: str) -> list[Asked]:
        """Return what was acknowledged of one kind."""
        return [asked for asked in self.asked if asked.action == action and asked.is_done]

    def outages(self) -> list[tuple[str, float]]:
        """Return for each blow the longest time (s) after it in which no change was acknowledged.

        It may lie a moment after the blow: what was killed may leave others behind that still
        answer, until they are cleared away. The next blow ends it.
        """
        ends = sorted(end for _, end in self.changes)
        found = []
        for blow, following in zip(self.blows, [*self.blows[1:], None], strict=True):
            until = following.began_at if following else float("inf")
            pauses = [
                min(later, until) - max(earlier, blow.ended_at)
                for earlier, later in itertools.pairwise(ends)
                if later > blow.ended_at and earlier < until
            ]
            found.append((blow.what, max(pauses, default=float("inf"))))
        return found
