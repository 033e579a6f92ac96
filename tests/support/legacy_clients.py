"""Old screens: real WebSocket clients of real web processes, and the evening that they show."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
HANGS_S = 60  # Only there so that a test that waits in vain ends.

Message = dict[str, Any]
Start = Callable[..., "Web"]
Open = Callable[..., "Screen"]


class Web:
    """Web processes on a port of their own."""

    def __init__(self, folder: Path, redis_url: str, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        env = {
            **os.environ,
            "PORT": str(self.port),
            "REDIS_URL": redis_url,
            "QUEUEUP_DATA": str(folder),
            "RATE_LIMITS": "0",
            "WEB_PROCESSES": "1",
            "LOG_LEVEL": "WARNING",
            **settings,
        }
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "-c",
            "queueup/server/gunicorn_conf.py",
            "app:web()",
        ]
        self.process = subprocess.Popen(command, cwd=ROOT, env=env)
        started = time.monotonic()
        while True:
            with contextlib.suppress(requests.ConnectionError):
                requests.get(self.url, timeout=HANGS_S)
                return
            assert self.process.poll() is None, "the web process ended"
            assert time.monotonic() - started < HANGS_S, "the web process does not answer"
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop, and wait until it has."""
        self.process.terminate()
        self.process.wait(HANGS_S)


def address(web: Web, code: str, **query: str) -> str:
    """Return the address of a queue's socket."""
    url = web.url.replace("http", "ws", 1)
    named = "&".join(f"{name}={value}" for name, value in query.items())
    return f"{url}/api/queue/{code}/connect?{named}"


class Screen:
    """An old screen: what it receives, server's pings left out, and how its socket ends."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def receive(self) -> Message:
        """Return the next message."""
        while True:
            message: Message = json.loads(self.connection.recv(HANGS_S))
            if message != {"type": "ping"}:
                return message

    def send(self, text: str | bytes) -> None:
        """Send anything."""
        self.connection.send(text)

    def has_nothing_more(self) -> bool:
        """Tell whether the answer to a ping is the next that comes."""
        self.send('{"type":"ping"}')
        return self.receive() == {"type": "pong"}

    def ending(self) -> tuple[int | None, str]:
        """Return status and reason of the close that must come next."""
        with pytest.raises(ConnectionClosed):
            pytest.fail(f"{self.receive()} came before the end")
        return self.connection.close_code, self.connection.close_reason or ""


class Evening:
    """One queue, and what its host and guests do through the JSON API."""

    def __init__(self, web: Web) -> None:
        self.web = web
        created = self._post("create", {"eventName": "Lucia", "maxGuests": 100})
        self.code = created["code"]
        self.token = created["hostAuthToken"]

    def join(self, name: str) -> str:
        """Let a party in and return its id."""
        party_id: str = self._post(f"{self.code}/join", {"name": name, "size": 1})["partyId"]
        return party_id

    def do(self, action: str, **body: str) -> Message:
        """Do what a host or a guest does."""
        return self._post(f"{self.code}/{action}", body)

    def address(self, web: Web | None = None, **query: str) -> str:
        """Return the address of the socket, in one process or another."""
        return address(web or self.web, self.code, **query)

    def _post(self, path: str, body: Message) -> Message:
        token = {"x-host-auth": self.token} if hasattr(self, "token") else {}
        answer = requests.post(
            f"{self.web.url}/api/queue/{path}", json=body, headers=token, timeout=HANGS_S
        )
        answer.raise_for_status()
        found: Message = answer.json()
        return found
