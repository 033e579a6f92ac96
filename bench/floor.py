"""The floor of a simulated restaurant: tables, guests, a host, and random evenings.

The host gives a free table to one of the parties that it fits, by the restaurant's rule. Called
guests sometimes do not come, some lose patience, and a long line puts others off.
"""

import heapq
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from queueup.domain.estimate import alike_ahead
from queueup.domain.model import HOUR, MINUTE

HOLD_MS = 10 * MINUTE
COMES = 0.95
# How long before they come a table is kept free for guests who booked.
KEPT_FREE_MS = 15 * MINUTE


class Rule(StrEnum):
    """To whom the host gives a table."""

    LONGEST_WAIT = "longest wait"
    LARGEST = "largest party"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Restaurant:
    """A kind of restaurant."""

    name: str
    tables: dict[int, int]  # seats: how many such tables
    sizes: dict[int, int]  # people: how often, of 100 parties
    turn_minutes: dict[int, float]  # from so many people: the median time at the table
    turn_spread: float  # sigma of the time's logarithm
    parties_an_hour: tuple[float, ...]  # hour by hour after opening
    patience_minutes: int  # the median
    rule: Rule = Rule.LONGEST_WAIT
    # Seats at one bar, which any party takes as many of as it has people; instead of tables.
    bar_seats: int = 0
    booked_an_hour: tuple[float, ...] = ()
    # For so long nobody finishes a meal, once an evening.
    kitchen_stops_minutes: int = 0

    @property
    def places(self) -> int:
        """Return how many parties sit at once, about."""
        return sum(self.tables.values()) or self.bar_seats // 2


@dataclass(slots=True, eq=False)
class Guests:
    """One party of an evening; its times are ms."""

    size: int
    joined_at: int
    comes: bool
    patience_ms: int
    ahead: int = 0  # parties, when it joined
    alike: int = 0  # of these, parties of its band of sizes
    called_at: int | None = None
    is_booked: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """A party "joined" the line, "moved" up in it, or was "seated" out of it."""

    what: str
    guests: Guests
    at: int  # ms
    ahead: int  # parties, then
    alike: int  # of these, parties of its band of sizes


class Evening:
    """The floor of one evening, from its first guests until the last have their table."""

    def __init__(self, restaurant: Restaurant, chance: random.Random, begins_at: int) -> None:
        self._moments: list[Moment] = []
        self._places: dict[Guests, int] = {}
        self._restaurant = restaurant
        self._chance = chance
        self._line: list[Guests] = []
        self._booked: list[Guests] = []
        self._free = [seats for seats, number in restaurant.tables.items() for _ in range(number)]
        self._free_seats = restaurant.bar_seats
        self._due: list[tuple[int, int, Callable[[int], None]]] = []
        self._count = 0
        # Every evening has its own crowd and its own kitchen.
        crowd = chance.lognormvariate(0, 0.15)
        self._slowness = chance.lognormvariate(0, 0.1)
        self._stop_ms = restaurant.kitchen_stops_minutes * MINUTE
        self._stops_at = begins_at + int(chance.uniform(1, 2.5) * HOUR) if self._stop_ms else 0
        for guests in self._crowd(restaurant.parties_an_hour, begins_at, crowd):
            self._at(guests.joined_at, self._arrive(guests))
        for guests in self._crowd(restaurant.booked_an_hour, begins_at, 1):
            guests.is_booked = True
            self._at(max(begins_at, guests.joined_at - KEPT_FREE_MS), self._keep_table_for(guests))

    def play(self) -> list[Moment]:
        """Play the whole evening, and tell in order what became of those who had to wait."""
        while self._due:
            now, _, happen = heapq.heappop(self._due)
            happen(now)
            self._call(now)
            self._move_up(now)
        return self._moments

    def _arrive(self, guests: Guests) -> Callable[[int], None]:
        def happen(now: int) -> None:
            if self._is_put_off():
                return
            guests.ahead = len(self._line)
            self._line.append(guests)
            guests.alike = self._alike()[-1]
            self._call(now)
            if guests in self._line:
                self._tell("joined", guests, now, guests.ahead, guests.alike)
                self._at(now + guests.patience_ms, self._lose_patience(guests))

        return happen

    def _keep_table_for(self, guests: Guests) -> Callable[[int], None]:
        return lambda now: self._booked.append(guests)

    def _lose_patience(self, guests: Guests) -> Callable[[int], None]:
        def happen(now: int) -> None:
            if guests in self._line:
                self._line.remove(guests)

        return happen

    def _sit(self, guests: Guests) -> Callable[[int], None]:
        return lambda now: self._tell("seated", guests, now)

    def _clear(self, seats: int) -> Callable[[int], None]:
        def happen(now: int) -> None:
            if self._restaurant.bar_seats:
                self._free_seats += seats
            else:
                self._free.append(seats)

        return happen

    def _call(self, now: int) -> None:
        for guests in self._booked + self._in_order(now):
            seats = self._table(guests)
            if seats is None:
                continue
            if self._restaurant.bar_seats:
                self._free_seats -= seats
            else:
                self._free.remove(seats)
            if guests.is_booked:
                self._booked.remove(guests)
                self._eat(guests, seats, max(now, guests.joined_at))
                continue
            self._line.remove(guests)
            guests.called_at = now
            if not guests.comes:
                self._at(now + HOLD_MS, self._clear(seats))
                continue
            sits_at = now
            if now > guests.joined_at:
                sits_at += int(self._chance.uniform(0.5, 5) * MINUTE)
                self._at(sits_at, self._sit(guests))
            self._eat(guests, seats, sits_at)

    def _in_order(self, now: int) -> list[Guests]:
        """Return the line in the order in which this host looks for tables."""
        match self._restaurant.rule:
            case Rule.LONGEST_WAIT:
                return list(self._line)
            case Rule.LARGEST:
                return sorted(self._line, key=lambda guests: (-guests.size, guests.joined_at))
            case Rule.BOTH:  # two more people are worth ten minutes
                return sorted(
                    self._line, key=lambda guests: guests.joined_at - guests.size * 5 * MINUTE
                )

    def _eat(self, guests: Guests, seats: int, sits_at: int) -> None:
        leaves_at = sits_at + self._turn(guests.size)
        # Who is served already when the kitchen stops is done in time.
        goes_on_at = self._stops_at + self._stop_ms
        if sits_at < goes_on_at and leaves_at > self._stops_at + 10 * MINUTE:
            leaves_at += min(self._stop_ms, goes_on_at - sits_at)
        self._at(leaves_at, self._clear(seats))

    def _move_up(self, now: int) -> None:
        for ahead, (guests, alike) in enumerate(zip(self._line, self._alike(), strict=True)):
            if ahead < self._places.setdefault(guests, guests.ahead):
                self._places[guests] = ahead
                self._tell("moved", guests, now, ahead, alike)

    def _alike(self) -> list[int]:
        return alike_ahead(guests.size for guests in self._line)

    def _tell(self, what: str, guests: Guests, now: int, ahead: int = 0, alike: int = 0) -> None:
        self._moments.append(Moment(what, guests, now, ahead, alike))

    def _table(self, guests: Guests) -> int | None:
        """Find the smallest free table for a party, unless a larger party waits for it."""
        if self._restaurant.bar_seats:
            return guests.size if guests.size <= self._free_seats else None
        seats = min((seats for seats in self._free if seats >= guests.size), default=None)
        if seats is None or seats <= guests.size + 2:
            return seats
        larger = any(guests.size + 2 < other.size <= seats for other in self._line)
        return None if larger else seats

    def _is_put_off(self) -> bool:
        return self._chance.random() < (len(self._line) / self._restaurant.places) ** 2 / 2

    def _turn(self, size: int) -> int:
        """Draw how long a party keeps its table, clearing included, ms."""
        steps = self._restaurant.turn_minutes
        typical = steps[max(step for step in steps if step <= size)] * MINUTE
        drawn = self._chance.lognormvariate(math.log(typical), self._restaurant.turn_spread)
        return int(drawn * self._slowness) + self._chance.randint(2, 7) * MINUTE

    def _crowd(
        self, parties_an_hour: Sequence[float], begins_at: int, factor: float
    ) -> Iterator[Guests]:
        chance, place = self._chance, self._restaurant
        for hour, parties in enumerate(parties_an_hour):
            at = 0.0
            while (at := at + chance.expovariate(parties * factor)) < 1:
                yield Guests(
                    size=chance.choices(list(place.sizes), list(place.sizes.values()))[0],
                    joined_at=begins_at + int((hour + at) * HOUR),
                    comes=chance.random() < COMES,
                    patience_ms=int(
                        chance.lognormvariate(math.log(place.patience_minutes), 0.5) * MINUTE
                    ),
                )

    def _at(self, time: int, happen: Callable[[int], None]) -> None:
        self._count += 1
        heapq.heappush(self._due, (time, self._count, happen))
