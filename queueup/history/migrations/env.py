"""Runs migrations on the connection that queueup.history hands over; Alembic loads this file."""

from alembic import context

from queueup.history.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
