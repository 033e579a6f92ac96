"""Add what a full evening has: walk-ins, quotes, answers, undo, and a queue's own settings."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns; earlier parties were guests, and their quotes never changed."""
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    op.execute("UPDATE parties SET origin = 'guest', first_quoted_minutes = quoted_minutes")


def downgrade() -> None:
    """Drop the columns."""
    for table, columns in _columns().items():
        for column in columns:
            op.drop_column(table, column.name)


def _columns() -> dict[str, list[sa.Column[object]]]:
    """Make the columns of each table; those that count begin at zero."""
    return {
        "queues": [
            sa.Column("time_zone", sa.Text),
            sa.Column("privacy_days", sa.Integer),
            sa.Column("keeps_code", sa.Boolean, nullable=False, server_default=sa.false()),
        ],
        "parties": [
            sa.Column("origin", sa.Text),
            sa.Column("seating", sa.Text),
            sa.Column("first_quoted_minutes", sa.Numeric(10, 2)),
            sa.Column("extended_count", sa.Integer, nullable=False, server_default="0"),
            sa.Column("extended_minutes", sa.Numeric(10, 2), nullable=False, server_default="0"),
            sa.Column("let_pass_count", sa.Integer, nullable=False, server_default="0"),
            sa.Column("moved_count", sa.Integer, nullable=False, server_default="0"),
            sa.Column("restored_count", sa.Integer, nullable=False, server_default="0"),
            sa.Column("judged", sa.Text),
            sa.Column("shown_low_minutes", sa.Numeric(10, 2)),
            sa.Column("shown_high_minutes", sa.Numeric(10, 2)),
            sa.Column("reason", sa.Text),
            sa.Column("table_name", sa.Text),
        ],
    }
