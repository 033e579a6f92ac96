"""How often a wait falls within the range shown at joining, in made-up restaurants of three kinds.

Each restaurant begins without history and plays some evenings, keeping its seatings from one to the
next. Who finds a free table is not counted, nor who leaves before being called. The numbers in
queueup/domain/estimate.py were chosen on the evenings of "choose"; those of "report" are others.
"""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from bench.floor import KINDS, Evening, Restaurant
from queueup.domain.estimate import KEPT_SEATINGS, WORTH_LEARNING_MS, WaitRange, learn
from queueup.domain.model import HOUR, MINUTE, Seating

SEEDS = "report"
RESTAURANTS = 40
EVENINGS = 6
PARTIES = 100
ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait as it was, and as it was shown at joining or after moving up."""

    wait_ms: int
    shown: WaitRange
    flat: WaitRange
    evening: int
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
    first = [wait for wait in everywhere if wait.evening == 0]
    rows += _rows("first evenings", first)
    rows += _rows("first, from five seatings", [wait for wait in first if wait.shown.learned])
    rows += _rows("later evenings", [wait for wait in everywhere if wait.evening > 0])
    rows += _rows("after moving up", moved)
    rows.append((f"learning, and {PARTIES} ranges", _cost()))
    return rows


def _waits(kind: Restaurant) -> Iterator[Wait]:
    for number in range(RESTAURANTS):
        chance = random.Random(f"{SEEDS} {kind.name} {number}")
        seatings: list[Seating] = []
        flat = learned = learn(seatings)
        for evening in range(EVENINGS):
            for moment in Evening(kind, chance, evening * 24 * HOUR).play():
                guests = moment.guests
                if guests.called_at is None:
                    continue
                if moment.what == "seated":
                    wait_ms = guests.called_at - guests.joined_at
                    if wait_ms >= WORTH_LEARNING_MS:
                        seating = Seating(guests.called_at, guests.size, guests.ahead, wait_ms)
                        seatings = [*seatings, seating][-KEPT_SEATINGS:]
                        learned = learn(seatings)
                    continue
                yield Wait(
                    wait_ms=guests.called_at - moment.at,
                    shown=learned.range(guests.size, moment.ahead),
                    flat=flat.range(guests.size, moment.ahead),
                    evening=evening,
                    moved=moment.what == "moved",
                )


def _rows(name: str, waits: Sequence[Wait]) -> list[tuple[str, str]]:
    return [
        (f"{name}: {len(waits):,} waits", _told(waits, [wait.shown for wait in waits])),
        ("  flat rule", _told(waits, [wait.flat for wait in waits])),
        ("  flat rule, as wide", _told(waits, [wait.flat_as_wide for wait in waits])),
    ]


def _told(waits: Sequence[Wait], shown: Sequence[WaitRange]) -> str:
    pairs = [(wait.wait_ms, told) for wait, told in zip(waits, shown, strict=True)]
    within = sum(told.low_ms <= wait <= told.high_ms for wait, told in pairs) / len(pairs)
    kept = sum(wait <= told.high_ms for wait, told in pairs) / len(pairs)
    width = median(told.high_ms - told.low_ms for _, told in pairs) / MINUTE
    error = median(abs(wait - told.expected_ms) for wait, told in pairs) / MINUTE
    return (
        f"within {within:.1%}, by its upper end {kept:.1%}, "
        f"{width:.0f} min wide, {error:.1f} min off (medians)"
    )


def _cost() -> str:
    chance = random.Random(SEEDS)
    seatings = [
        Seating(number, chance.randint(1, 8), chance.randint(0, 20), chance.randint(1, 60) * MINUTE)
        for number in range(KEPT_SEATINGS)
    ]
    learning, both = [], []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        learned = learn(seatings)
        learning.append(time.perf_counter() - begun)
        for ahead in range(PARTIES):
            learned.range(1 + ahead % 8, ahead)
        both.append(time.perf_counter() - begun)
    return f"{median(learning) * 1e3:.2f} ms, {median(both) * 1e3:.2f} ms in all"
