"""A restaurant with an open queue, reached by the API alone."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from restaurant import Restaurant


@pytest.fixture
def caller(app: Flask) -> FlaskClient:
    """A program that keeps no cookies."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def lucia(caller: FlaskClient) -> Restaurant:
    """A restaurant whose queue holds twenty people."""
    return Restaurant(caller)
