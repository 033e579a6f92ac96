"""Web processes on one Redis, and a queue whose host is a legacy client."""

import pytest

from tests.support.legacy_clients import Evening, Open, Screen, Start, Web


@pytest.fixture(scope="session")
def web(start_web: Start, redis_url: str) -> Web:
    """One web process."""
    return start_web(redis_url)


@pytest.fixture(scope="session")
def impatient(start_web: Start, redis_url: str) -> Web:
    """A web process that sends a ping every four seconds."""
    return start_web(redis_url, LEGACY_SOCKETS_PING_S="4")


@pytest.fixture
def evening(web: Web) -> Evening:
    """A new queue."""
    return Evening(web)


@pytest.fixture
def host(evening: Evening, open_screen: Open) -> Screen:
    """The host's legacy client, connected."""
    screen = open_screen(evening.address(hostToken=evening.token))
    screen.receive()
    return screen
