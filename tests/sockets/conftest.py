"""Web processes on one Redis, and old screens that are closed after each test."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from old_screens import HANGS_S, Evening, Screen, Web
from websockets.sync.client import connect

Start = Callable[..., Web]
Open = Callable[..., Screen]


@pytest.fixture(scope="session")
def start_web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Start web processes that share one data folder; all end with the tests."""
    folder = tmp_path_factory.mktemp("data")
    started: list[Web] = []

    def start(redis_url: str, **settings: str) -> Web:
        web = Web(folder, redis_url, **settings)
        started.append(web)
        return web

    yield start
    for web in started:
        web.process.terminate()
    for web in started:
        web.process.wait(HANGS_S)


@pytest.fixture(scope="session")
def web(start_web: Start, redis_url: str) -> Web:
    """One web process."""
    return start_web(redis_url)


@pytest.fixture(scope="session")
def impatient(start_web: Start, redis_url: str) -> Web:
    """A web process that sends a ping every two seconds."""
    return start_web(redis_url, LEGACY_SOCKETS_PING_S="2")


@pytest.fixture
def evening(web: Web) -> Evening:
    """A new queue."""
    return Evening(web)


@pytest.fixture
def open_screen() -> Iterator[Open]:
    """Open sockets; all are closed after the test."""
    with contextlib.ExitStack() as stack:

        def open_one(address: str, **options: Any) -> Screen:
            # A proxy of the machine must not stand between.
            return Screen(stack.enter_context(connect(address, proxy=None, **options)))

        yield open_one


@pytest.fixture
def host(evening: Evening, open_screen: Open) -> Screen:
    """The host's old screen, greeted."""
    screen = open_screen(evening.address(hostToken=evening.token))
    screen.receive()
    return screen
