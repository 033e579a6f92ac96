"""The tables of the history; times are UTC timestamps in SQL, and ms since the epoch in Python."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    TypeDecorator,
    false,
    text,
)
from sqlalchemy.types import TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MS = timedelta(milliseconds=1)


class Moment(TypeDecorator[int]):
    """A time: timestamptz in PostgreSQL, text such as `2026-03-01 19:30:00.000000` in SQLite."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the type; only PostgreSQL has one that knows its offset."""
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Turn ms since the epoch into a timestamp."""
        if value is None:
            return None
        moment = EPOCH + value * MS
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Turn a timestamp into ms since the epoch."""
        if value is None:
            return None
        return ((value if value.tzinfo else value.replace(tzinfo=UTC)) - EPOCH) // MS


def _minutes() -> Numeric[float]:
    return Numeric(10, 2, asdecimal=False)


metadata = MetaData()

queues = Table(
    "queues",
    metadata,
    Column("session_id", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("name", Text),
    Column("location", Text),
    Column("capacity", Integer),
    Column("hold_seconds", Integer),
    Column("on_expiry", Text),
    Column("time_zone", Text),
    Column("privacy_days", Integer),
    Column("keeps_code", Boolean, nullable=False, server_default=false()),
    Column("opened_at", Moment),
    Column("closed_at", Moment),
    Column("close_reason", Text),
    Column("last_event_at", Moment),
    Column("names_erased_at", Moment),
    Column("erased_until", Moment),
    Index("queues_by_opening", "opened_at"),
    Index("queues_by_code", "code", "opened_at"),
)

parties = Table(
    "parties",
    metadata,
    Column("party_id", Text, primary_key=True),
    Column("session_id", ForeignKey("queues.session_id"), nullable=False),
    Column("ticket", Integer),
    Column("name", Text),
    Column("size", Integer),
    Column("origin", Text),
    Column("seating", Text),
    Column("first_quoted_minutes", _minutes()),
    Column("quoted_minutes", _minutes()),
    Column("joined_at", Moment),
    Column("nearby_at", Moment),
    Column("first_called_at", Moment),
    Column("last_called_at", Moment),
    Column("call_count", Integer, nullable=False),
    Column("ran_out_count", Integer, nullable=False),
    Column("extended_count", Integer, nullable=False, server_default="0"),
    Column("extended_minutes", _minutes(), nullable=False, server_default="0"),
    Column("let_pass_count", Integer, nullable=False, server_default="0"),
    Column("moved_count", Integer, nullable=False, server_default="0"),
    Column("restored_count", Integer, nullable=False, server_default="0"),
    Column("answered_at", Moment),
    Column("reached", Text),
    Column("judged", Text),
    Column("shown_low_minutes", _minutes()),
    Column("shown_high_minutes", _minutes()),
    Column("ended_at", Moment),
    Column("outcome", Text),
    Column("reason", Text),
    Column("table_name", Text),
    Column("waited_minutes", _minutes()),
    Column("erased_at", Moment),
    Index("parties_by_day", "session_id", "joined_at"),
    Index("parties_by_joining", "joined_at"),
    Index(
        "parties_not_erased",
        "session_id",
        "ended_at",
        sqlite_where=text("erased_at IS NULL"),
        postgresql_where=text("erased_at IS NULL"),
    ),
)

events = Table(
    "events",
    metadata,
    Column("session_id", ForeignKey("queues.session_id"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("party_id", Text),
    Column("details", JSON, nullable=False),
    Index("events_by_party", "party_id"),
    Index(
        "events_of_no_party",
        "session_id",
        "at",
        sqlite_where=text("party_id IS NULL"),
        postgresql_where=text("party_id IS NULL"),
    ),
)

tracks = Table(
    "tracks",
    metadata,
    Column("track_id", Text, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("type", Text, nullable=False),
    Column("kind", Text),
    Column("code", Text),
    Column("party_id", Text),
    Column("meta", JSON(none_as_null=True)),
    Index("tracks_by_time", "at"),
)
