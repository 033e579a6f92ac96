"""Start the history: queues, parties, events and tracks."""

import sqlalchemy as sa
from alembic import op

from queueup.history.tables import Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "queues",
        sa.Column("session_id", sa.Text, primary_key=True),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("location", sa.Text),
        sa.Column("capacity", sa.Integer),
        sa.Column("hold_seconds", sa.Integer),
        sa.Column("on_expiry", sa.Text),
        sa.Column("opened_at", Moment),
        sa.Column("closed_at", Moment),
        sa.Column("close_reason", sa.Text),
        sa.Column("last_event_at", Moment),
        sa.Column("names_erased_at", Moment),
    )
    op.create_index("queues_by_opening", "queues", ["opened_at"])
    op.create_table(
        "parties",
        sa.Column("party_id", sa.Text, primary_key=True),
        sa.Column("session_id", sa.Text, sa.ForeignKey("queues.session_id"), nullable=False),
        sa.Column("ticket", sa.Integer),
        sa.Column("name", sa.Text),
        sa.Column("size", sa.Integer),
        sa.Column("quoted_minutes", sa.Numeric(10, 2)),
        sa.Column("joined_at", Moment),
        sa.Column("nearby_at", Moment),
        sa.Column("first_called_at", Moment),
        sa.Column("last_called_at", Moment),
        sa.Column("call_count", sa.Integer, nullable=False),
        sa.Column("ran_out_count", sa.Integer, nullable=False),
        sa.Column("answered_at", Moment),
        sa.Column("ended_at", Moment),
        sa.Column("outcome", sa.Text),
        sa.Column("waited_minutes", sa.Numeric(10, 2)),
    )
    op.create_index("parties_by_session", "parties", ["session_id"])
    op.create_index("parties_by_joining", "parties", ["joined_at"])
    op.create_table(
        "events",
        sa.Column("session_id", sa.Text, sa.ForeignKey("queues.session_id"), primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("party_id", sa.Text),
        sa.Column("details", sa.JSON, nullable=False),
    )
    op.create_index("events_by_party", "events", ["party_id"])
    op.create_table(
        "tracks",
        sa.Column("track_id", sa.Text, primary_key=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("kind", sa.Text),
        sa.Column("code", sa.Text),
        sa.Column("party_id", sa.Text),
        sa.Column("meta", sa.JSON),
    )
    op.create_index("tracks_by_time", "tracks", ["at"])


def downgrade() -> None:
    """Drop everything that was recorded."""
    for table in ("tracks", "events", "parties", "queues"):
        op.drop_table(table)
