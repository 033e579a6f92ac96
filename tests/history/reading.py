"""What the history says, read past the program's own questions."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Table, create_engine

from queueup.history.tables import metadata

TableRows = list[dict[str, Any]]
Rows = Callable[[Table], TableRows]


def read_tables(database_url: str) -> dict[str, TableRows]:
    """Return every row of every table in the order of its key, times as ms since the epoch."""
    engine = create_engine(database_url)
    with engine.connect() as connection:
        found = {
            table.name: [
                dict(row)
                for row in connection.execute(
                    table.select().order_by(*table.primary_key)
                ).mappings()
            ]
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return found
