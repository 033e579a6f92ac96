"""While Redis is dead, silent or behind a network that swallows all, nobody waits in vain.

Every request gets its 503 with a sentence, with the limits of requests on; all resumes by itself.
"""

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from queueup import create_app
from queueup.config import read_settings
from queueup.services import EXTENSION
from queueup.storage.redis_client import connect
from tests.support.redis_server import OwnRedis

HANGS_S = 60  # Not a speed: only a request that hangs takes longer.
ROUNDS = 4

Away = Callable[[], None]


class Network:
    """A way to Redis over TCP that can swallow everything, new connections too."""

    def __init__(self, redis: OwnRedis) -> None:
        self._path = str(redis.folder / "redis.sock")
        self._passes = threading.Event()
        self._passes.set()
        self._stack = ExitStack()
        self._listener = self._stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self._listener.listen(0)
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def swallow(self) -> None:
        """Pass nothing on any more, and answer nobody who knocks."""
        self._passes.clear()
        for _ in range(4):
            knocking = self._stack.enter_context(socket.socket())
            knocking.setblocking(False)
            with suppress(BlockingIOError):
                knocking.connect(self._listener.getsockname())

    def pass_on(self) -> None:
        """Pass everything on again."""
        self._passes.set()

    def close(self) -> None:
        """Hang up on everybody."""
        self._passes.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._stack.close()

    def _accept(self) -> None:
        while True:
            self._passes.wait()
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = self._stack.enter_context(socket.socket(socket.AF_UNIX))
            self._stack.enter_context(client)
            try:
                server.connect(self._path)
            except OSError:
                client.close()
                continue
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                self._passes.wait()
                target.sendall(piece)
            target.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def network(own_redis: OwnRedis) -> Iterator[Network]:
    network = Network(own_redis)
    yield network
    network.close()


@pytest.fixture(params=["dead", "silent", "swallowed"])
def away(
    request: pytest.FixtureRequest, own_redis: OwnRedis, network: Network
) -> tuple[Away, Away]:
    """How Redis goes away, and how it comes back."""
    ways: dict[str, tuple[Away, Away]] = {
        "dead": (own_redis.stop, own_redis.start),
        "silent": (own_redis.fall_silent, own_redis.speak),
        "swallowed": (network.swallow, network.pass_on),
    }
    return ways[request.param]


@pytest.fixture
def limited(network: Network, tmp_path: Path) -> Iterator[Flask]:
    """One web process with the limits of requests on."""
    app = create_app(
        read_settings({"REDIS_URL": network.url, "QUEUEUP_DATA": str(tmp_path / "data")})
    )
    yield app
    app.extensions[EXTENSION].redis.close()


def test_everybody_is_told_soon_and_all_resumes(
    limited: Flask, away: tuple[Away, Away], request: pytest.FixtureRequest
) -> None:
    go, come_back = away
    client = limited.test_client()
    opened = client.post("/api/queue/create", json={"eventName": "Lucia", "maxGuests": 9}).json
    code, host = opened["code"], {"x-host-auth": opened["hostAuthToken"]}
    queue = f"/api/queue/{code}"
    party = client.post(f"{queue}/join", json={"name": "Ana"}).json["partyId"]
    form = {"name": "Ben", "size": "1", "key": "a-key"}
    subscription = {"sessionId": opened["sessionId"], "partyId": party, "endpoint": "x"}
    asks: dict[str, Callable[[], Any]] = {
        "create": lambda: client.post(
            "/api/queue/create", json={"eventName": "Other", "maxGuests": 9}
        ),
        "join": lambda: client.post(f"{queue}/join", json={"name": "Ben"}),
        "join by form": lambda: client.post(f"/queue/{code}", data=form),
        "call": lambda: client.post(f"{queue}/call", json={"partyId": party}, headers=host),
        "advance": lambda: client.post(f"{queue}/advance", headers=host),
        "leave": lambda: client.post(f"{queue}/leave", json={"partyId": party}),
        "unsubscribe": lambda: client.post("/api/push/unsubscribe", json=subscription),
        "track": lambda: client.post("/api/track", json=subscription | {"type": "tap"}),
        "poll": lambda: client.get(f"{queue}/snapshot?partyId={party}"),
        "page": lambda: client.get(f"/queue/{code}"),
        "console": lambda: client.get(f"/host/{code}", headers=host),
    }
    go()
    worst: dict[str, float] = {}
    for _ in range(ROUNDS):
        for name, ask in asks.items():
            started = time.monotonic()
            answer: TestResponse = ask()
            worst[name] = max(worst.get(name, 0), time.monotonic() - started)
            assert answer.status_code == 503, name
            assert answer.headers["Retry-After"] == "2", name
            assert "Please try again." in answer.text, name
    assert max(worst.values()) < HANGS_S
    slowest = max(worst, key=lambda name: worst[name])
    sys.stdout.write(f"{request.node.name}: {slowest} took longest, {worst[slowest]:.2f} s\n")
    come_back()
    until = time.monotonic() + HANGS_S
    while (answer := asks["join"]()).status_code == 503 and time.monotonic() < until:
        time.sleep(0.05)
    assert answer.status_code == 200
    assert asks["call"]().status_code == 200


def test_after_a_silence_other_questions_are_not_asked_for_a_moment(own_redis: OwnRedis) -> None:
    redis = connect(own_redis.url)
    redis.ping()
    own_redis.fall_silent()
    said = []
    for _ in range(3):
        with pytest.raises(Exception) as error:
            redis.ping()
        said.append(str(error.value))
    assert "Redis did not answer a moment ago" not in said[0]
    assert "Redis did not answer a moment ago" in said[1]
    own_redis.speak()
    redis.close()
