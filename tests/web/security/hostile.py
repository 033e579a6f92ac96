"""Sends raw bytes to a local server, and reads until it closes the connection."""

import contextlib
import re
import socket
from dataclasses import dataclass

# Only there so that a test of a server that waits for ever ends.
HANGS_S = 90
CLOSE = b"Connection: close\r\n"
HOST = b"Host: localhost\r\n"
JSON = b"Content-Type: application/json\r\n"
CREATE = b"POST /api/queue/create HTTP/1.1\r\n" + HOST + JSON


@dataclass(frozen=True)
class Heard:
    """Everything that a connection brought before its end."""

    text: bytes

    @property
    def statuses(self) -> list[int]:
        """Return the statuses of all answers."""
        return [int(status) for status in re.findall(rb"^HTTP/1\.[01] (\d{3})", self.text, re.M)]

    @property
    def head(self) -> str:
        """Return the first answer's status line and headers."""
        return self.text.partition(b"\r\n\r\n")[0].decode("latin-1")

    @property
    def body(self) -> bytes:
        """Return what follows the first answer's headers."""
        return self.text.partition(b"\r\n\r\n")[2]


def port_of(url: str) -> int:
    """Return the port of the service."""
    return int(url.rpartition(":")[2])


def connect(port: int) -> socket.socket:
    """Open a connection."""
    return socket.create_connection(("127.0.0.1", port), HANGS_S)


def told(port: int, said: bytes) -> Heard:
    """Send bytes, and read until the server closes the connection."""
    with connect(port) as connection:
        # It may be refused before all is said.
        with contextlib.suppress(OSError):
            connection.sendall(said)
        return heard(connection)


def heard(connection: socket.socket) -> Heard:
    """Read until the server closes the connection. Raises TimeoutError if it never does."""
    found = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(65_536):
            found += piece
    return Heard(found)


def request(line: str, *headers: str, body: bytes = b"") -> bytes:
    """Return a request that ends its connection."""
    head = [line + " HTTP/1.1", *headers, "Connection: close"]
    if not any(header.lower().startswith("host:") for header in headers):
        head.append("Host: localhost")
    if body:
        head.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + body
