"""Find the parties of a business day, also in a line that stays open for several."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Replace the index that only knew sessions."""
    op.create_index("parties_by_day", "parties", ["session_id", "joined_at"])
    op.drop_index("parties_by_session", "parties")


def downgrade() -> None:
    """Put the earlier index back."""
    op.create_index("parties_by_session", "parties", ["session_id"])
    op.drop_index("parties_by_day", "parties")
