"""An app whose pushes go to a push service on this machine, and an evening in it."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from queueup.services import Services
from tests.support import push_service
from tests.support.push_service import PushService
from tests.support.scenario import Evening


@pytest.fixture
def service() -> Iterator[PushService]:
    """A push service."""
    with push_service.running() as service:
        yield service


@pytest.fixture
def env(env: dict[str, str], service: PushService) -> dict[str, str]:
    """Settings that let it be used."""
    return env | {"PUSH_EXTRA_ORIGINS": service.origin}


@pytest.fixture
def redis(app: Flask, parts: Services) -> Iterator[Redis]:
    """An empty Redis, inside the app that a worker would have pushed."""
    parts.redis.flushdb()
    with app.app_context():
        yield parts.redis


@pytest.fixture
def evening(redis: Redis, client: FlaskClient) -> Evening:
    """An evening with its host at the stand."""
    return Evening(client)
