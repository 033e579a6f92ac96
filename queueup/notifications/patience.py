"""How long a job waits for slow push services while other jobs wait for its worker.

Without an end to it, the dead devices of one line would keep the calls of all others waiting: a
worker does one job after another. What a job does not wait for goes on by itself.
"""

import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, wait
from typing import Any

STEP_S = 0.05
# For fast push services this is far more than enough.
AT_MOST_S = 2.0
# The share of a worker's time that it may wait in vain, once it has waited so long.
SHARE = 0.1


class Patience:
    """Waits, and spends less time the more of it was in vain a moment ago."""

    def __init__(self, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._stopwatch = stopwatch
        self._left_s = AT_MOST_S
        self._at = stopwatch()

    def wait(
        self, futures: Collection[Future[Any]], most_s: float, others_wait: Callable[[], bool]
    ) -> None:
        """Return when all is done, when it takes too long, or soon if others wait."""
        began, left_s = self._stopwatch(), self._left()
        step_s = min(STEP_S, left_s)
        while wait(futures, step_s).not_done:
            waited_s = self._stopwatch() - began
            if waited_s >= most_s:
                return
            if waited_s >= left_s and others_wait():
                self._left_s = max(0.0, left_s - waited_s)
                return
            step_s = STEP_S

    def _left(self) -> float:
        now = self._stopwatch()
        self._left_s = min(AT_MOST_S, self._left_s + (now - self._at) * SHARE)
        self._at = now
        return self._left_s
