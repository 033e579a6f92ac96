"""What the logs say: ids and times of every request and job, and nothing of the guests."""

import json
import logging
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from service import Service, eventually

from queueup import logs

HANGS_S = 60
UNREADABLE = "a request that cannot be read was refused"
SECRET = ("Zebedee", "+1 555 0199", "allergic to peanuts")


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """The log of a service through which a guest with a telling name has come."""
    folder = tmp_path_factory.mktemp("logged")
    with Service(folder, LOG_LEVEL="DEBUG", LOG_FORMAT="json") as service:
        yield _evening(service)


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


def _evening(service: Service) -> list[str]:
    name, phone, notes = SECRET
    opened = ask(service, "/api/queue/create", {"eventName": "Lucia", "maxGuests": 20})
    code, host = opened["code"], {"x-host-auth": opened["hostAuthToken"]}
    party = ask(
        service,
        f"/api/queue/{code}/add",
        {"name": name, "size": 2, "phone": phone, "notes": notes},
        host,
    )["party"]
    ask(service, f"/api/queue/{code}/call", {"partyId": party["id"]}, host)
    ask(service, f"/api/queue/{code}/snapshot?partyId={party['id']}")
    ask(service, f"/api/queue/{code}/close", {}, host)
    for garbled in (f"GET /?partyId={party['id']} HTTP/7.7", f"G/{party['id']} / HTTP/1.1"):
        with socket.create_connection(("127.0.0.1", int(service.env["PORT"])), HANGS_S) as client:
            client.sendall(f"{garbled}\r\nHost: x\r\n\r\n".encode())
            assert client.recv(64).startswith(b"HTTP/1.1 4")
    eventually(lambda: "\n".join(service.lines).count(UNREADABLE) == 2)
    eventually(lambda: any('"task": "record_events"' in line for line in service.lines))
    forbidden = [*SECRET, party["id"], opened["hostAuthToken"], opened["sessionId"]]
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
    assert all(job["outcome"] == "done" and job["ms"] >= 0 for job in jobs)


def test_a_party_is_named_by_a_mark_that_leads_nowhere() -> None:
    assert logs.mark("a-party") == logs.mark("a-party") != logs.mark("another")
    assert "a-party" not in logs.mark("a-party")


def test_a_line_for_people_ends_with_its_fields() -> None:
    record = logging.makeLogRecord({"msg": "job %s", "args": ("7",), "ms": 3, "levelname": "INFO"})
    said = logs.TextFormatter("%(levelname)s: %(message)s").format(record)
    assert said == "INFO: job 7 ms=3"
