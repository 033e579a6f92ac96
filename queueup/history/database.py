"""The connection to SQL: durable SQLite or PostgreSQL, and one exception for its failures."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from queueup.circuit_breaker import CircuitBreaker

CONNECT_S = 3
WAIT_S = 5
# After a slow failure the database is left alone for a while: other jobs wait behind this one.
PATIENCE_S = 1.0
PAUSE_S = 30.0
# The codes of a damaged SQLite file; the low byte is the kind (sqlite.org/rescode.html).
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
KIND = 0xFF
# PostgreSQL's undefined_table and undefined_column.
NOT_MIGRATED = ("42P01", "42703")
# The options of a connection that only reads: PostgreSQL's is SQLAlchemy's own.
READING = {"is_reading": True, "postgresql_readonly": True}

PRAGMAS = (
    f"PRAGMA busy_timeout={WAIT_S * 1000}",
    "PRAGMA journal_mode=WAL",
    # FULL: Redis drops an event once SQL has it, so that commit must survive a power failure.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    # An erased name must not stay readable in the free pages of the file.
    "PRAGMA secure_delete=ON",
)


class HistoryUnavailable(Exception):
    """The database is unavailable, or its file is damaged: try again later."""


class Database:
    """One SQLite file or PostgreSQL database."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        # A pool would share connections, and locks, with the threads of web processes.
        self._apart = _engine(url, poolclass=NullPool) if self.is_sqlite else self._engine
        self._breaker = CircuitBreaker(PAUSE_S)

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the database is a SQLite file."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def begin(self, *, is_reading: bool = False, is_apart: bool = False) -> Iterator[Connection]:
        """Open a transaction that commits at the end. Raises HistoryUnavailable.

        One that only reads does not wait for writers, and no writer waits for it. If it is
        apart, it may be in a thread of its own.
        """
        started = time.monotonic()
        if self._breaker.remaining_s:
            raise HistoryUnavailable("the database did not answer a moment ago")
        try:
            with (self._apart if is_apart else self._engine).connect() as connection:
                if is_reading:
                    connection.execution_options(**READING)
                with connection.begin():
                    yield connection
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            if time.monotonic() - started > PATIENCE_S:
                self._breaker.trip()
            # The driver's message names host and reason; SQLAlchemy's would repeat the values.
            raise HistoryUnavailable(str(getattr(error, "orig", None) or error)) from None
        except DatabaseError as error:
            if getattr(error.orig, "sqlstate", None) in NOT_MIGRATED:
                raise HistoryUnavailable("no worker has brought its tables up to date") from None
            if not _is_damage(error):
                raise
            raise HistoryUnavailable(f"its file is damaged: {error.orig}") from None

    def purge_freed_pages(self) -> None:
        """Empty SQLite's write-ahead log, which may still hold what was erased.

        PostgreSQL's autovacuum does the same. Raises HistoryUnavailable.
        """
        if self.is_sqlite:
            try:
                with self._engine.connect() as connection:
                    connection.exec_driver_sql("COMMIT")
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                    connection.exec_driver_sql("BEGIN")
            except OperationalError as error:
                raise HistoryUnavailable(str(error.orig)) from None

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()
        self._apart.dispose()


def _is_damage(error: DatabaseError) -> bool:
    return getattr(error.orig, "sqlite_errorcode", 0) & KIND in DAMAGED


def _engine(url: str, **options: Any) -> Engine:
    if url.startswith("sqlite"):
        engine = create_engine(url, hide_parameters=True, **options)
        event.listen(engine, "do_connect", _make_private)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=2,
        pool_timeout=WAIT_S,
        connect_args={
            "connect_timeout": CONNECT_S,
            "tcp_user_timeout": WAIT_S * 1000,
            "application_name": "queueup",
            # Behind a pooling proxy, prepared statements would be missing on the next connection.
            "prepare_threshold": None,
        },
    )


def _make_private(_dialect: object, _record: object, arguments: Any, _options: object) -> None:
    """Let only its owner read the file, wherever it is; SQLite gives its log the same mode."""
    path = str(arguments[0])
    # If this fails, connecting does, too, and says why; or it is somebody else's file.
    with suppress(OSError):
        # A file that is there is never opened here: closing it would take away all locks that
        # SQLite has on it in this process (sqlite.org/howtocorrupt.html, 2.2), and another process
        # that disconnects would take itself for the last, and delete the log.
        if not os.path.exists(path):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        for name in (path, f"{path}-wal", f"{path}-shm"):
            if os.path.exists(name) and os.stat(name).st_uid == os.geteuid():
                os.chmod(name, 0o600)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Python's driver must not begin transactions on its own; see _begin_sqlite.
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(pragma).close()


def _begin_sqlite(connection: Connection) -> None:
    # SQLite cannot wait for the lock in a transaction that has read first, so take it at once.
    is_reading = connection.get_execution_options().get("is_reading")
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")
