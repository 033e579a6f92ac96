"""The rows of an export: the parties, events or days of a line, some at a time.

Each batch is a short transaction of its own: a slow download holds no connection and no lock, and
what is erased meanwhile is not in it.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from queueup.domain.model import SECOND

from .database import Database
from .days import bounds, day_of
from .report_queries import NAMES, Counts, PartiesOf, Session, sessions
from .tables import events, parties

# Small, so that a web process does not keep polls waiting; a day is counted from all its parties.
BATCH = 20
DAYS_BATCH = 2
COUNTED_BATCH = 10

Row = dict[str, Any]


class Kind(StrEnum):
    """What is exported; the value is in its address."""

    PARTIES = "parties"
    EVENTS = "events"
    DAYS = "days"


TABLES = {Kind.PARTIES: parties, Kind.EVENTS: events}
# By which the rows of a session are numbered, and which say the day of each.
NUMBERED = {Kind.PARTIES: parties.c.ticket, Kind.EVENTS: events.c.number}
DATED = {Kind.PARTIES: parties.c.joined_at, Kind.EVENTS: events.c.at}
TIMES = frozenset(
    ["opened_at", "closed_at"]
    + [
        column.name
        for table in TABLES.values()
        for column in table.c
        if column.name == "at" or column.name.endswith("_at")
    ]
)
OF_DAY = ("session_id", "opened_at", "closed_at", "close_reason")
WAITS = ("median_wait_minutes", "ninetieth_wait_minutes")


def columns(kind: Kind) -> list[str]:
    """Return the names of the columns of an export."""
    if kind in TABLES:
        return ["day", *(column.name for column in TABLES[kind].c)]
    return ["day", *OF_DAY, *NAMES, *WAITS]


class Export:
    """An export of the days between two dates, the last one included."""

    def __init__(
        self, database: Database, kind: Kind, code: str, days: tuple[date, date], zone: ZoneInfo
    ) -> None:
        """Find the sessions. Raises HistoryUnavailable, as iterating over the rows does."""
        self.kind = kind
        self._database = database
        self._zone = zone
        self._span = bounds(*days, zone)
        with database.begin(is_reading=True) as connection:
            self._sessions = sessions(connection, code, *self._span)
            self.total = self._count(connection)

    def batches(self) -> Iterator[list[Row]]:
        """Yield the rows, a few at a time, each with its columns in their order."""
        if self.kind is Kind.DAYS:
            for start in range(0, len(self._sessions), DAYS_BATCH):
                yield self._days(self._sessions[start : start + DAYS_BATCH])
            return
        for session in self._sessions:
            last: int | None = -1
            while last is not None:
                found = self._rows(session, last)
                if found:
                    yield found
                last = found[-1][NUMBERED[self.kind].name] if len(found) == BATCH else None

    def _count(self, connection: Connection) -> int:
        total = 0
        for start in range(0, len(self._sessions), COUNTED_BATCH):
            some = self._sessions[start : start + COUNTED_BATCH]
            if self.kind is Kind.DAYS:
                total += len(self._counts(self._parties_of(connection, some), some))
            else:
                number = NUMBERED[self.kind]
                counted = select(func.count()).where(self._is_wanted(some), number >= 0)
                total += connection.scalar(counted) or 0
            # A web process answers polls in between.
            time.sleep(0)
        return total

    def _rows(self, session: Session, last: int) -> list[Row]:
        number, dated = NUMBERED[self.kind], DATED[self.kind]
        wanted = select(TABLES[self.kind]).where(self._is_wanted([session]), number > last)
        with self._database.begin(is_reading=True) as connection:
            found = connection.execute(wanted.order_by(number).limit(BATCH)).mappings().all()
        return [
            self._local({"day": day_of(max(row[dated.name], session.opened_at), self._zone), **row})
            for row in found
        ]

    def _days(self, some: Sequence[Session]) -> list[Row]:
        with self._database.begin(is_reading=True) as connection:
            of_days = self._parties_of(connection, some)
            counts = self._counts(of_days, some)
            waits = of_days.waits("session_id", "day")
        by_id = {session.id: session for session in some}
        rows = []
        for key, counted in counts.items():
            session_id, day = key
            session, wait = by_id[session_id], waits.get(key)
            spread = (wait.median, wait.ninetieth) if wait else (None, None)
            of_day = (session.id, session.opened_at, session.closed_at, session.close_reason)
            rows.append(
                self._local(
                    {"day": date.fromordinal(day)}
                    | dict(zip(OF_DAY, of_day, strict=True))
                    | asdict(counted)
                    | dict(zip(WAITS, spread, strict=True))
                )
            )
        return rows

    def _parties_of(self, connection: Connection, some: Sequence[Session]) -> PartiesOf:
        return PartiesOf(connection, [session.id for session in some], [self._span], self._zone)

    def _counts(self, of_days: PartiesOf, some: Sequence[Session]) -> dict[tuple[str, int], Counts]:
        """Return the counts of each session by day, also of a day on which it only opened."""
        start, end = self._span
        found = of_days.counts("session_id", "day")
        opened = {
            (session.id, day_of(session.opened_at, self._zone).toordinal()): Counts()
            for session in some
            if start <= session.opened_at < end
        }
        # In the order of the sessions, and of the days of each.
        order = {session.id: number for number, session in enumerate(some)}
        return dict(sorted((opened | found).items(), key=lambda one: (order[one[0][0]], one[0][1])))

    def _is_wanted(self, some: Sequence[Session]) -> ColumnElement[bool]:
        session_id, dated = TABLES[self.kind].c.session_id, DATED[self.kind]
        start, end = self._span
        # What is dated before the opening belongs to it: another process's clock was behind.
        opened = [session.id for session in some if session.opened_at >= start]
        others = [session.id for session in some if session.opened_at < start]
        is_wanted = and_(session_id.in_(opened), dated < end)
        if not others:
            return is_wanted
        return or_(is_wanted, and_(session_id.in_(others), dated >= start, dated < end))

    def _local(self, row: Row) -> Row:
        """Return a row with its times as those of the line's clock."""
        return {
            name: datetime.fromtimestamp(value / SECOND, self._zone)
            if name in TIMES and value is not None
            else value
            for name, value in row.items()
        }
