"""Slow and silent clients are disconnected after a while, and delay no others."""

import io
import resource
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from flask import Flask

from queueup.body_limits import BODY_LIMIT, READ_AHEAD, SETTINGS_LIMIT
from queueup.server.gunicorn_worker import DROPPED
from tests.support.running_service import Service, eventually
from tests.web.security.conftest import Line, changing
from tests.web.security.hostile import (
    CREATE,
    HANGS_S,
    HOST,
    Heard,
    connect,
    heard,
    port_of,
    request,
    told,
)

IDLE = 2_000
# What a login shell allows a program to open, unless it asks for more.
SHELLS_FILES = 1_024
LONG = b"Content-Length: 10000\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The whole program, started as from a shell."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (SHELLS_FILES, most))
    with Service(tmp_path_factory.mktemp("slow") / "data", WEB_PROCESSES="1") as running:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        yield running
        assert not [line for line in running.lines if "Traceback" in line]


@pytest.fixture
def port(program: Service) -> int:
    """Where it listens."""
    return port_of(program.url)


def trickle(port: int, start: bytes, drop: bytes) -> Heard:
    """Say something, then a little more again and again until the server hangs up."""
    with connect(port) as connection:
        connection.sendall(start)
        gone = threading.Event()

        def more() -> None:
            while not gone.wait(0.5):
                try:
                    connection.sendall(drop)
                except OSError:
                    return

        dripping = threading.Thread(target=more)
        dripping.start()
        try:
            return heard(connection)
        finally:
            gone.set()
            dripping.join()


def trickle_settings(port: int) -> Heard:
    """Begin a long form on the page that accepts the longest, as a host, and go on slowly."""
    session = requests.Session()
    opened = session.post(f"http://127.0.0.1:{port}/new", {"eventName": "Lucia", "maxGuests": 9})
    cookies = "; ".join(f"{name}={value}" for name, value in session.cookies.items())
    code = opened.url.rpartition("/")[2]
    head = (
        f"POST /host/{code}/settings HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookies}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {SETTINGS_LIMIT - 1}\r\n\r\neventName="
    )
    return trickle(port, head.encode() + b"a" * (BODY_LIMIT + 4_000), b"a")


def take_nothing(port: int) -> Heard:
    """Ask for the same page very often without reading, until the server has let go."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.settimeout(HANGS_S)
    connection.connect(("127.0.0.1", port))
    with connection:
        own_port = connection.getsockname()[1]
        pages = b"GET /static/style.css HTTP/1.1\r\n" + HOST + b"\r\n"
        connection.settimeout(2)
        try:
            for _ in range(20_000):
                connection.sendall(pages * 10)
        except TimeoutError:
            pass  # neither side reads any more
        eventually(lambda: not is_held(port, own_port))
    return Heard(b"")


def is_held(port: int, client: int) -> bool:
    """Tell whether any process has the server's side of a connection open."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, *_, inode = line.split()[:10]
        ends = [int(end.rpartition(":")[2], 16) for end in (local, remote)]
        # The system keeps a connection for a while that no process has any more.
        if ends == [port, client] and inode != "0":
            return True
    return False


SLOW: dict[str, Callable[[int], Heard]] = {
    "nothing at all": lambda port: trickle(port, b"", b""),
    "a slow line": lambda port: trickle(port, b"GET /", b"a"),
    "slow headers": lambda port: trickle(port, b"GET / HTTP/1.1\r\n" + HOST, b"X: y\r\n"),
    "a slow body": lambda port: trickle(port, CREATE + LONG, b"{"),
    "slow chunks": lambda port: trickle(port, CREATE + CHUNKED, b"1\r\n{\r\n"),
    "a slow size of a chunk": lambda port: trickle(port, CREATE + CHUNKED, b"1"),
    "a slow trailer": lambda port: trickle(port, CREATE + CHUNKED + b"0\r\n", b"X: y\r\n"),
    "a slow form": lambda port: trickle(
        port, b"POST /new HTTP/1.1\r\n" + HOST + LONG, b"eventName=a&"
    ),
    "the longest form": trickle_settings,
    "a body that nobody wanted": lambda port: trickle(
        port, b"GET / HTTP/1.1\r\n" + HOST + LONG, b"x"
    ),
    "a slow second request": lambda port: trickle(
        port, b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\nGET", b" "
    ),
    "a client that takes no answer": take_nothing,
}


@pytest.fixture(scope="module")
def slow(program: Service) -> Iterator[dict[str, Future[Heard]]]:
    """All slow clients at once."""
    with ThreadPoolExecutor(len(SLOW)) as pool:
        yield {name: pool.submit(ask, port_of(program.url)) for name, ask in SLOW.items()}


@pytest.mark.parametrize("kind", SLOW)
def test_a_slow_client_is_left(program: Service, slow: dict[str, Future[Heard]], kind: str) -> None:
    assert requests.get(f"{program.url}/readyz", timeout=HANGS_S).status_code == 200

    found = slow[kind].result(timeout=2 * HANGS_S)

    assert set(found.statuses) <= {200, 400, 408}
    if kind in ("a slow body", "slow chunks", "a slow form", "the longest form"):
        assert found.statuses == [408]


class Watched(io.BytesIO):
    """A body that notes whether any of it was asked for."""

    was_read = False

    def read(self, size: int | None = -1) -> bytes:
        self.was_read = True
        return super().read(size)

    readline = read  # type: ignore[assignment]


def test_no_route_reads_of_a_body_that_is_longer_than_what_the_server_reads(
    app: Flask, line: Line
) -> None:
    for rule in changing(app):
        for path in line.path(rule):
            for browser in (line.tablet, line.phone):
                for sent in ("application/x-www-form-urlencoded", "application/json"):
                    body = Watched(b"a" * READ_AHEAD)
                    browser.post(
                        path, input_stream=body, content_length=READ_AHEAD, content_type=sent
                    )
                    assert not body.was_read, path


def test_a_body_that_is_too_long_is_answered_and_the_connection_used_again(port: int) -> None:
    for start in (LONG.replace(b"10000", b"900000"), CHUNKED + b"dbba0\r\n"):
        with connect(port) as connection:
            end = b"\r\n0\r\n\r\n" if start.startswith(CHUNKED) else b""
            connection.sendall(CREATE + start + b"x" * 900_000 + end + request("GET /readyz"))
            assert heard(connection).statuses == [413, 200]


def test_a_body_without_an_end_is_answered_and_its_connection_closed(port: int) -> None:
    start = LONG.replace(b"10000", b"9" * 12)
    answer = told(port, CREATE + start + b"x" * (DROPPED + 2 * READ_AHEAD))
    assert set(answer.statuses) <= {413}


def test_thousands_of_idle_connections_keep_nobody_waiting(program: Service, port: int) -> None:
    idle = [connect(port) for _ in range(IDLE)]
    try:
        body = {"eventName": "Lucia", "maxGuests": 100}
        url = f"{program.url}/api/queue"
        # So many at once are a rush, and told to come back, whoever only looks the longest;
        # idle connections are not.
        code = eventually(lambda: requests.post(f"{url}/create", json=body).json().get("code"))
        eventually(lambda: requests.get(f"{url}/{code}/snapshot", timeout=HANGS_S).ok)
        for number in range(50):
            guest = {"name": f"Guest {number}", "size": 1}
            joined = requests.post(f"{url}/{code}/join", json=guest, timeout=HANGS_S)
            assert joined.status_code == 200
            assert requests.get(f"{url}/{code}/snapshot", timeout=HANGS_S).status_code == 200

        poll = select.poll()
        left = {connection.fileno(): connection for connection in idle}
        for number in left:
            poll.register(number, select.POLLIN)
        started = time.monotonic()
        while left and time.monotonic() - started < HANGS_S:
            for number, _ in poll.poll(1_000):
                assert left.pop(number).recv(1) == b""
                poll.unregister(number)
        assert not left
    finally:
        for connection in idle:
            connection.close()
    assert requests.get(f"{program.url}/readyz", timeout=HANGS_S).status_code == 200


def test_a_connection_is_used_again_after_a_body_that_nobody_read(port: int) -> None:
    with connect(port) as connection:
        body = b"x" * 15_000
        length = f"Content-Length: {len(body)}\r\n\r\n".encode()
        connection.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + length + body)
        connection.sendall(request("GET /readyz"))
        assert heard(connection).statuses == [200, 200]
