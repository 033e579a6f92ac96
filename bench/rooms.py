"""The kinds of restaurants that estimates are measured in.

Three are of our own making. The others are made from what was published about real rooms: a survey
of 23 restaurants on weekends (2015: a party of four turns in 61 minutes, with a standard deviation
of 18 between restaurants, 40 to 105), the usual turns of the trade (casual lunch 35 to 50 minutes,
casual dinner 60 to 90, bar 45 to 75, fine dining 120 to 180; parties of eight half as long again
as four), and a survey of 276 managers (Cornell Hospitality Quarterly, 2014: just over half seat
whoever waited longest, a fifth the largest party, the others by both).
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.floor import Restaurant, Rule

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

# How long parties keep a table, as a share of what four people take.
TURN_BY_SIZE = {1: 0.85, 3: 1.0, 5: 1.2, 7: 1.5}
TURN_SPREAD = 0.3
# What arrives, as a share of what the tables can take, hour by hour after opening.
LOADS = (1.0, 1.3, 1.05, 0.4)
RULES = {Rule.LONGEST_WAIT: 52, Rule.LARGEST: 20, Rule.BOTH: 28}
MOSTLY_COUPLES = {1: 6, 2: 58, 3: 14, 4: 17, 5: 3, 6: 2}
FAMILIES = {1: 3, 2: 32, 3: 16, 4: 27, 5: 9, 6: 7, 7: 3, 8: 3}
LARGE = {2: 24, 3: 12, 4: 26, 5: 10, 6: 14, 7: 5, 8: 7, 10: 2}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of restaurants, each of which is drawn from the published figures."""

    name: str
    draw: Callable[[random.Random], Restaurant]


def _same(restaurant: Restaurant) -> Kind:
    return Kind(restaurant.name, lambda chance: restaurant)


def _drawn(
    name: str,
    tables: dict[int, int],
    sizes: dict[int, int],
    turn_of_four: Callable[[random.Random], float],
    patience_minutes: int,
    *,
    bar_seats: int = 0,
    booked_share: float = 0,
    kitchen_stops_minutes: int = 0,
) -> Kind:
    """Make a kind of restaurants that differ in size, pace, crowd and rule."""

    def draw(chance: random.Random) -> Restaurant:
        larger = chance.uniform(0.6, 1.6)
        turn = turn_of_four(chance)
        room = Restaurant(
            name=name,
            tables={seats: max(1, round(number * larger)) for seats, number in tables.items()},
            sizes=sizes,
            turn_minutes={size: turn * share for size, share in TURN_BY_SIZE.items()},
            turn_spread=TURN_SPREAD,
            parties_an_hour=(),
            patience_minutes=patience_minutes,
            rule=chance.choices(list(RULES), list(RULES.values()))[0],
            bar_seats=round(bar_seats * larger),
            kitchen_stops_minutes=kitchen_stops_minutes,
        )
        capacity = room.places * 60 / (turn * _mean_share(sizes) + 5)
        crowd = chance.uniform(0.9, 1.15)
        by_hour = tuple(capacity * load * crowd for load in LOADS)
        return replace(
            room,
            parties_an_hour=tuple(parties * (1 - booked_share) for parties in by_hour),
            booked_an_hour=tuple(parties * booked_share for parties in by_hour[:3])
            if booked_share
            else (),
        )

    return Kind(name, draw)


def _mean_share(sizes: dict[int, int]) -> float:
    """Return the turn of an average party, as a share of what four people take."""
    turns = {size: TURN_BY_SIZE[max(n for n in TURN_BY_SIZE if n <= size)] for size in sizes}
    return sum(turns[size] * number for size, number in sizes.items()) / sum(sizes.values())


def _survey(chance: random.Random) -> float:
    while not 40 <= (drawn := chance.gauss(61, 18)) <= 105:
        pass
    return drawn


def _between(low: float, high: float) -> Callable[[random.Random], float]:
    return lambda chance: chance.uniform(low, high)


OWN = (_same(BISTRO), _same(FAMILY), _same(BUSY))
PUBLISHED = (
    _drawn("surveyed weekend", {2: 8, 4: 14, 6: 5, 8: 1}, FAMILIES, _survey, 75),
    _drawn("casual lunch", {2: 10, 4: 12, 6: 3}, MOSTLY_COUPLES, _between(35, 50), 45),
    _drawn("casual dinner", {2: 10, 4: 14, 6: 5, 8: 2}, FAMILIES, _between(60, 90), 90),
    _drawn("bar with tables", {2: 16, 4: 9}, MOSTLY_COUPLES, _between(45, 75), 60),
    _drawn("bar without tables", {}, MOSTLY_COUPLES, _between(45, 75), 60, bar_seats=36),
    _drawn(
        "fine dining, reservations",
        {2: 12, 4: 10, 6: 2},
        MOSTLY_COUPLES,
        _between(120, 180),
        120,
        booked_share=0.5,
    ),
    _drawn("mixed tables, large parties", {2: 4, 4: 9, 6: 5, 8: 3, 10: 1}, LARGE, _survey, 90),
    _drawn(
        "kitchen stops 20 min",
        {2: 8, 4: 14, 6: 5, 8: 1},
        FAMILIES,
        _survey,
        75,
        kitchen_stops_minutes=20,
    ),
)
KINDS = OWN + PUBLISHED
