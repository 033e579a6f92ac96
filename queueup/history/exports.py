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

from sqlalchemy import Connection, Table, func, select

from queueup.domain.model import SECOND

from .database import Database
from .days import bounds, day_of, offset_s
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
# By which the rows of a day are numbered.
NUMBERED = {Kind.PARTIES: parties.c.ticket, Kind.EVENTS: events.c.number}
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
        """Find the days. Raises HistoryUnavailable, as iterating over the rows does."""
        self.kind = kind
        self._database = database
        self._zone = zone
        with database.begin(is_reading=True) as connection:
            self._sessions = sessions(connection, code, *bounds(*days, zone))
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
        if self.kind is Kind.DAYS:
            return len(self._sessions)
        table, number = TABLES[self.kind], NUMBERED[self.kind]
        total = 0
        for start in range(0, len(self._sessions), COUNTED_BATCH):
            some = self._sessions[start : start + COUNTED_BATCH]
            counted = select(func.count()).where(self._is_of(table, some), number >= 0)
            total += connection.scalar(counted) or 0
            # A web process answers polls in between.
            time.sleep(0)
        return total

    def _rows(self, session: Session, last: int) -> list[Row]:
        table, number = TABLES[self.kind], NUMBERED[self.kind]
        wanted = select(table).where(self._is_of(table, [session]), number > last)
        with self._database.begin(is_reading=True) as connection:
            found = connection.execute(wanted.order_by(number).limit(BATCH)).mappings().all()
        day = day_of(session.opened_at, self._zone)
        return [self._local({"day": day, **row}) for row in found]

    def _days(self, some: Sequence[Session]) -> list[Row]:
        offsets = {session.id: offset_s(session.opened_at, self._zone) for session in some}
        with self._database.begin(is_reading=True) as connection:
            of_days = PartiesOf(connection, offsets)
            counts = dict.fromkeys(offsets, Counts())
            for session_id, _, _, more in of_days.counts():
                counts[session_id] += more
            waits = of_days.waits("session_id")
        rows = []
        for session in some:
            wait = waits.get(session.id)
            spread = (wait.median, wait.ninetieth) if wait else (None, None)
            of_day = (session.id, session.opened_at, session.closed_at, session.close_reason)
            rows.append(
                self._local(
                    {"day": day_of(session.opened_at, self._zone)}
                    | dict(zip(OF_DAY, of_day, strict=True))
                    | asdict(counts[session.id])
                    | dict(zip(WAITS, spread, strict=True))
                )
            )
        return rows

    @staticmethod
    def _is_of(table: Table, some: Sequence[Session]) -> Any:
        return table.c.session_id.in_([session.id for session in some])

    def _local(self, row: Row) -> Row:
        """Return a row with its times as those of the line's clock."""
        return {
            name: datetime.fromtimestamp(value / SECOND, self._zone)
            if name in TIMES and value is not None
            else value
            for name, value in row.items()
        }
