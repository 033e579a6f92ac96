"""Redis stops and comes back: requests are refused quickly and politely, and nothing is lost."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from queueup import create_app
from queueup.config import read_settings
from queueup.services import EXTENSION
from tests.support.redis_server import OwnRedis

ROOT = Path(__file__).parents[2]
SOON_S = 60  # Not a speed: only a request that hangs takes longer.


@pytest.fixture
def client(own_redis: OwnRedis, tmp_path: Path) -> Iterator[FlaskClient]:
    """A browser of an app on that Redis."""
    env = {"REDIS_URL": own_redis.url, "QUEUEUP_DATA": str(tmp_path / "data")}
    env["OPS_PASSWORD"] = "sesame"
    app = create_app(read_settings(env))
    yield app.test_client()
    app.extensions[EXTENSION].redis.close()


def test_requests_are_refused_while_redis_is_away_and_go_on_when_it_is_back(
    own_redis: OwnRedis, client: FlaskClient
) -> None:
    code = client.post("/api/queue/create", json={"eventName": "Lucia", "maxGuests": 9}).json[
        "code"
    ]
    queue = f"/api/queue/{code}"
    joined = client.post(f"{queue}/join", json={"name": "Ana"}).json
    tag = client.get(f"{queue}/snapshot").headers["ETag"]

    own_redis.stop()
    started = time.monotonic()
    answers = [
        client.get(f"{queue}/snapshot"),
        client.get(f"{queue}/snapshot", headers={"If-None-Match": tag}),
        client.get(f"{queue}/snapshot?partyId={joined['partyId']}"),
        client.post(f"{queue}/join", json={"name": "Ben"}),
        client.post(f"{queue}/advance"),
        client.post(f"{queue}/leave", json={"partyId": joined["partyId"]}),
        client.post("/api/queue/create", json={"eventName": "Other", "maxGuests": 9}),
    ]
    assert time.monotonic() - started < SOON_S
    for answer in answers:
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json["error"].endswith(".")

    # The limits go on counting, each process for itself.
    forwarded = {"X-Forwarded-For": "198.51.100.7"}
    guesses = [client.get("/metrics", headers=forwarded).status_code for _ in range(12)]
    assert guesses == [403] * 10 + [429] * 2

    own_redis.start()
    unchanged = client.get(f"{queue}/snapshot", headers={"If-None-Match": tag})
    assert unchanged.status_code == 304
    assert client.post(f"{queue}/advance").json["nowServing"]["id"] == joined["partyId"]
    assert client.post(f"{queue}/join", json={"name": "Ben"}).json["position"] == 2


def test_the_operator_is_told_too_and_keeps_the_figures_of_the_machine(
    own_redis: OwnRedis, client: FlaskClient
) -> None:
    assert "queueup_jobs_waiting" in client.get("/metrics").text
    own_redis.stop()
    assert client.get("/ops", auth=("me", "sesame")).status_code == 503
    figures = client.get("/metrics")
    assert figures.status_code == 200
    assert "queueup_polls_total" in figures.text
    assert "queueup_jobs_waiting" not in figures.text


@pytest.mark.parametrize("part", ["urgent", "later", "scheduler"])
def test_a_worker_that_starts_before_redis_waits_for_it(
    own_redis: OwnRedis, tmp_path: Path, part: str
) -> None:
    own_redis.stop()
    env = os.environ | {"REDIS_URL": own_redis.url, "QUEUEUP_DATA": str(tmp_path / "data")}
    command = [sys.executable, "worker.py", part]
    with subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True) as worker:
        assert worker.stderr is not None
        assert any("Redis is unreachable" in line for line in worker.stderr)
        own_redis.start()
        works = ("worker started", "scheduler started")
        assert any(word in line for line in worker.stderr for word in works)
        worker.kill()
