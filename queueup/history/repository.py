"""The history's front door: write once, erase in time, and keep the tables up to date."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from . import erasure, event_writer
from .database import Database
from .event_writer import EventRow
from .migrating import apply_migrations


class History:
    """The past in one database. Every method raises HistoryAway when the database does not answer.

    Nothing is sent before the first call, and the first call brings the tables up to date.
    """

    def __init__(self, url: str) -> None:
        self._database = Database(url)
        self._is_up_to_date = False

    def upgrade(self) -> None:
        """Bring the tables up to date; several processes may do so at once."""
        with self._database.begin() as connection:
            apply_migrations(connection)
        self._is_up_to_date = True

    def record(self, code: str, session_id: str, events: Sequence[EventRow]) -> list[int]:
        """Write events of one queue; those that are there already change nothing.

        Return the numbers that other events had, which have gone.
        """
        self._make_ready()
        with self._database.begin() as connection:
            return event_writer.write_events(connection, code, session_id, events)

    def record_tracks(self, tracks: Sequence[dict[str, Any]]) -> None:
        """Write what screens reported; what is there already changes nothing."""
        self._make_ready()
        with self._database.begin() as connection:
            event_writer.write_tracks(connection, tracks)

    def with_names(self, now: int, keep_days: int) -> list[tuple[str, str]]:
        """Return session id and code of the queues whose guests have been known for long enough.

        That is `keep_days` after the end, or as many as the host wanted if that is sooner.
        """
        self._make_ready()
        with self._database.begin() as connection:
            return erasure.with_names(connection, now, keep_days)

    def erase_names(self, session_id: str, now: int) -> None:
        """Erase names and all other personal text of one queue's guests."""
        self._make_ready()
        with self._database.begin() as connection:
            erasure.erase_names(connection, session_id, now)

    def erase_tracks(self, before: int) -> int:
        """Erase what screens reported beside the kind of report, and count the erased."""
        self._make_ready()
        with self._database.begin() as connection:
            return erasure.erase_tracks(connection, before)

    def forget_freed_pages(self) -> None:
        """Make sure that the database file no longer holds what was erased."""
        self._database.forget_freed_pages()

    def ping(self) -> None:
        """Ask whether the database answers."""
        with self._database.begin() as connection:
            connection.execute(select(1))

    def close(self) -> None:
        """Close all connections."""
        self._database.close()

    def _make_ready(self) -> None:
        if not self._is_up_to_date:
            self.upgrade()


def upgrade(url: str) -> None:
    """Bring the tables of this database up to date. Raises HistoryAway."""
    history = History(url)
    try:
        history.upgrade()
    finally:
        history.close()
