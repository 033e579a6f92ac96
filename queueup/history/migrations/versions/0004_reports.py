"""Find the days of one line by its code, for its reports."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the index."""
    op.create_index("queues_by_code", "queues", ["code", "opened_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_index("queues_by_code", "queues")
