"""How often a wait falls within the range shown at joining, in many kinds of simulated restaurants.

Each restaurant begins without history and plays some evenings, keeping its seatings from one to the
next. What its owner expects before that is what couples waited there on other evenings, 30 % off
or so. Who finds a free table is not counted, nor who leaves before being called. The numbers in
queueup/domain/estimate.py were chosen on the evenings of "choose"; those of "report" are others,
also of other restaurants.
"""

import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from bench.floor import Evening, Restaurant
from bench.rooms import KINDS, Kind
from queueup.domain.estimate import (
    ENOUGH,
    KEPT_SEATINGS,
    STARTING_AHEAD,
    WORTH_LEARNING_MS,
    WaitRange,
    learn,
)
from queueup.domain.model import HOUR, MINUTE, Seating

SEEDS = os.environ.get("SEEDS", "report")
RESTAURANTS = int(os.environ.get("RESTAURANTS", "40"))
EVENINGS = 6
PARTIES = 100
ROUNDS = 200
# Below this wait, guests need a narrow range most.
SHORT_MS = 45 * MINUTE


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait as it was, and as it was shown at joining or after moving up."""

    wait_ms: int
    shown: WaitRange
    flat: WaitRange
    with_start: WaitRange  # had its owner set a starting wait
    evening: int
    seated: int  # before it on this evening
    moved: bool

    @property
    def flat_as_wide(self) -> WaitRange:
        """The flat rule with a range as wide as the learned one, the estimate in its middle."""
        wide = self.shown.high_ms - self.shown.low_ms
        low = max(0, self.flat.expected_ms - wide // 2)
        return WaitRange(low, low + wide, self.flat.expected_ms, learned=False)


def run() -> list[tuple[str, str]]:
    """Measure and return rows of what and how much."""
    rows = []
    everywhere: list[Wait] = []
    moved: list[Wait] = []
    for kind in KINDS:
        seen = list(_waits(kind))
        waits = [wait for wait in seen if not wait.moved]
        everywhere += waits
        moved += [wait for wait in seen if wait.moved]
        rows += _rows(kind.name, waits)
    rows += _rows("all", everywhere)
    rows += [
        ("  flat rule", _said(everywhere, [wait.flat for wait in everywhere])),
        ("  flat rule, as wide", _said(everywhere, [wait.flat_as_wide for wait in everywhere])),
        ("after moving up", _said(moved, [wait.shown for wait in moved])),
        (f"learning, and {PARTIES} ranges", _cost()),
    ]
    return rows


def _waits(kind: Kind) -> Iterator[Wait]:
    for number in range(RESTAURANTS):
        chance = random.Random(f"{SEEDS} {kind.name} {number}")
        restaurant = kind.draw(chance)
        seatings: list[Seating] = []
        flat = learned = learn(seatings)
        starting_ms = _starting_ms(restaurant, f"{SEEDS} owner of {kind.name} {number}")
        with_start = learn(seatings, starting_ms)
        for evening in range(EVENINGS):
            seated = 0
            for moment in Evening(restaurant, chance, evening * 24 * HOUR).play():
                guests = moment.guests
                if guests.called_at is None:
                    continue
                if moment.what == "seated":
                    wait_ms = guests.called_at - guests.joined_at
                    if wait_ms >= WORTH_LEARNING_MS:
                        seating = Seating(
                            guests.called_at, guests.size, guests.ahead, wait_ms, guests.alike
                        )
                        seatings = [*seatings, seating][-KEPT_SEATINGS:]
                        learned = learn(seatings)
                        with_start = learn(seatings, starting_ms)
                        seated += 1
                    continue
                yield Wait(
                    wait_ms=guests.called_at - moment.at,
                    shown=learned.range(guests.size, moment.ahead, moment.alike),
                    flat=flat.range(guests.size, moment.ahead),
                    with_start=with_start.range(guests.size, moment.ahead, moment.alike),
                    evening=evening,
                    seated=seated,
                    moved=moment.what == "moved",
                )


def _starting_ms(restaurant: Restaurant, seed: str) -> int:
    """Return the wait of a couple behind five parties as an owner remembers it."""
    chance = random.Random(seed)
    near = [
        guests.called_at - guests.joined_at
        for evening in range(3)
        for moment in Evening(restaurant, chance, evening * 24 * HOUR).play()
        if moment.what == "seated" and (guests := moment.guests).called_at is not None
        if guests.size <= 2 and abs(guests.ahead - STARTING_AHEAD) <= 1
    ]
    usual = median(near) if near else 20 * MINUTE
    remembered = usual * chance.lognormvariate(0, 0.3) / (5 * MINUTE)
    return max(1, round(remembered)) * 5 * MINUTE


def _rows(name: str, waits: Sequence[Wait]) -> list[tuple[str, str]]:
    first = [wait for wait in waits if wait.evening == 0]
    parts = {
        f"{name}: {len(waits):,} waits": waits,
        "  later evenings": [wait for wait in waits if wait.evening],
        "  first evenings": first,
        f"  first, from {ENOUGH} seatings": [wait for wait in first if wait.seated >= ENOUGH],
    }
    rows = [(what, _said(part, [wait.shown for wait in part])) for what, part in parts.items()]
    started = ("  first, with a starting wait", _said(first, [wait.with_start for wait in first]))
    all_started = ("  all, with a starting wait", _said(waits, [wait.with_start for wait in waits]))
    return [*rows, started, all_started]


def _said(waits: Sequence[Wait], shown: Sequence[WaitRange]) -> str:
    pairs = [(wait.wait_ms, told) for wait, told in zip(waits, shown, strict=True)]
    within = sum(told.low_ms <= wait <= told.high_ms for wait, told in pairs) / len(pairs)
    kept = sum(wait <= told.high_ms for wait, told in pairs) / len(pairs)
    width = median(told.high_ms - told.low_ms for _, told in pairs) / MINUTE
    short = [told.high_ms - told.low_ms for wait, told in pairs if wait < SHORT_MS]
    error = median(abs(wait - told.expected_ms) for wait, told in pairs) / MINUTE
    return (
        f"within {within:.1%}, by its upper end {kept:.1%}, {width:.0f} min wide "
        f"(waits below 45 min: {median(short) / MINUTE:.0f}), {error:.1f} min off (medians)"
    )


def _cost() -> str:
    chance = random.Random(SEEDS)
    seatings = [
        Seating(
            number,
            chance.randint(1, 8),
            ahead := chance.randint(0, 20),
            chance.randint(1, 60) * MINUTE,
            ahead // 2,
        )
        for number in range(KEPT_SEATINGS)
    ]
    learning, both = [], []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        learned = learn(seatings)
        learning.append(time.perf_counter() - begun)
        for ahead in range(PARTIES):
            learned.range(1 + ahead % 8, ahead, ahead // 2)
        both.append(time.perf_counter() - begun)
    return f"{median(learning) * 1e3:.2f} ms, {median(both) * 1e3:.2f} ms in all"
