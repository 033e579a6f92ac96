"""What the tests of the history share: both databases, a clock, and evenings to record."""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from sqlalchemy import create_engine, text

from queueup.history import History
from queueup.history.recorder import Recorder
from queueup.storage.event_stream import PendingEvents
from queueup.waitlist import Waitlist
from tests.history.evenings import Clock
from tests.history.postgresql import Server
from tests.history.reaching import reached_in
from tests.history.reading import Rows, read_tables
from tests.support.waitlists import make_waitlist


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server | None]:
    """A PostgreSQL server, or None when TEST_DATABASE_URL names one."""
    if os.environ.get("TEST_DATABASE_URL"):
        yield None
        return
    server = Server()
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'history.db'}"
        return
    server = request.getfixturevalue("postgresql")
    given = os.environ.get("TEST_DATABASE_URL", "").replace("postgres://", "postgresql://")
    url = server.url if server else given.replace("postgresql://", "postgresql+psycopg://")
    schema = f"test_{uuid.uuid4().hex}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    engine.dispose()
    joint = "&" if "?" in url else "?"
    yield f"{url}{joint}options=-csearch_path%3D{schema}%20-ctimezone%3DUTC"
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    """An empty Redis."""
    client = Redis.from_url(redis_url)
    client.flushdb()
    yield client
    client.close()


@pytest.fixture
def clock() -> Clock:
    """The time, which starts when the restaurant opens."""
    return Clock()


@pytest.fixture
def waitlist(redis: Redis, clock: Clock) -> Waitlist:
    """The use cases, by the tests' clock."""
    return make_waitlist(redis, clock)


@pytest.fixture
def history(database_url: str) -> Iterator[History]:
    """The history."""
    made = History(database_url)
    yield made
    made.close()


RecorderMaker = Callable[[int], Recorder]


@pytest.fixture
def make_recorder(
    redis: Redis, history: History, waitlist: Waitlist, clock: Clock
) -> RecorderMaker:
    """Make a recorder that keeps names for so many days."""
    pending, reached = PendingEvents(redis), reached_in(redis)
    return lambda days: Recorder(pending, history, waitlist, days, clock, reached)


@pytest.fixture
def recorder(make_recorder: RecorderMaker) -> Recorder:
    """The recorder, as it is without configuration."""
    return make_recorder(30)


Ask = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def ask(database_url: str, history: History) -> Iterator[Ask]:
    """Ask the database as an analyst does: with SQL, past all code of ours."""
    history.upgrade()
    engine = create_engine(database_url)

    def rows(query: str) -> list[dict[str, Any]]:
        with engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(query)).mappings()]

    yield rows
    engine.dispose()


@pytest.fixture
def rows(database_url: str, history: History) -> Rows:
    """Read a whole table in the order of its key, times as ms since the epoch."""
    history.upgrade()
    return lambda table: read_tables(database_url)[table.name]
