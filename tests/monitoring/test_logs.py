"""What the logs say: ids and times of every request and job, and nothing of the guests."""

import json
import logging
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from queueup import log_config
from queueup.notifications.web_push import Outcome
from tests.support.ports import free_port
from tests.support.push_service import Device, running
from tests.support.running_service import ROOT, Service, eventually

HANGS_S = 60
UNREADABLE = "rejected an invalid request"
SECRET = ("Zebedee", "+1 555 0199", "allergic to peanuts")


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The log of a service through which a guest with a telling name has come."""
    folder = tmp_path_factory.mktemp("logged")
    with running() as phones:
        away = f"http://127.0.0.1:{free_port()}"
        origins = f"{phones.origin},{away}"
        logged = {"LOG_LEVEL": "DEBUG", "LOG_FORMAT": "json", "PUSH_EXTRA_ORIGINS": origins}
        devices = [phones.device() for _ in range(3)]
        devices[1].will_answer(400)
        devices[2].endpoint = f"{away}/push/{devices[2].id}"
        with Service(folder, **logged) as service:
            yield _evening(service, devices)


def ask(
    service: Service,
    path: str,
    body: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Send a request and return the JSON of its answer."""
    method = "GET" if body is None else "POST"
    answer = requests.request(
        method, f"{service.url}{path}", json=body, headers=headers, timeout=HANGS_S
    )
    assert answer.ok, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _evening(service: Service, devices: list[Device]) -> list[str]:
    name, phone, notes = SECRET
    opened = ask(service, "/api/queue/create", {"eventName": "Lucia", "maxGuests": 20})
    code, host = opened["code"], {"x-host-auth": opened["hostAuthToken"]}
    party = ask(
        service,
        f"/api/queue/{code}/add",
        {"name": name, "size": 2, "phone": phone, "notes": notes},
        host,
    )["party"]
    named = {"sessionId": opened["sessionId"], "partyId": party["id"]}
    for device in devices:
        body = named | {"subscription": device.subscription()}
        address = f"{service.url}/api/push/subscribe"
        assert requests.post(address, json=body, timeout=HANGS_S).ok
    ask(service, f"/api/queue/{code}/call", {"partyId": party["id"]}, host)
    for outcome in (Outcome.REFUSED, Outcome.UNREACHED):
        service.wait_for_line(f"push {outcome.value} in {code}")
    # It fails as well, and is tried once more.
    service.wait_for_line("tell_again")
    ask(service, f"/api/queue/{code}/snapshot?partyId={party['id']}")
    requests.get(f"{service.url}/host/{code}/party/{party['id']}", headers=host, timeout=HANGS_S)
    ask(service, f"/api/queue/{code}/close", {}, host)
    for garbled in (f"GET /?partyId={party['id']} HTTP/7.7", f"G/{party['id']} / HTTP/1.1"):
        with socket.create_connection(("127.0.0.1", int(service.env["PORT"])), HANGS_S) as client:
            client.sendall(f"{garbled}\r\nHost: x\r\n\r\n".encode())
            assert client.recv(64).startswith(b"HTTP/1.1 4")
    eventually(lambda: "\n".join(service.lines).count(UNREADABLE) == 2)
    eventually(lambda: any('"task": "record_events"' in line for line in service.lines))
    forbidden = [*SECRET, party["id"], opened["hostAuthToken"], opened["sessionId"]]
    forbidden += [device.id for device in devices]
    text = "\n".join(service.lines)
    assert not [word for word in forbidden if word in text]
    return list(service.lines)


def test_every_line_of_a_process_is_one_json_object(lines: list[str]) -> None:
    logged = [json.loads(line) for line in lines if line.startswith("{")]
    assert logged
    assert all({"at", "level", "logger", "message"} <= set(line) for line in logged)


def test_every_request_and_job_is_one_line_with_its_time(lines: list[str]) -> None:
    logged = [json.loads(line) for line in lines if line.startswith("{")]
    asked = [line for line in logged if line["message"] == "request"]
    added = next(line for line in asked if line["route"].endswith("/add"))
    assert (added["method"], added["status"]) == ("POST", 200)
    assert added["ms"] > 0
    assert re.fullmatch("[0-9a-f]{8}", added["request"])
    jobs = [line for line in logged if line["message"] == "job"]
    assert {"tell", "record_events"} <= {job["task"] for job in jobs}
    assert {job["outcome"] for job in jobs} == {"done", "failed"}
    assert all(job["ms"] >= 0 for job in jobs)


def test_a_party_is_named_by_a_mark_that_leads_nowhere() -> None:
    assert (
        log_config.party_hash("a-party")
        == log_config.party_hash("a-party")
        != log_config.party_hash("another")
    )
    assert "a-party" not in log_config.party_hash("a-party")


def test_a_level_leaves_out_what_is_below_it() -> None:
    say = (
        "import logging; from queueup import log_config; log_config.configure('WARNING'); "
        "log = logging.getLogger('queueup'); log.info('whispered'); log.warning('said')"
    )
    told = subprocess.run(
        [sys.executable, "-c", say], capture_output=True, text=True, cwd=ROOT, timeout=HANGS_S
    )
    assert "said" in told.stderr
    assert "whispered" not in told.stderr


def test_a_line_for_people_ends_with_its_fields() -> None:
    record = logging.makeLogRecord({"msg": "job %s", "args": ("7",), "ms": 3, "levelname": "INFO"})
    said = log_config.TextFormatter("%(levelname)s: %(message)s").format(record)
    assert said == "INFO: job 7 ms=3"
