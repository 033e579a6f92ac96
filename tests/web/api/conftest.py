"""A restaurant with an open queue, reached by the API alone."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from queueup import create_app
from queueup.config import Settings
from tests.web.api.restaurant import Restaurant


@lru_cache
def app_of(settings: Settings) -> Flask:
    """Make one app for all tests of the same settings: it takes longer than most of them."""
    return create_app(settings)


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder that the tests of one module share, and with it their app."""
    yield tmp_path_factory.mktemp("data")
    app_of.cache_clear()


@pytest.fixture
def env(redis_url: str, data_folder: Path) -> dict[str, str]:
    """The environment that settings are read from; modules add to it."""
    return {"REDIS_URL": redis_url, "QUEUEUP_DATA": str(data_folder), "RATE_LIMITS": "0"}


@pytest.fixture
def app(settings: Settings) -> Flask:
    """The app of these settings; what a test changes in it, it changes for its whole module."""
    return app_of(settings)


@pytest.fixture
def caller(app: Flask) -> FlaskClient:
    """A program that keeps no cookies."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def lucia(caller: FlaskClient) -> Restaurant:
    """A restaurant whose queue holds twenty people."""
    return Restaurant(caller)
