"""What an operator can see of the service, and who else cannot."""

import base64

import pytest
from flask import Flask
from flask.testing import FlaskClient
from rq import Queue, SimpleWorker

from queueup.domain.model import MINUTE, OnExpiry, QueueSettings
from queueup.monitoring.job_stats import SECRET
from queueup.services import Services
from queueup.storage.job_queues import LATER

LUCIA = QueueSettings("Trattoria Lucia", 20, 10 * MINUTE, OnExpiry.FLAG)
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture
def env(env: dict[str, str]) -> dict[str, str]:
    """An operator who has set a password and a token."""
    return env | {"OPS_PASSWORD": "sesame", "METRICS_TOKEN": "tok"}


def _basic(password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"me:{password}".encode()).decode()}


def test_the_page_asks_for_the_password(client: FlaskClient) -> None:
    unasked = client.get("/ops")
    assert unasked.status_code == 401
    assert unasked.headers["WWW-Authenticate"].startswith("Basic")
    assert client.get("/ops", headers=_basic("simsalabim")).status_code == 401
    assert client.get("/ops", headers=_basic("sesame")).status_code == 200


def test_the_page_adds_up_the_day(client: FlaskClient, parts: Services) -> None:
    code = parts.waitlist.create(LUCIA).code
    before = parts.daily_stats.today()
    url = f"/api/queue/{code}/snapshot"
    tag = client.get(url).headers["ETag"]
    for _ in range(3):
        assert client.get(url, headers={"If-None-Match": tag}).status_code == 304
    parts.daily_stats.add()
    today = parts.daily_stats.today()
    # This process has counted other tests too, which the first adding up brought in.
    assert today["polls"] >= before["polls"] + 4
    assert today["polls_unchanged"] >= before["polls_unchanged"] + 3
    parts.daily_stats.add()
    assert parts.daily_stats.today() == today
    page = client.get("/ops", headers=_basic("sesame")).text
    assert f"{today['polls']:,}" in page
    assert parts.release in page


def test_the_page_shows_the_jobs_that_are_out_of_tries(
    app: Flask, client: FlaskClient, parts: Services
) -> None:
    line = Queue(LATER, connection=parts.redis, serializer="json")
    broken = line.enqueue("queueup.jobs.tell", "NOSUCH", [["nobody", 3]])
    with app.app_context():
        SimpleWorker([line], connection=parts.redis, serializer="json").work(burst=True)
    assert broken.is_failed
    page = client.get("/ops", headers=_basic("sesame")).text
    assert "Latest failed jobs" in page
    assert "queueup.jobs.tell" in page
    assert "nobody" not in page
    # The id of a job names the call, the party and the device.
    assert broken.id not in page
    line.failed_job_registry.remove(broken, delete_job=True)


def test_figures_are_for_the_token_from_this_machine_too(client: FlaskClient) -> None:
    wrong, right = ({"Authorization": f"Bearer {token}"} for token in ("nope", "tok"))
    for place in ({}, {"environ_base": ELSEWHERE}):
        assert client.get("/metrics", **place).status_code == 403
        assert client.get("/metrics", headers=wrong, **place).status_code == 403
        assert client.get("/metrics", headers=right, **place).status_code == 200


def test_figures_tell_polls_reads_commits_and_jobs(client: FlaskClient, parts: Services) -> None:
    code = parts.waitlist.create(LUCIA).code
    client.get(f"/api/queue/{code}/snapshot")
    text = client.get("/metrics", headers={"Authorization": "Bearer tok"}).text
    for figure in (
        'queueup_polls_total{reader="public",status="200"}',
        'queueup_snapshots_total{found="redis"}',
        "queueup_truth_reads_total",
        "queueup_truth_commits_total",
        "queueup_races_lost_total",
        "queueup_sockets_open",
        "queueup_socket_messages_total",
        'queueup_jobs_waiting{queue="urgent"}',
        'queueup_jobs_oldest_seconds{queue="later"}',
        'queueup_jobs_failed{queue="later"}',
        "queueup_request_seconds_bucket",
    ):
        assert figure in text


class TestWithoutPassword:
    """The page does not exist until the operator sets a password."""

    @pytest.fixture
    def env(self, env: dict[str, str]) -> dict[str, str]:
        return env | {"OPS_PASSWORD": "", "METRICS_TOKEN": ""}

    def test_there_is_no_page(self, client: FlaskClient) -> None:
        assert client.get("/ops", headers=_basic("")).status_code == 404

    def test_figures_are_for_this_machine_by_its_own_name(self, client: FlaskClient) -> None:
        for host in ("localhost", "127.0.0.1:8000", "[::1]:8000"):
            assert client.get("/metrics", headers={"Host": host}).status_code == 200
        assert client.get("/metrics", headers={"Host": "rebound.example"}).status_code == 403
        assert client.get("/metrics", environ_base=ELSEWHERE).status_code == 403
        for name, value in (("X-Forwarded-For", "203.0.113.7"), ("Forwarded", "for=203.0.113.7")):
            assert client.get("/metrics", headers={name: value}).status_code == 403

    def test_an_empty_token_opens_nothing(self, client: FlaskClient) -> None:
        headers = {"Authorization": "Bearer "}
        answer = client.get("/metrics", environ_base=ELSEWHERE, headers=headers)
        assert answer.status_code == 403


def test_a_reason_names_no_party_and_no_address() -> None:
    party_id = "e587df71-3984-48d2-8ed7-8e895f0c9cb0"
    said = f"KeyError: '{party_id}' at https://push.example/{party_id}?x"
    assert SECRET.sub("…", said) == "KeyError: '…' at …"
