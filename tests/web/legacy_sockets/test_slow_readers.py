"""Sockets that are not read, that vanish, or that are many do not affect others."""

import socket
import threading
import time

import pytest
import requests
from websockets.sync.client import connect

from queueup.web.legacy_sockets.socket_writer import BACKLOG, SEND_BUFFER, NonBlockingSocket
from tests.support.legacy_clients import HANGS_S, Evening

MANY = 300


def sockets_open(web) -> int:
    """Return how many sockets the process counts."""
    text = requests.get(f"{web.url}/metrics", timeout=HANGS_S).text
    (line,) = [line for line in text.splitlines() if line.startswith("queueup_sockets_open")]
    return int(float(line.split()[-1]))


def wait_until_open(web, count) -> None:
    """Return when the process holds so many sockets."""
    started = time.monotonic()
    while sockets_open(web) != count:
        assert time.monotonic() - started < HANGS_S, f"{sockets_open(web)} sockets are open"
        time.sleep(0.05)


def unread(address: str) -> socket.socket:
    """Open a socket by hand whose client never reads on."""
    host, port = address.removeprefix("ws://").split("/")[0].split(":")
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect((host, int(port)))
    path = "/" + address.removeprefix("ws://").split("/", 1)[1]
    reader.sendall(
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
    )
    assert reader.recv(12) == b"HTTP/1.1 101"
    return reader


def test_a_socket_that_nobody_reads_delays_nobody_and_is_dropped(impatient, open_screen):
    evening = Evening(impatient)
    wait_until_open(impatient, 0)
    for number in range(80):
        evening.join(f"Guest {number} " + "x" * 100)
    with unread(evening.address(hostToken=evening.token)):
        other = open_screen(evening.address(hostToken=evening.token))
        other.receive()
        party_id = evening.join("Anna")
        other.receive()
        for _ in range(10):
            evening.do("kick", partyId=party_id)
            other.receive()
            party_id = evening.join("Anna")
            assert other.receive()["queue"][-1]["id"] == party_id
        wait_until_open(impatient, 1)
        assert other.has_nothing_more()


def test_a_client_that_goes_without_a_word_is_forgotten(impatient):
    evening = Evening(impatient)
    wait_until_open(impatient, 0)
    with connect(evening.address(hostToken=evening.token), proxy=None) as screen:
        screen.recv()
        assert sockets_open(impatient) == 1
        screen.socket.shutdown(socket.SHUT_RDWR)
        wait_until_open(impatient, 0)


def test_idle_sockets_keep_no_request_waiting(web, open_screen):
    evenings = [Evening(web) for _ in range(MANY // 30)]
    for evening in evenings:
        address = evening.address(hostToken=evening.token)
        for _ in range(30):
            open_screen(address, ping_interval=None)
    assert sockets_open(web) >= MANY
    with requests.Session() as session:
        for evening in evenings * 5:
            url = f"{web.url}/api/queue/{evening.code}/snapshot"
            assert session.get(url, timeout=HANGS_S).status_code == 200


def test_a_restart_says_so_and_does_not_wait_for_sockets(redis_url, start_web, open_screen):
    web = start_web(redis_url)
    evening = Evening(web)
    anna = evening.join("Anna")
    idle = unread(evening.address(hostToken=evening.token))
    screens = [
        open_screen(evening.address(**query))
        for query in ({"hostToken": evening.token}, {"partyId": anna})
    ]
    for screen in screens:
        screen.receive()
    web.process.terminate()
    for screen in screens:
        assert screen.ending() == (1001, "restart")
    # gunicorn would wait for its whole graceful timeout, and log that it had to.
    web.process.wait(HANGS_S)
    idle.close()


class Pair:
    """A wire with its other end."""

    def __init__(self):
        near, self.far = socket.socketpair()
        self.near = near
        self.wire = NonBlockingSocket(near)


@pytest.fixture
def pair():
    """A wire with its other end."""
    made = Pair()
    yield made
    made.wire.cut()
    made.near.close()
    made.far.close()


def read_on(end: socket.socket) -> bytes:
    """Read until the end."""
    parts = []
    while part := end.recv(65536):
        parts.append(part)
    return b"".join(parts)


def test_frames_to_a_slow_reader_arrive_whole_and_in_order(pair):
    frames = [bytes([number]) * SEND_BUFFER * 4 for number in range(20)]
    for frame in frames:
        assert pair.wire.send(frame) == len(frame)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(read_on(pair.far)))
    reader.start()
    pair.wire.hang_up(reader)
    assert read == [b"".join(frames)]


def test_a_reader_too_far_behind_is_cut_off(pair):
    for _ in range(BACKLOG + 2):
        pair.wire.send(b"x" * SEND_BUFFER * 4)
    assert len(read_on(pair.far)) < SEND_BUFFER * 4 * BACKLOG
    pair.wire.send(b"x")


def test_a_send_to_nobody_ends_the_connection(pair):
    pair.far.close()
    pair.wire.send(b"x")
    assert pair.near.recv(1) == b""


def test_a_socket_closed_meanwhile_is_sent_nothing_and_harms_nobody():
    # Often enough for some to be closed before the thread that sends the rest has its turn.
    for _ in range(200):
        pair = Pair()
        pair.wire.send(b"x" * SEND_BUFFER * 4)
        pair.near.close()
        assert pair.wire.send(b"x") == 1
        pair.far.close()
