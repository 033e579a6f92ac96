"""A circuit breaker: after a call that took too long, others fail at once for a while."""

import time
from collections.abc import Callable


class CircuitBreaker:
    """Is open for some seconds after each trip."""

    def __init__(self, open_s: float, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._open_s = open_s
        self._stopwatch = stopwatch
        self._open_until = float("-inf")

    @property
    def remaining_s(self) -> float:
        """Return for how many seconds calls must still fail at once: 0 when it is closed."""
        return max(0.0, self._open_until - self._stopwatch())

    def trip(self) -> None:
        """Let calls fail at once from now on, for a while."""
        self._open_until = self._stopwatch() + self._open_s
