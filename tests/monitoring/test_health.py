"""What a load balancer is told: the process lives, and whether all that it needs answers."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from rq import Worker
from rq.utils import utcformat

from queueup import create_app
from queueup.config import read_settings
from queueup.monitoring.health import HEARTBEAT_LIMIT
from queueup.services import EXTENSION, Services
from queueup.storage.job_queues import LATER, URGENT
from tests.support.running_service import Service, eventually

HANGS_S = 60


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """A whole program that is not started yet."""
    return Service(tmp_path / "data")


def ready(service: Service) -> tuple[int, dict[str, bool]]:
    """Return what /readyz says."""
    answer = requests.get(f"{service.url}/readyz", timeout=HANGS_S)
    return answer.status_code, answer.json()


def test_a_whole_program_is_ready_and_a_lost_redis_is_said(service: Service) -> None:
    with service:
        all_well = {"ready": True, "redis": True, "history": True, "worker": True}
        eventually(lambda: ready(service) == (200, all_well))
        # Stopped and not killed: it holds its connections and says nothing.
        service.pause("redis")
        eventually(lambda: (found := ready(service))[0] == 503 and not found[1]["redis"])
        assert requests.get(f"{service.url}/healthz", timeout=HANGS_S).json() == {"ok": True}
        service.resume("redis")
        eventually(lambda: ready(service) == (200, all_well))


def test_a_missing_history_is_said(env: dict[str, str], tmp_path: Path) -> None:
    away = f"sqlite:///{tmp_path / 'not-mounted'}/history.db"
    app = create_app(read_settings(env | {"DATABASE_URL": away}))
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    assert (answer.json["redis"], answer.json["history"]) == (True, False)
    app.extensions[EXTENSION].redis.close()


def test_a_worker_that_has_not_been_seen_for_a_while_is_missing(app: Flask) -> None:
    found: Services = app.extensions[EXTENSION]
    workers = [
        Worker([line], connection=found.redis, serializer="json") for line in (URGENT, LATER)
    ]
    for worker in workers:
        worker.register_birth()
    assert app.test_client().get("/readyz").json["worker"] is True

    # Killed without a word: its registration stays for some minutes.
    last_seen = datetime.now(UTC) - 2 * HEARTBEAT_LIMIT
    found.redis.hset(workers[1].key, "last_heartbeat", utcformat(last_seen))
    eventually(lambda: app.test_client().get("/readyz").json["worker"] is False)
    for worker in workers:
        worker.register_death()


def test_a_missing_worker_is_said(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert (answer.json["redis"], answer.json["worker"]) == (True, False)
