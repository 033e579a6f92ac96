"""The listening socket, and the announcement of its address."""

import http.client
import io
import os
import socket

import segno

from queueup.errors import OperatorError

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
BACKLOG = 2048
ANSWER_S = 0.5
# An address for documentation (RFC 5737); connecting a UDP socket sends nothing.
ELSEWHERE = ("192.0.2.1", 9)


def listen(host: str, port: int) -> socket.socket:
    """Bind the address. The web server inherits the socket, so clients wait while it restarts.

    Raises OperatorError.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise OperatorError(f"HOST={host}: {error.strerror}.") from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise OperatorError(f"HOST={host} PORT={port} cannot be used: {reason}.") from error
    return listener


def answers(host: str, port: int) -> bool:
    """Tell whether the web server responds."""
    connection = http.client.HTTPConnection(WILDCARDS.get(host, host), port, timeout=ANSWER_S)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def announcement(host: str, port: int) -> str:
    """Return the lines that say where the pages are, with a QR code if phones can reach them."""
    lines = [f"QueueUp is ready: {_url(WILDCARDS.get(host, host), port)}"]
    found = _address_in_network() if host in WILDCARDS else None
    if found:
        url = _url(found, port)
        lines += [f"On phones in the same network: {url}", picture(url)]
    return "\n".join(lines)


def for_phones(host: str, port: int) -> str:
    """Return the origin that phones can reach, else the one for this machine only."""
    found = _address_in_network() if host in WILDCARDS else None
    return _url(found or WILDCARDS.get(host, host), port)


def picture(url: str) -> str:
    """Draw a QR code for a terminal."""
    drawn = io.StringIO()
    segno.make(url).terminal(drawn, border=2, compact=True)
    return drawn.getvalue().rstrip("\n")


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _address_in_network() -> str | None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)
        except OSError:
            return None
        return str(probe.getsockname()[0])
