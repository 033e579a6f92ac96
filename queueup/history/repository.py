"""The history's repository: writes every event once, erases in time, migrates the tables."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select, text

from . import erasure, event_writer, reached
from .database import Database
from .days import Period
from .event_writer import EventRow
from .exports import Export, Kind
from .report import Report, read_report

# Any number that no other program uses for an advisory lock in the same database.
MIGRATION_LOCK = 7_164_773_201


class History:
    """The history of all queues in one database.

    Nothing is sent before the first call, and the first call that writes brings the tables up to
    date. Every method raises HistoryUnavailable when the database is unavailable.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self._is_up_to_date = False

    @property
    def is_sqlite(self) -> bool:
        """Tell whether questions keep the whole process waiting, and not only who asks."""
        return self._database.is_sqlite

    def upgrade(self) -> None:
        """Bring the tables up to date; several processes may do so at once."""
        with self._database.begin() as connection:
            _apply_migrations(connection)
        self._is_up_to_date = True

    def record(self, code: str, session_id: str, events: Sequence[EventRow]) -> list[int]:
        """Write events of one queue; those that are stored already change nothing.

        Return the numbers of stored events that these have replaced.
        """
        self._make_ready()
        with self._database.begin() as connection:
            return event_writer.write_events(connection, code, session_id, events)

    def called(self, session_id: str, party_ids: Collection[str]) -> dict[str, int]:
        """Return when these parties were called first (ms), if more may become known of it."""
        with self._database.begin(is_reading=True) as connection:
            return reached.called(connection, session_id, party_ids)

    def note_reached(self, session_id: str, channels: Mapping[str, str]) -> None:
        """Note how called parties were reached (`push`, `page` or `none`), if that is more."""
        with self._database.begin() as connection:
            reached.note_reached(connection, session_id, channels)

    def record_tracks(self, tracks: Sequence[dict[str, Any]]) -> None:
        """Write what screens reported; reports that are stored already change nothing."""
        self._make_ready()
        with self._database.begin() as connection:
            event_writer.write_tracks(connection, tracks)

    def due_for_erasure(self, now: int, keep_days: int) -> list[tuple[str, str]]:
        """Return session id and code of the queues whose guests' names are due to be erased.

        That is `keep_days` after the end, or earlier if the host chose fewer days.
        """
        self._make_ready()
        with self._database.begin() as connection:
            return erasure.due_for_erasure(connection, now, keep_days)

    def open_sessions(self, now: int, keep_days: int) -> list[tuple[str, str, int, list[str]]]:
        """Return id, code, due time (ms) and due parties of open sessions with anything due."""
        self._make_ready()
        with self._database.begin() as connection:
            return erasure.open_sessions(connection, now, keep_days)

    def erase_parties(
        self, session_id: str, party_ids: Collection[str], before: int, now: int
    ) -> bool:
        """Erase these parties, and devices named until a time (ms); return whether any was."""
        self._make_ready()
        with self._database.begin() as connection:
            has_erased = erasure.erase_parties(connection, session_id, party_ids, now)
            return erasure.erase_devices(connection, session_id, before) or has_erased

    def erase_names(self, session_id: str, now: int) -> None:
        """Erase names and all other personal text of one queue's guests."""
        self._make_ready()
        with self._database.begin() as connection:
            erasure.erase_names(connection, session_id, now)

    def erase_tracks(self, before: int) -> int:
        """Erase all of what screens reported but its kind, and return how many reports."""
        self._make_ready()
        with self._database.begin() as connection:
            return erasure.erase_tracks(connection, before)

    def delete_tracks(self, before: int) -> int:
        """Delete what screens reported until this time (ms), and return how many reports."""
        self._make_ready()
        with self._database.begin() as connection:
            return erasure.delete_tracks(connection, before)

    def delete_unused(self, before: int) -> int:
        """Delete queues that nobody joined until this time (ms), and return how many."""
        self._make_ready()
        deleted = 0
        while True:
            with self._database.begin() as connection:
                found = erasure.delete_unused(connection, before)
            deleted += found
            if found < erasure.BATCH:
                return deleted

    def report(self, code: str, period: Period, last: date, zone: ZoneInfo) -> Report:
        """Return the report of the period of a line that ends with this day."""
        with self._database.begin(is_reading=True, is_apart=True) as connection:
            return read_report(connection, code, period, last, zone)

    def export(self, kind: Kind, code: str, days: tuple[date, date], zone: ZoneInfo) -> Export:
        """Return the rows of a line from one day to another, to be read in batches."""
        return Export(self._database, kind, code, days, zone)

    def purge_freed_pages(self) -> None:
        """Make sure that the database file no longer holds what was erased."""
        self._database.purge_freed_pages()

    def ping(self) -> None:
        """Check that the database answers."""
        with self._database.begin() as connection:
            connection.execute(select(1))

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def _make_ready(self) -> None:
        if not self._is_up_to_date:
            self.upgrade()


def _apply_migrations(connection: Connection) -> None:
    """Apply missing migrations within this transaction, one process at a time.

    Other processes wait for the lock and then find nothing missing. SQLite needs no lock: a
    transaction locks the whole file.
    """
    # Only workers migrate, and only once: web processes need not load Alembic (0.25 s).
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
    config = Config()
    config.set_main_option("script_location", "queueup.history:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
