"""Simulated restaurants for the estimates: tables, guests, a host, and random evenings.

The host gives a free table to the first party in line that it fits, unless a larger party waits
for it. Called guests sometimes do not come, some lose patience, and a long line puts others off.
"""

import heapq
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from queueup.domain.model import HOUR, MINUTE

HOLD_MS = 10 * MINUTE
COMES = 0.95


@dataclass(frozen=True, slots=True)
class Restaurant:
    """A kind of restaurant."""

    name: str
    tables: dict[int, int]  # seats: how many such tables
    sizes: dict[int, int]  # people: how often, of 100 parties
    turn_minutes: dict[int, int]  # from so many people: the median time at the table
    turn_spread: float  # sigma of the time's logarithm
    parties_an_hour: tuple[int, ...]  # hour by hour after opening
    patience_minutes: int  # the median


BISTRO = Restaurant(
    name="small bistro",
    tables={2: 12, 4: 3},
    sizes={1: 8, 2: 68, 3: 12, 4: 12},
    turn_minutes={1: 62, 3: 75},
    turn_spread=0.25,
    parties_an_hour=(14, 19, 14, 5),
    patience_minutes=90,
)
FAMILY = Restaurant(
    name="family place",
    tables={2: 6, 4: 14, 6: 5, 8: 2},
    sizes={1: 4, 2: 28, 3: 16, 4: 27, 5: 11, 6: 8, 7: 4, 8: 2},
    turn_minutes={1: 42, 3: 50, 5: 60},
    turn_spread=0.3,
    parties_an_hour=(32, 40, 26, 10),
    patience_minutes=75,
)
BUSY = Restaurant(
    name="big busy place",
    tables={2: 16, 4: 22, 6: 8, 10: 3},
    sizes={1: 3, 2: 36, 3: 14, 4: 25, 5: 8, 6: 7, 7: 3, 8: 3, 10: 1},
    turn_minutes={1: 70, 3: 88, 5: 105, 7: 125},
    turn_spread=0.25,
    parties_an_hour=(42, 40, 26, 10),
    patience_minutes=120,
)
KINDS = (BISTRO, FAMILY, BUSY)


@dataclass(slots=True, eq=False)
class Guests:
    """One party of an evening; its times are ms."""

    size: int
    joined_at: int
    comes: bool
    patience_ms: int
    ahead: int = 0  # parties, when it joined
    called_at: int | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A party "joined" the line, "moved" up in it or was "seated" out of it."""

    what: str
    guests: Guests
    at: int  # ms
    ahead: int  # parties, then


class Evening:
    """The floor of one evening, from its first guests until the last have their table."""

    def __init__(self, restaurant: Restaurant, chance: random.Random, begins_at: int) -> None:
        self._moments: list[Moment] = []
        self._places: dict[Guests, int] = {}
        self._restaurant = restaurant
        self._chance = chance
        self._line: list[Guests] = []
        self._free = [seats for seats, number in restaurant.tables.items() for _ in range(number)]
        self._due: list[tuple[int, int, Callable[[int], None]]] = []
        self._count = 0
        # Every evening has its own crowd and its own kitchen.
        crowd = chance.lognormvariate(0, 0.15)
        self._slowness = chance.lognormvariate(0, 0.1)
        for guests in self._crowd(begins_at, crowd):
            self._at(guests.joined_at, self._arrive(guests))

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
            self._call(now)
            if guests in self._line:
                self._tell("joined", guests, now, guests.ahead)
                self._at(now + guests.patience_ms, self._lose_patience(guests))

        return happen

    def _lose_patience(self, guests: Guests) -> Callable[[int], None]:
        def happen(now: int) -> None:
            if guests in self._line:
                self._line.remove(guests)

        return happen

    def _sit(self, guests: Guests) -> Callable[[int], None]:
        return lambda now: self._tell("seated", guests, now, 0)

    def _clear(self, seats: int) -> Callable[[int], None]:
        return lambda now: self._free.append(seats)

    def _call(self, now: int) -> None:
        for guests in list(self._line):
            seats = self._table(guests)
            if seats is None:
                continue
            self._free.remove(seats)
            self._line.remove(guests)
            guests.called_at = now
            if not guests.comes:
                self._at(now + HOLD_MS, self._clear(seats))
                continue
            sits_at = now
            if now > guests.joined_at:
                sits_at += int(self._chance.uniform(0.5, 5) * MINUTE)
                self._at(sits_at, self._sit(guests))
            self._at(sits_at + self._turn(guests.size), self._clear(seats))

    def _move_up(self, now: int) -> None:
        for ahead, guests in enumerate(self._line):
            if ahead < self._places.setdefault(guests, guests.ahead):
                self._places[guests] = ahead
                self._tell("moved", guests, now, ahead)

    def _tell(self, what: str, guests: Guests, now: int, ahead: int) -> None:
        self._moments.append(Moment(what, guests, now, ahead))

    def _table(self, guests: Guests) -> int | None:
        """Find the smallest free table for a party, unless a larger party waits for it."""
        seats = min((seats for seats in self._free if seats >= guests.size), default=None)
        if seats is None or seats <= guests.size + 2:
            return seats
        larger = any(guests.size + 2 < other.size <= seats for other in self._line)
        return None if larger else seats

    def _is_put_off(self) -> bool:
        tables = sum(self._restaurant.tables.values())
        return self._chance.random() < (len(self._line) / tables) ** 2 / 2

    def _turn(self, size: int) -> int:
        """Draw how long a party keeps its table, clearing included, ms."""
        steps = self._restaurant.turn_minutes
        typical = steps[max(step for step in steps if step <= size)] * MINUTE
        drawn = self._chance.lognormvariate(math.log(typical), self._restaurant.turn_spread)
        return int(drawn * self._slowness) + self._chance.randint(2, 7) * MINUTE

    def _crowd(self, begins_at: int, factor: float) -> Iterator[Guests]:
        chance, place = self._chance, self._restaurant
        for hour, parties in enumerate(place.parties_an_hour):
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
