"""What a load balancer is told: the process lives, and whether all that it needs answers."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import tzdata
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Worker
from rq.utils import utcformat

from queueup import create_app
from queueup.config import read_settings
from queueup.monitoring.health import HEARTBEAT_LIMIT
from queueup.services import EXTENSION, Services
from queueup.storage import server_check
from queueup.storage.job_queues import LATER, URGENT
from tests.support.redis_server import OwnRedis
from tests.support.running_service import Service, eventually

HANGS_S = 60


@pytest.fixture
def service(tmp_path: Path) -> Service:
    """A whole program that is not started yet."""
    return Service(tmp_path / "data")


def ready(service: Service) -> tuple[int, dict[str, Any]]:
    """Return what /readyz says."""
    answer = requests.get(f"{service.url}/readyz", timeout=HANGS_S)
    return answer.status_code, answer.json()


def test_a_whole_program_is_ready_and_a_lost_redis_is_said(service: Service) -> None:
    with service:
        checks = {"ready": True, "redis": True, "history": True, "worker": True}
        all_well = checks | {"warnings": [], "timeZones": tzdata.IANA_VERSION}
        eventually(lambda: ready(service) == (200, all_well))
        assert any(f"time zone database: {tzdata.IANA_VERSION}" in one for one in service.lines)
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


def test_an_operators_redis_is_described_in_words(own_redis: OwnRedis, tmp_path: Path) -> None:
    admin = Redis.from_url(own_redis.url)
    admin.config_set("maxmemory-policy", "allkeys-lru")
    admin.execute_command("ACL SETUSER service reset on >opened ~* &* +@all -info")
    url = f"unix://service:opened@{own_redis.url.removeprefix('unix://')}"
    with Service(tmp_path / "data", REDIS_URL=url) as service:
        eventually(lambda: ready(service)[0] == 200)
        told = ready(service)[1]["warnings"]
        assert told[0] == "The Redis user lacks the right to: INFO."
        for sentence in told:
            assert any(sentence in line and "WARNING" in line for line in service.lines), sentence
        admin.execute_command("ACL SETUSER service +info")
        eventually(lambda: "allkeys-lru" in " ".join(ready(service)[1]["warnings"]))
        # Everything that was asked of Redis is among the rights that are checked.
        used = {name.removeprefix("cmdstat_").upper() for name in admin.info("commandstats")}
        # An administrator's commands, and what connections do without.
        others = {"ACL", "CONFIG", "HELLO", "AUTH", "SELECT", "CLIENT|SETINFO"}
        asked = {name for name in used if not {name, name.partition("|")[0]} & others}
        assert asked <= server_check.COMMANDS
    admin.close()


def test_a_contact_that_cannot_be_signed_with_ends_the_start(tmp_path: Path) -> None:
    service = Service(tmp_path / "data", VAPID_SUBJECT="https://example.org/contact")
    service.launch()
    service.wait_for_line("VAPID_SUBJECT=https://example.org/contact: use mailto:")
    assert service.process is not None
    assert service.process.wait(HANGS_S) != 0
