"""Note which parties are erased, and until when a queue's own events are."""

import sqlalchemy as sa
from alembic import op

from queueup.history.tables import Moment

revision = "0003"
down_revision = "0002"

NOT_ERASED = sa.text("erased_at IS NULL")
OF_NO_PARTY = sa.text("party_id IS NULL")


def upgrade() -> None:
    """Add the columns, and the indexes by which what is due is found."""
    op.add_column("parties", sa.Column("erased_at", Moment))
    op.add_column("queues", sa.Column("erased_until", Moment))
    op.execute(
        "UPDATE parties SET erased_at = (SELECT names_erased_at FROM queues"
        " WHERE queues.session_id = parties.session_id)"
    )
    op.create_index(
        "parties_not_erased",
        "parties",
        ["session_id", "ended_at"],
        sqlite_where=NOT_ERASED,
        postgresql_where=NOT_ERASED,
    )
    op.create_index(
        "events_of_no_party",
        "events",
        ["session_id", "at"],
        sqlite_where=OF_NO_PARTY,
        postgresql_where=OF_NO_PARTY,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("events_of_no_party", "events")
    op.drop_index("parties_not_erased", "parties")
    op.drop_column("queues", "erased_until")
    op.drop_column("parties", "erased_at")
