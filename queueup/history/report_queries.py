"""The questions of a report, in SQL that SQLite and PostgreSQL answer alike, by their indexes."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from operator import add, attrgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    CursorResult,
    Select,
    Subquery,
    and_,
    case,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from queueup.domain.estimate import BANDS

from .party_projection import CLOSED, UNDONE
from .tables import parties, queues

HOUR_S = 3600
# A quote is right if the call came this close to it.
CLOSE_MINUTES = 5


@dataclass(frozen=True, slots=True)
class Session:
    """A day of a line, as the history has it."""

    id: str
    opened_at: int
    closed_at: int | None
    close_reason: str | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many parties there were, and what happened to them."""

    parties: int = 0
    people: int = 0
    served: int = 0
    no_shows: int = 0
    left: int = 0
    removed: int = 0
    # Still in line when it closed, and still in line now.
    closed: int = 0
    in_line: int = 0
    called: int = 0
    calls: int = 0
    # Called, and answered on their phone.
    answered: int = 0
    # Called, with a wait that had been quoted; within five minutes of it; not later than quoted.
    quoted: int = 0
    close: int = 0
    kept: int = 0
    # What guests answered to "is this about right?".
    judged_right: int = 0
    judged_too_short: int = 0
    judged_too_long: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Return the counts of both."""
        return Counts(*map(add, _values(self), _values(other)))

    @property
    def late(self) -> int:
        """Return how many waited longer than quoted."""
        return self.quoted - self.kept


NAMES = tuple(one.name for one in fields(Counts))
_values = attrgetter(*NAMES)


@dataclass(frozen=True, slots=True)
class Spread:
    """How a number is spread: the median, and what nine of ten do not exceed (nearest rank)."""

    number: int
    median: float
    ninetieth: float


class _Seconds(FunctionElement[int]):
    """A time as whole seconds since the epoch, UTC."""

    type = BigInteger()
    inherit_cache = True


@compiles(_Seconds, "sqlite")
def _seconds_in_sqlite(element: _Seconds, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS INTEGER)"


@compiles(_Seconds, "postgresql")
def _seconds_in_postgresql(element: _Seconds, compiler: SQLCompiler, **options: Any) -> str:
    moment = compiler.process(element.clauses, **options)
    return f"CAST(floor(extract(epoch FROM {moment})) AS bigint)"


def sessions(connection: Connection, code: str, start: int, end: int) -> list[Session]:
    """Return the days of a line that began between two times (ms), the end excluded."""
    found = connection.execute(
        select(queues.c.session_id, queues.c.opened_at, queues.c.closed_at, queues.c.close_reason)
        .where(queues.c.code == code, queues.c.opened_at >= start, queues.c.opened_at < end)
        .order_by(queues.c.opened_at, queues.c.session_id)
    )
    return [Session(*row) for row in found]


class PartiesOf:
    """The parties of some days, or of none, with the local hour at which each joined.

    `offsets` says for each day by how many seconds its clock is ahead of UTC: that of its opening,
    also for the few hours after clocks have changed in the same night.
    """

    def __init__(self, connection: Connection, offsets: Mapping[str, int]) -> None:
        self._connection = connection
        self._parties = _parties(offsets) if offsets else None

    def counts(self) -> list[tuple[str, int, int, Counts]]:
        """Return the counts by day, hour and number of the size band."""
        if self._parties is None:
            return []
        party = self._parties.c
        keys = (party.session_id, party.hour, party.band)
        outcome = party.outcome
        is_called = party.first_called_at.is_not(None)
        is_quoted = and_(is_called, party.quoted.is_not(None))
        conditions: Mapping[str, ColumnElement[bool]] = {
            "served": outcome == "served",
            "no_shows": outcome == "no_show",
            "left": outcome == "left",
            "removed": outcome == "kicked",
            "closed": outcome == CLOSED,
            "in_line": outcome.is_(None),
            "called": is_called,
            "answered": and_(is_called, party.answered_at.is_not(None)),
            "quoted": is_quoted,
            "close": and_(is_quoted, party.error <= CLOSE_MINUTES),
            "kept": and_(is_quoted, party.waited <= party.quoted),
            "judged_right": party.judged == "right",
            "judged_too_short": party.judged == "too_short",
            "judged_too_long": party.judged == "too_long",
        }
        found = self._answer(
            select(
                *keys,
                func.count().label("parties"),
                func.coalesce(func.sum(party.size), 0).label("people"),
                func.sum(party.call_count).label("calls"),
                *(func.count().filter(which).label(name) for name, which in conditions.items()),
            ).group_by(*keys)
        )
        return [
            (
                row["session_id"],
                int(row["hour"]),
                row["band"],
                Counts(*(int(row[name]) for name in NAMES)),
            )
            for row in found.mappings()
        ]

    def waits(self, key: str | None = None) -> dict[Any, Spread]:
        """Return the spread of the minutes until the first call.

        It is by hour, number of the size band, or session_id; without any, of all (0).
        """
        return self._spreads(key, "waited")

    def errors(self) -> Spread | None:
        """Return the spread of the minutes between the quote and the first call."""
        return self._spreads(None, "error").get(0)

    def seating(self) -> Spread | None:
        """Return the spread of the minutes from the last call to the table."""
        return self._spreads(None, "seating").get(0)

    def _answer(self, statement: Select[*tuple[Any, ...]]) -> CursorResult[*tuple[Any, ...]]:
        # A web process answers polls between two questions.
        time.sleep(0)
        return self._connection.execute(statement)

    def _spreads(self, key: str | None, name: str) -> dict[Any, Spread]:
        if self._parties is None:
            return {}
        party = self._parties.c
        by, value = literal(0) if key is None else party[key], party[name]
        keyed = select(by.label("key"), value.label("value")).where(
            party.first_called_at.is_not(None), value.is_not(None)
        )
        one = keyed.subquery().c
        ranked = select(
            one.key,
            one.value,
            func.row_number().over(partition_by=one.key, order_by=one.value).label("rank"),
            func.count().over(partition_by=one.key).label("number"),
        ).subquery()
        rank, number = ranked.c.rank, ranked.c.number
        found = self._answer(
            select(
                ranked.c.key,
                func.max(number),
                func.max(case((rank == (number + 1) // 2, ranked.c.value))),
                func.max(case((rank == (9 * number + 9) // 10, ranked.c.value))),
            ).group_by(ranked.c.key)
        )
        return {
            key: Spread(number, float(median), float(ninetieth))
            for key, number, median, ninetieth in found
        }


def _parties(offsets: Mapping[str, int]) -> Subquery:
    column = parties.c
    is_served = and_(column.outcome == "served", column.last_called_at.is_not(None))
    waited_for = _Seconds(column.ended_at) - _Seconds(column.last_called_at)
    return (
        select(
            column.session_id,
            ((_Seconds(column.joined_at) + _offset(offsets)) // HOUR_S % 24).label("hour"),
            case(
                *((column.size <= high, number) for number, (_, high) in enumerate(BANDS) if high),
                else_=len(BANDS) - 1,
            ).label("band"),
            column.size,
            column.outcome,
            column.first_called_at,
            column.call_count,
            column.answered_at,
            column.judged,
            column.waited_minutes.label("waited"),
            column.quoted_minutes.label("quoted"),
            func.abs(column.waited_minutes - column.quoted_minutes).label("error"),
            case((is_served, waited_for / 60.0)).label("seating"),
        )
        .where(
            column.session_id.in_(list(offsets)),
            column.joined_at.is_not(None),
            # A walk-in that was added by mistake is nobody.
            or_(column.outcome.is_(None), column.outcome != UNDONE),
        )
        .subquery()
    )


def _offset(offsets: Mapping[str, int]) -> ColumnElement[int]:
    """Return the offset of a party's day; they differ by season, so there are few."""
    days: dict[int, list[str]] = {}
    for session_id, offset in offsets.items():
        days.setdefault(offset, []).append(session_id)
    usual, *others = sorted(days, key=lambda offset: -len(days[offset]))
    if not others:
        return literal(usual)
    whens = ((parties.c.session_id.in_(days[offset]), offset) for offset in others)
    return case(*whens, else_=usual)
