"""How much each address has asked of this process lately, held against what one may ask."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

# After so long (s), what an address has asked counts half.
HALF_LIFE_S = 10
# As many requests an address may have made lately: about one and a half a second, from strangers.
# Twice as many come from the wifi of a restaurant when a full line joins within a minute, and are
# spread over several processes. Phones of a hundred parties there, who are known, ask more often.
FAIR, FAIR_KNOWN = 20, 200
MOST = 10_000


class Fading:
    """A count that fades away."""

    def __init__(self, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._stopwatch = stopwatch
        self._count, self._at = 0.0, 0.0

    def add(self) -> None:
        """Count one."""
        self._count, self._at = self.lately() + 1, self._stopwatch()

    def lately(self) -> float:
        """Return how many there were, the less the longer ago."""
        half_lives = (self._stopwatch() - self._at) / HALF_LIFE_S
        return self._count * math.exp2(-half_lives)


class Shares:
    """Requests by address, fading away."""

    def __init__(self, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._stopwatch = stopwatch
        self._asked: OrderedDict[tuple[str, bool], Fading] = OrderedDict()

    def count(self, who: str, is_known: bool) -> None:
        """Count a request."""
        key = who, is_known
        if key not in self._asked:
            self._asked[key] = Fading(self._stopwatch)
        self._asked[key].add()
        self._asked.move_to_end(key)
        if len(self._asked) > MOST:
            self._asked.popitem(last=False)

    def of(self, who: str, is_known: bool) -> float:
        """Return 1 for an address within its share, and the less the more it has asked for."""
        asked = self._asked.get((who, is_known))
        fair = FAIR_KNOWN if is_known else FAIR
        return min(1.0, fair / max(1.0, asked.lately())) if asked else 1.0
