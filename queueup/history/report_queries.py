"""The questions of a report, in SQL that SQLite and PostgreSQL answer alike, by their indexes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from operator import add, attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    RowMapping,
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

from .days import BEGINS_HOUR, offsets
from .party_projection import CLOSED, UNDONE
from .tables import parties, queues

HOUR_S = 3600
DAY_S = 24 * HOUR_S
EPOCH = date(1970, 1, 1).toordinal()
# A quote is right if the call came this close to it.
CLOSE_MINUTES = 5


@dataclass(frozen=True, slots=True)
class Session:
    """What is between the opening of a line and its closing: an evening, or days on end."""

    id: str
    opened_at: int
    closed_at: int | None
    close_reason: str | None
    # When it closed, or when something happened in it last.
    ended_at: int

    def overlaps(self, spans: Sequence[tuple[int, int]]) -> bool:
        """Return whether it was open at any of these times (ms)."""
        return any(self.opened_at < end and self.ended_at >= start for start, end in spans)


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
    # Called, and reached by a notification, on the open page, or not at all, as far as is known.
    reached_push: int = 0
    reached_page: int = 0
    reached_none: int = 0
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
    """Return the sessions of a line that were open between two times (ms), the end excluded."""
    column = queues.c
    ended_at = func.coalesce(column.closed_at, column.last_event_at)
    found = connection.execute(
        select(column.session_id, column.opened_at, column.closed_at, column.close_reason, ended_at)
        .where(column.code == code, column.opened_at < end, ended_at >= start)
        .order_by(column.opened_at, column.session_id)
    )
    return [Session(*row) for row in found]


class PartiesOf:
    """The parties of some sessions, or of none, who joined within some times (ms).

    They are counted by `session_id`, by `day` (an ordinal number) and `hour` of joining by the
    line's clock, and by number of the size `band`.
    """

    def __init__(
        self,
        connection: Connection,
        session_ids: Collection[str],
        spans: Sequence[tuple[int, int]],
        zone: ZoneInfo,
    ) -> None:
        self._connection = connection
        self._parties = _parties(session_ids, spans, zone) if session_ids else None

    def counts(self, *by: str) -> dict[tuple[Any, ...], Counts]:
        """Return the counts by some of these."""
        if self._parties is None:
            return {}
        party = self._parties.c
        keys = [party[name] for name in by]
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
            "reached_push": party.reached == "push",
            "reached_page": party.reached == "page",
            "reached_none": party.reached == "none",
            "quoted": is_quoted,
            "close": and_(is_quoted, party.error <= CLOSE_MINUTES),
            "kept": and_(is_quoted, party.waited <= party.quoted),
            "judged_right": party.judged == "right",
            "judged_too_short": party.judged == "too_short",
            "judged_too_long": party.judged == "too_long",
        }
        found = self._connection.execute(
            select(
                *keys,
                func.count().label("parties"),
                func.coalesce(func.sum(party.size), 0).label("people"),
                func.sum(party.call_count).label("calls"),
                *(func.count().filter(which).label(name) for name, which in conditions.items()),
            ).group_by(*keys)
        )
        return {
            _key(row, by): Counts(*(int(row[name]) for name in NAMES)) for row in found.mappings()
        }

    def waits(self, *by: str) -> dict[tuple[Any, ...], Spread]:
        """Return the spread of the minutes until the first call; by nothing, that of all (())."""
        return self._spreads(by, "waited")

    def errors(self) -> Spread | None:
        """Return the spread of the minutes between the quote and the first call."""
        return self._spreads((), "error").get(())

    def seating(self) -> Spread | None:
        """Return the spread of the minutes from the last call to the table."""
        return self._spreads((), "seating").get(())

    def _spreads(self, by: tuple[str, ...], name: str) -> dict[tuple[Any, ...], Spread]:
        if self._parties is None:
            return {}
        party = self._parties.c
        one = (
            select(*(party[key] for key in by), party[name].label("value"))
            .where(party.first_called_at.is_not(None), party[name].is_not(None))
            .subquery()
            .c
        )
        keys = [one[key] for key in by]
        ranked = select(
            *keys,
            one.value,
            func.row_number().over(partition_by=keys, order_by=one.value).label("rank"),
            func.count().over(partition_by=keys).label("number"),
        ).subquery()
        rank, number = ranked.c.rank, ranked.c.number
        found = self._connection.execute(
            select(
                *(ranked.c[key] for key in by),
                func.max(number).label("number"),
                func.max(case((rank == (number + 1) // 2, ranked.c.value))).label("median"),
                func.max(case((rank == (9 * number + 9) // 10, ranked.c.value))).label("ninetieth"),
            ).group_by(*(ranked.c[key] for key in by))
        )
        return {
            _key(row, by): Spread(row["number"], float(row["median"]), float(row["ninetieth"]))
            for row in found.mappings()
            # Without keys, there is a row even of nothing.
            if row["number"]
        }


def _key(row: RowMapping, by: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(row[name] if name == "session_id" else int(row[name]) for name in by)


def _parties(
    session_ids: Collection[str], spans: Sequence[tuple[int, int]], zone: ZoneInfo
) -> Subquery:
    column = parties.c
    start, end = spans[0][0], spans[-1][1]
    is_served = and_(column.outcome == "served", column.last_called_at.is_not(None))
    waited_for = _Seconds(column.ended_at) - _Seconds(column.last_called_at)
    local = _Seconds(column.joined_at) + _offset(start, end, zone)
    return (
        select(
            column.session_id,
            ((local - BEGINS_HOUR * HOUR_S) // DAY_S + EPOCH).label("day"),
            (local // HOUR_S % 24).label("hour"),
            case(
                *((column.size <= high, number) for number, (_, high) in enumerate(BANDS) if high),
                else_=len(BANDS) - 1,
            ).label("band"),
            column.size,
            column.outcome,
            column.first_called_at,
            column.call_count,
            column.answered_at,
            column.reached,
            column.judged,
            column.waited_minutes.label("waited"),
            column.quoted_minutes.label("quoted"),
            func.abs(column.waited_minutes - column.quoted_minutes).label("error"),
            case((is_served, waited_for / 60.0)).label("seating"),
        )
        .where(
            column.session_id.in_(list(session_ids)),
            # The index finds what is between the first and the last of these times.
            column.joined_at >= start,
            column.joined_at < end,
            or_(*(and_(column.joined_at >= one, column.joined_at < two) for one, two in spans)),
            # A walk-in that was added by mistake is nobody.
            or_(column.outcome.is_(None), column.outcome != UNDONE),
        )
        .subquery()
    )


def _offset(start: int, end: int, zone: ZoneInfo) -> ColumnElement[int]:
    """Return by how many seconds the clock was ahead of UTC when a party joined."""
    changes = offsets(start, end, zone)
    whens = [
        (parties.c.joined_at < until, offset_s)
        for (_, offset_s), (until, _) in zip(changes, changes[1:], strict=False)
    ]
    last_s = changes[-1][1]
    return case(*whens, else_=last_s) if whens else literal(last_s)
