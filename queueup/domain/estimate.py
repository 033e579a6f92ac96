"""How long a party is likely to wait, learned from recent seatings, else by a flat rule.

A wait is compared with the party's distance to a table: a head start, since wanting a table at all
takes time, and so much for each party ahead. Parties of the same band of sizes compete for the same
tables and count most. The wait per step of that distance is the pace. Tables become free like the
events of a Poisson process, so a wait has about a gamma distribution, whose cube root is about
normal (Wilson and Hilferty): paces are averaged, and ranges made, on that scale. All is in closed
form, since every commit estimates the wait of every party. The constants were chosen with
`python -m bench estimates`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from .model import HOUR, MINUTE, Queue, Seating

PER_PARTY_MS = 3 * MINUTE

# Bands of party sizes that compete for the same tables, from and to; the last has no upper end.
BANDS: tuple[tuple[int, int | None], ...] = ((1, 2), (3, 4), (5, 6), (7, None))

# How many seatings a queue keeps, of all bands together; and the wait below which a seating is not
# learned from, since the party walked straight to a table.
KEPT_SEATINGS = 60
WORTH_LEARNING_MS = MINUTE

# The fewest seatings that waits are learned from.
ENOUGH = 5

# By band, in steps: the head start, what each party of another band ahead counts, and each of the
# same band. The larger the party, the more it waits for a table of its size.
HEAD_STARTS = (2.5, 5.2, 16.5, 49.0)
OTHERS = (0.35, 0.42, 1.0, 0.84)
ALIKE = (2.2, 3.8, 8.1, 14.0)

# By band: the usual share of those ahead that are of the same band. It stands in where the number
# is not known: up to release 0.2.0, it was not recorded.
USUAL_ALIKE = (0.5, 0.33, 0.12, 0.06)

# By band: how regular the wait of the first of its band is, as the shape of a gamma distribution;
# how much more with each further party of the band ahead; and no more than that in all.
REGULAR = (0.75, 0.8, 1.1, 1.6)
MORE_REGULAR = 0.9
REGULAR_AT_MOST = 9.0

# What is assumed counts as much as so much regularity: a pace for every line, once a few seatings
# tell more than it does, or from the beginning the one that follows from its owner's starting wait.
USUAL_PACE_MS = 3 * MINUTE
USUAL_WEIGHT = 1.0
OWNER_WEIGHT = 8.0
# How many parties are ahead, of a couple, in the question for the starting wait.
STARTING_AHEAD = 5

# A band's pace is that of all bands until it has seatings of its own; these outweigh the others
# from so much regularity on. Lent by others, a larger party's estimate exceeds that of a couple in
# its place by less than the limit: where all tables turn slowly, large ones are not slower in
# proportion.
LENT_WEIGHT = 8.0
LENT_LIMIT_MS = 2 * HOUR

# How much more waits vary than by the distribution alone: assumed before it is learned, and the
# number of seatings that this counts as; no seating counts as more than three deviations; and how
# much the pace itself differs from evening to evening.
SPREAD, SPREAD_WEIGHT = 1.2, 5
FARTHEST = 3.0
EVENINGS_DIFFER = 0.05

# The ends of the range, in standard deviations below and above the middle. The upper end is quoted.
BELOW, ABOVE = 1.1, 1.35

STEP_MS = 5 * MINUTE
LONG_STEP_MS = 15 * MINUTE

# The number of the band by size; all sizes from the largest on are of the last band.
_LARGEST = BANDS[-1][0]
_BAND_OF = tuple(
    next(number for number, (_, high) in enumerate(BANDS) if high is None or size <= high)
    for size in range(_LARGEST + 1)
)
_COUPLES_STEP = OTHERS[0] * (1 - USUAL_ALIKE[0]) + ALIKE[0] * USUAL_ALIKE[0]
_NAMES = tuple(f"{low}-{high}" if high else f"{low}+" for low, high in BANDS)


class WaitRange(NamedTuple):
    """A range of waiting time for guests, rounded outwards, and the median that it surrounds."""

    low_ms: int
    high_ms: int
    expected_ms: int
    learned: bool


@dataclass(frozen=True, slots=True)
class _Pace:
    """The pace of a band: the ms per step of the distance.

    `doubt` is the part of the variance that is the same for all waits, and `lent` the share of the
    pace that other bands lend.
    """

    number: int
    step_ms: float
    doubt: float
    lent: float


@dataclass(frozen=True, slots=True)
class Learned:
    """The pace of each band, learned from a queue's seatings; None stands for the flat rule.

    `variance` is that of a wait of regularity 1, as a share of itself. `also_ahead` parties count
    as ahead in addition to those that wait.
    """

    paces: tuple[_Pace, ...] | None
    variance: float
    is_learned: bool
    also_ahead: int = 0

    def range(self, size: int, ahead: int, alike: int | None = None) -> WaitRange:
        """Estimate the wait of a party of so many people behind so many parties.

        `alike` of these are of its band; None if that is not known.
        """
        if self.paces is None:
            return _flat(ahead)
        if self.also_ahead:
            ahead, alike = ahead + self.also_ahead, None
        # Without calls: a commit asks twice for each party.
        pace = self.paces[band_number(size)]
        number = pace.number
        same = ahead * USUAL_ALIKE[number] if alike is None else alike
        further = OTHERS[number] * (ahead - same) + ALIKE[number] * same
        middle = pace.step_ms * (HEAD_STARTS[number] + further)
        if number:
            longer = middle - self.paces[0].step_ms * (HEAD_STARTS[0] + _COUPLES_STEP * ahead)
            if longer > 0:
                limited = longer / math.sqrt(1 + (longer / LENT_LIMIT_MS) ** 2)
                middle -= pace.lent * (longer - limited)
        more = MORE_REGULAR * further / ALIKE[number]
        regularity = REGULAR[number] + (more if more < REGULAR_AT_MOST else REGULAR_AT_MOST)
        deviation = math.sqrt(self.variance / regularity + pace.doubt)
        least, most = 1 - BELOW * deviation, 1 + ABOVE * deviation
        low = _down(int(middle * least * least * least)) if least > 0 else 0
        high = _up(math.ceil(middle * most * most * most))
        return WaitRange(low, max(high, low + _step(low)), round(middle), self.is_learned)


def wait_ms(parties_ahead: int) -> int:
    """Estimate the wait behind so many parties by the flat rule: three minutes for each, in ms."""
    return PER_PARTY_MS * parties_ahead


def band(size: int) -> str:
    """Name the band of a party of so many people."""
    return _NAMES[band_number(size)]


def band_number(size: int) -> int:
    """Return which band a party of so many people is of."""
    return _BAND_OF[min(size, _LARGEST)]


def alike_ahead(sizes: Iterable[int]) -> list[int]:
    """Return for each party of a line, by its size, how many of its band are ahead of it."""
    seen = [0] * len(BANDS)
    found = []
    for size in sizes:
        number = band_number(size)
        found.append(seen[number])
        seen[number] += 1
    return found


def waits_ahead(queue: Queue) -> dict[str, tuple[int, int]]:
    """Return by id how many parties wait ahead of each that waits, and how many of its band."""
    line = queue.waiting()
    alike = alike_ahead(party.size for party in line)
    return {party.id: (ahead, alike[ahead]) for ahead, party in enumerate(line)}


def expected_next(queue: Queue, size: int) -> WaitRange:
    """Estimate the wait of a party that joins now."""
    sizes = [party.size for party in queue.waiting()]
    return learn_from(queue).range(size, len(sizes), alike_ahead([*sizes, size])[-1])


def learn_from(queue: Queue) -> Learned:
    """Learn from the seatings that a queue has stored.

    Those of parties that joined under release 0.2.0 or earlier count the called as ahead, too.
    Until there are enough others, estimates are learned from these alone, and count the same; then
    they are disregarded.
    """
    since, starting_ms = queue.waiting_ahead_since, queue.settings.starting_wait_ms
    earlier: list[Seating] = []
    recent: list[Seating] = []
    for seating in queue.seatings:
        is_recent = since is not None and seating.at - seating.wait_ms >= since
        (recent if is_recent else earlier).append(seating)
    if not earlier or len(recent) >= ENOUGH:
        return learn(recent, starting_ms)
    return replace(learn(earlier, starting_ms), also_ahead=len(queue.called()))


def learn(seatings: Sequence[Seating], starting_ms: int | None = None) -> Learned:
    """Learn from a queue's seatings, which are in order of time.

    An owner's starting wait (ms) is that of a couple behind STARTING_AHEAD parties; the more
    seatings there are, the less it counts.
    """
    if starting_ms is None:
        if len(seatings) < ENOUGH:
            return Learned(None, 0.0, is_learned=False)
        assumed_ms, given = float(USUAL_PACE_MS), USUAL_WEIGHT
    else:
        assumed_ms, given = starting_ms / distance(0, STARTING_AHEAD, None), OWNER_WEIGHT
    seen = [_seen(seating) for seating in seatings[-KEPT_SEATINGS:]]
    weights, sums = [0.0] * len(BANDS), [0.0] * len(BANDS)
    for number, root, weight in seen:
        weights[number] += weight
        sums[number] += weight * root
    known = given + sum(weights)
    common = (given * assumed_ms ** (1 / 3) + sum(sums)) / known
    roots = [
        (LENT_WEIGHT * common + of_band) / (LENT_WEIGHT + weight)
        for weight, of_band in zip(weights, sums, strict=True)
    ]
    squares = sum(
        min(FARTHEST**2, (root / roots[number] - 1) ** 2 * 9 * weight)
        for number, root, weight in seen
    )
    variance = (SPREAD_WEIGHT * SPREAD**2 + squares) / (SPREAD_WEIGHT + len(seen)) / 9
    paces = tuple(
        _Pace(
            number,
            roots[number] ** 3,
            doubt=variance / (weight + min(known, LENT_WEIGHT)) + EVENINGS_DIFFER**2,
            lent=LENT_WEIGHT / (LENT_WEIGHT + weight),
        )
        for number, weight in enumerate(weights)
    )
    return Learned(paces, variance, is_learned=len(seen) >= ENOUGH)


def distance(number: int, ahead: int, alike: int | None) -> float:
    """Return the distance to a table, in steps, of a party of this band."""
    same = ahead * USUAL_ALIKE[number] if alike is None else alike
    return HEAD_STARTS[number] + OTHERS[number] * (ahead - same) + ALIKE[number] * same


def _seen(seating: Seating) -> tuple[int, float, float]:
    """Return a seating's band, the cube root of its pace, and its regularity."""
    number = band_number(seating.size)
    steps = distance(number, seating.ahead, seating.alike)
    return number, (seating.wait_ms / steps) ** (1 / 3), _regularity(number, steps)


def _regularity(number: int, steps: float) -> float:
    more = MORE_REGULAR * (steps - HEAD_STARTS[number]) / ALIKE[number]
    return REGULAR[number] + min(more, REGULAR_AT_MOST)


def _flat(ahead: int) -> WaitRange:
    expected = wait_ms(ahead)
    low = _down(expected)
    return WaitRange(low, low + _step(low), expected, learned=False)


def _step(time_ms: int) -> int:
    return STEP_MS if time_ms < HOUR else LONG_STEP_MS


def _down(time_ms: int) -> int:
    return time_ms - time_ms % _step(time_ms)


def _up(time_ms: int) -> int:
    step = STEP_MS if time_ms <= HOUR else LONG_STEP_MS
    return -(-time_ms // step) * step
