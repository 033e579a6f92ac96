"""The tables are made once, by however many processes start, and are the ones that code expects."""

import subprocess
import sys

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text

from queueup.history import History
from queueup.history.tables import metadata, parties, queues
from tests.history.evenings import OPENED

# Says that it is ready, and starts on a word, so that all start at once.
UPGRADE = """
import sys
import alembic.command
from queueup.history import History
print("ready", flush=True)
sys.stdin.readline()
history = History(sys.argv[1])
history.upgrade()
history.close()
"""


def upgrade(url: str) -> None:
    """Bring the tables of this database up to date."""
    history = History(url)
    history.upgrade()
    history.close()


def test_migrations_make_the_tables_that_the_code_expects(database_url: str) -> None:
    upgrade(database_url)
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_earlier_evenings_keep_their_numbers(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", "queueup.history:migrations")
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO queues (session_id, code) VALUES ('s', 'ABC234')"))
        connection.execute(
            text(
                "INSERT INTO parties (party_id, session_id, quoted_minutes, call_count,"
                " ran_out_count) VALUES ('p', 's', 15, 2, 1)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO queues (session_id, code, names_erased_at)"
                " VALUES ('erased', 'ABC234', '2026-03-07 18:00:00.000000')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO parties (party_id, session_id, call_count, ran_out_count)"
                " VALUES ('q', 'erased', 0, 0)"
            )
        )
    upgrade(database_url)
    with engine.connect() as connection:
        [queue, _] = connection.execute(
            queues.select().order_by(queues.c.session_id.desc())
        ).mappings()
        [party, erased] = connection.execute(parties.select().order_by("party_id")).mappings()
    engine.dispose()
    assert (queue["keeps_code"], queue["privacy_days"]) == (False, None)
    assert (party["origin"], party["call_count"], party["restored_count"]) == ("guest", 2, 0)
    assert (party["first_quoted_minutes"], party["quoted_minutes"]) == (15, 15)
    assert (party["erased_at"], erased["erased_at"]) == (None, OPENED)


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
            ("0006",)
        ]
    engine.dispose()
