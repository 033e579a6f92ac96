"""The people in the tests of pages: a host's tablet, and guests' phones."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.pages.filling_in import open_line


@pytest.fixture
def host(app: Flask) -> FlaskClient:
    """The host's tablet."""
    return app.test_client()


@pytest.fixture
def phone(app: Flask) -> Callable[[], FlaskClient]:
    """Make another guest's phone."""
    return app.test_client


@pytest.fixture
def code(host: FlaskClient) -> str:
    """A line that the host has opened."""
    return open_line(host)
