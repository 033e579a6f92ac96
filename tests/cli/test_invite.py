"""A line whose only device is lost: the operator lets another one in."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.support.running_service import ROOT, Service

HANGS_S = 60
PIN = "4711"


def invite(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as an operator does without make."""
    return subprocess.run(
        [sys.executable, "-m", "queueup", "invite", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=HANGS_S,
    )


def open_line(service: Service) -> tuple[requests.Session, str]:
    """Open a line on a tablet, and return the tablet and the code."""
    tablet = requests.Session()
    form = {"eventName": "Lucia", "maxGuests": "20"}
    answer = tablet.post(f"{service.url}/new", form, timeout=HANGS_S)
    assert answer.ok
    return tablet, answer.url.rpartition("/")[2]


def devices(device: requests.Session, service: Service, code: str, **fields: str) -> str:
    """Send a form of the page of devices, and return the page that follows."""
    address = f"{service.url}/host/{code}/devices"
    return device.post(address, fields, timeout=HANGS_S).text


def test_a_line_whose_only_device_is_locked_is_run_from_another_one(service: Service) -> None:
    tablet, code = open_line(service)
    console = f"{service.url}/host/{code}"
    devices(tablet, service, code, do="set-pin", pin=PIN)
    tablet.post(f"{console}/do/lock", timeout=HANGS_S)
    assert tablet.get(console, timeout=HANGS_S).status_code == 403

    made = invite(service.env, code.lower())
    assert made.returncode == 0, made.stderr
    links = re.findall(rf"^({service.url}/host/{code}/device)#([A-Z2-9]{{12}})$", made.stdout, re.M)
    assert len(links) == 1
    address, secret = links[0]
    assert secret in made.stdout.rpartition("type ")[2].replace("-", "")

    phone = requests.Session()
    come_in = phone.post(address, {"invitation": secret, "name": "Phone"}, timeout=HANGS_S)
    assert come_in.url == console and "Lucia" in come_in.text
    devices(phone, service, code, do="set-pin", pin="2580")
    tablet.post(f"{console}/unlock", {"pin": "2580"}, timeout=HANGS_S)
    assert tablet.get(console, timeout=HANGS_S).status_code == 200

    stranger = requests.Session()
    again = stranger.post(address, {"invitation": secret, "name": "Thief"}, timeout=HANGS_S)
    assert again.status_code == 410
    assert secret not in "\n".join(service.lines)


def test_the_link_leads_where_the_phones_are_told_to_go(service: Service) -> None:
    _, code = open_line(service)
    made = invite(service.env | {"APP_BASE_URL": "https://queue.example.org"}, code)
    assert f"\nhttps://queue.example.org/host/{code}/device#" in made.stdout
    assert f"open queue.example.org/host/{code}/device there" in made.stdout


@pytest.mark.parametrize("code", ["ZZZZZZ", "no such/line", "{}"])
def test_a_code_that_no_line_has_is_said(service: Service, code: str) -> None:
    refused = invite(service.env, code)
    assert refused.returncode == 1
    assert refused.stderr == f"No line has the code {code.upper()}.\n"
    assert refused.stdout == ""


@pytest.mark.parametrize("arguments", [(), ("",), ("K7M4XQ", "K7M4XR")])
def test_a_code_is_asked_for(service: Service, arguments: tuple[str, ...]) -> None:
    refused = invite(service.env, *arguments)
    assert refused.returncode == 2
    assert refused.stderr == ("Say which line to let a device run: make invite CODE=K7M4XQ\n")


def test_nothing_is_made_where_the_service_does_not_run(tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "QUEUEUP_DATA": str(tmp_path / "data")}
    refused = invite(env, "K7M4XQ")
    assert refused.returncode == 1
    assert "does not run" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_a_redis_that_does_not_answer_is_said(tmp_path: Path) -> None:
    away = f"unix://{tmp_path}/nobody.sock"
    env = {"PATH": os.environ["PATH"], "QUEUEUP_DATA": str(tmp_path), "REDIS_URL": away}
    refused = invite(env, "K7M4XQ")
    assert refused.returncode == 1
    assert "Redis does not answer" in refused.stderr
