"""The tables are made once, by however many processes start, and are the ones that code expects."""

import subprocess
import sys

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from queueup.history import upgrade
from queueup.history.tables import metadata

# Says that it is ready, and starts on a word, so that all start at once.
UPGRADE = """
import sys
import alembic.command
from queueup.history import upgrade
print("ready", flush=True)
sys.stdin.readline()
upgrade(sys.argv[1])
"""


def test_migrations_make_the_tables_that_the_code_expects(database_url: str) -> None:
    upgrade(database_url)
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_processes_that_start_at_once_make_the_tables_once(database_url: str) -> None:
    starting = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", UPGRADE, database_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for process in starting:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    for process in starting:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[1] for process in starting] == [b""] * 3
    assert {process.returncode for process in starting} == {0}
    upgrade(database_url)
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).all() == [
            ("0001",)
        ]
    engine.dispose()
