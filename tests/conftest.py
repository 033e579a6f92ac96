"""What the tests share: a real Redis, an app on it, and a clock that tests can turn."""

import contextlib
import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from redis import Redis
from websockets.sync.client import connect

from queueup import create_app, static_files
from queueup.config import Settings, embedded_redis_url, read_settings
from queueup.server import embedded_redis
from queueup.services import EXTENSION, Services
from queueup.waitlist import Waitlist
from tests.support.compiled_routes import compile_routes_once
from tests.support.compiled_templates import compile_templates_once
from tests.support.legacy_clients import HANGS_S, Open, Screen, Start, Web
from tests.support.redis_server import OwnRedis
from tests.support.running_service import ROOT, Service

# The same inputs on every machine, unless HYPOTHESIS_PROFILE=more asks for many new ones.
hypothesis_settings.register_profile("fixed", derandomize=True, deadline=None)
hypothesis_settings.register_profile("more", max_examples=1_000, deadline=None)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))

# Each process of a test run has a Redis, ports and folders of its own.
PROCESSES_A_CORE = 3
# What takes longest comes first, so that no process is left with it while the others are done.
FIRST = ("tests/browser", "tests/cli", "tests/server", "tests/chaos", "tests/web/legacy_sockets")


def pytest_configure(config: pytest.Config) -> None:
    """Do once what each app would do: compile, and compress what browsers are sent."""
    compile_routes_once()
    compile_templates_once()
    if not hasattr(config, "workerinput"):
        static_files.compress(ROOT / "static")


def pytest_collection_finish() -> None:
    """Spare the garbage collector a look at all the tests, each time: they stay until the end."""
    gc.collect()
    gc.freeze()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Tell for `-n auto` in how many processes tests run; there is only one given Redis."""
    if os.environ.get("TEST_REDIS_URL"):
        return 0
    return PROCESSES_A_CORE * len(os.sched_getaffinity(0))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slow folders first, and leave the order within a folder as it is."""
    items.sort(key=lambda item: [not item.nodeid.startswith(f"{folder}/") for folder in FIRST])


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis: the one in TEST_REDIS_URL, whose database is emptied, or an embedded one."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        Redis.from_url(given).flushdb()
        yield given
        return
    folder = tmp_path_factory.mktemp("redis")
    url = embedded_redis_url(folder)
    with open(folder / "redis.log", "wb") as log:
        process = embedded_redis.start(folder, log)
        embedded_redis.wait_until_ready(process, url)
        yield url
        embedded_redis.stop(process)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[OwnRedis]:
    """A Redis of this test alone."""
    server = OwnRedis(tmp_path)
    yield server
    server.stop()


@pytest.fixture
def env(redis_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment that settings are read from; tests add to it before they ask for more."""
    return {
        "REDIS_URL": redis_url,
        "QUEUEUP_DATA": str(tmp_path / "data"),
        # All tests come from one address, in a rush that no restaurant knows.
        "RATE_LIMITS": "0",
    }


@pytest.fixture
def settings(env: dict[str, str]) -> Settings:
    """Settings as the environment gives them."""
    return read_settings(env)


@pytest.fixture
def app(settings: Settings) -> Flask:
    """The app, as one web process has it; commits are not heard, so nothing is trusted unasked."""
    return create_app(settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a screen."""
    return app.test_client()


@pytest.fixture
def parts(app: Flask) -> Services:
    """The parts of the app."""
    found: Services = app.extensions[EXTENSION]
    return found


@pytest.fixture
def waitlist(parts: Services) -> Waitlist:
    """The use cases."""
    return parts.waitlist


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The whole program, running as an operator starts it, for one module: a start is expensive."""
    with Service(tmp_path_factory.mktemp("program") / "data") as service:
        yield service


@pytest.fixture
def service(running: Service) -> Service:
    """The same, for tests that may stop or kill it: started again when an earlier one has."""
    if running.has_ended():
        running.start()
    return running


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


@pytest.fixture
def open_screen() -> Iterator[Open]:
    """Open sockets; all are closed after the test."""
    with contextlib.ExitStack() as stack:

        def open_one(address: str, **options: Any) -> Screen:
            # A proxy of the machine must not stand between.
            return Screen(stack.enter_context(connect(address, proxy=None, **options)))

        yield open_one
