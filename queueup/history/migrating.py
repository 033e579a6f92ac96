"""Brings the tables up to date with Alembic, one process at a time."""

from sqlalchemy import Connection, text

# Any number that no other program uses for an advisory lock in the same database.
LOCK = 7_164_773_201


def apply_migrations(connection: Connection) -> None:
    """Apply within this transaction what is missing.

    The next process waits for the lock, finds nothing missing, and goes on. SQLite needs no lock:
    a transaction has the file to itself.
    """
    # Only workers migrate, and only once: web processes do without the quarter second of Alembic.
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    config = Config()
    config.set_main_option("script_location", "queueup.history:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
