"""How long a party is likely to wait, learned from recent seatings, else by a flat rule.

Waits are compared by pace: the wait per party ahead, where wanting a table at all counts as a few
more parties (the head start). A pace learned in a long line therefore applies to a short one, too,
and its spread makes the range. The constants were chosen with `python -m bench estimates`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .model import HOUR, MINUTE, Queue, Seating

PER_PARTY_MS = 3 * MINUTE

# Bands of party sizes that compete for the same tables, from and to; the last has no upper end.
BANDS: tuple[tuple[int, int | None], ...] = ((1, 2), (3, 4), (5, 6), (7, None))

# How many seatings a queue keeps, of all bands together; and the wait below which a seating is not
# learned from, since the party walked straight to a table.
KEPT_SEATINGS = 60
WORTH_LEARNING_MS = MINUTE

# The fewest seatings that a band's pace is learned from.
ENOUGH = 5

# The head starts, in parties ahead, by band. The larger the party, the more it waits for a table of
# its size and the less for those ahead.
HEAD_STARTS = (4, 5, 8, 16)

# The usual pace of each band, in tenths of that of couples; only used to lend seatings to a band
# that has too few of its own.
USUAL_PACES = (10, 14, 22, 28)

# With lent seatings, a larger party's estimate exceeds that of a couple in its place by less than
# this: where all tables turn slowly, the large ones are not slower in proportion.
LENT_LIMIT_MS = 2 * HOUR

# The range goes from one quantile of the paces to another, and is wider with fewer seatings: each
# end is moved away from the median by DOUBT / seatings of its distance. The upper end is quoted.
LOW_SHARE, HIGH_SHARE = 0.10, 0.92
DOUBT = 3

STEP_MS = 5 * MINUTE
LONG_STEP_MS = 15 * MINUTE


@dataclass(frozen=True, slots=True)
class WaitRange:
    """A range of waiting time for guests, rounded outwards, and the median that it surrounds."""

    low_ms: int
    high_ms: int
    expected_ms: int
    learned: bool


@dataclass(frozen=True, slots=True)
class _Pace:
    """The wait (ms) per party ahead: the low end, the median and the high end.

    Learned from the band's own seatings, or lent by others and converted to the pace of couples.
    """

    low: int
    median: int
    high: int
    is_lent: bool

    def wait_ms(self, pace: int, number: int, ahead: int) -> int:
        """Return the wait (ms) in this band behind so many parties, at one of the paces."""
        if not self.is_lent:
            return pace * (ahead + HEAD_STARTS[number])
        couple = pace * (ahead + HEAD_STARTS[0])
        scaled = pace * USUAL_PACES[number] // USUAL_PACES[0] * (ahead + HEAD_STARTS[number])
        longer = scaled - couple
        return couple + longer * LENT_LIMIT_MS // (longer + LENT_LIMIT_MS)


@dataclass(frozen=True, slots=True)
class Learned:
    """The pace of each band, learned from a queue's seatings; None stands for the flat rule.

    `also_ahead` parties count as ahead in addition to those that wait.
    """

    paces: tuple[_Pace | None, ...]
    also_ahead: int = 0

    def range(self, size: int, ahead: int) -> WaitRange:
        """Estimate the wait of a party of so many people behind so many parties."""
        number = _band(size)
        pace = self.paces[number]
        if pace is None:
            return _flat(ahead)
        ahead += self.also_ahead
        low = _down(pace.wait_ms(pace.low, number, ahead))
        high = max(_up(pace.wait_ms(pace.high, number, ahead)), low + _step(low))
        return WaitRange(low, high, pace.wait_ms(pace.median, number, ahead), learned=True)


def wait_ms(parties_ahead: int) -> int:
    """Estimate the wait behind so many parties by the flat rule: three minutes for each, in ms."""
    return PER_PARTY_MS * parties_ahead


def band(size: int) -> str:
    """Name the band of a party of so many people."""
    low, high = BANDS[_band(size)]
    return f"{low}-{high}" if high else f"{low}+"


def learn_from(queue: Queue) -> Learned:
    """Learn from the seatings that a queue has stored.

    Those of parties that joined under release 0.2.0 or earlier count the called as ahead, too.
    Until there are enough others, estimates are learned from these alone, and count the same; then
    they are disregarded.
    """
    since = queue.waiting_ahead_since
    earlier: list[Seating] = []
    recent: list[Seating] = []
    for seating in queue.seatings:
        is_recent = since is not None and seating.at - seating.wait_ms >= since
        (recent if is_recent else earlier).append(seating)
    if not earlier or len(recent) >= ENOUGH:
        return learn(recent)
    return replace(learn(earlier), also_ahead=len(queue.called()))


def learn(seatings: Sequence[Seating]) -> Learned:
    """Learn from a queue's seatings, which are in order of time."""
    latest = seatings[-KEPT_SEATINGS:]
    seen: list[list[int]] = [[] for _ in BANDS]
    for seating in latest:
        number = _band(seating.size)
        seen[number].append(seating.wait_ms // (seating.ahead + HEAD_STARTS[number]))
    return Learned(tuple(_pace(seen, number) for number in range(len(BANDS))))


def _pace(seen: list[list[int]], number: int) -> _Pace | None:
    paces = seen[number]
    is_lent = len(paces) < ENOUGH
    if is_lent:
        paces = [
            pace * USUAL_PACES[0] // USUAL_PACES[other]
            for other, of_band in enumerate(seen)
            for pace in of_band
        ]
        if len(paces) < ENOUGH:
            return None
        doubt = 1 + DOUBT / ENOUGH  # lent seatings are no surer than the fewest of its own
    else:
        doubt = 1 + DOUBT / len(paces)
    paces.sort()
    median = _quantile(paces, 0.5)
    low = median - (median - _quantile(paces, LOW_SHARE)) * doubt
    high = median + (_quantile(paces, HIGH_SHARE) - median) * doubt
    return _Pace(max(0, round(low)), round(median), round(high), is_lent)


def _quantile(ordered: list[int], share: float) -> float:
    """Return a quantile, interpolated; each value is at the middle of its share."""
    place = min(max(share * len(ordered) - 0.5, 0), len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _flat(ahead: int) -> WaitRange:
    expected = wait_ms(ahead)
    low = _down(expected)
    return WaitRange(low, low + _step(low), expected, learned=False)


def _band(size: int) -> int:
    return next(n for n, (_, high) in enumerate(BANDS) if high is None or size <= high)


def _step(time_ms: int) -> int:
    return STEP_MS if time_ms < HOUR else LONG_STEP_MS


def _down(time_ms: int) -> int:
    return time_ms - time_ms % _step(time_ms)


def _up(time_ms: int) -> int:
    step = STEP_MS if time_ms <= HOUR else LONG_STEP_MS
    return -(-time_ms // step) * step
