"""Note how called parties were reached."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column; of earlier parties nobody knows."""
    op.add_column("parties", sa.Column("reached", sa.Text))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("parties", "reached")
