"""Rejects malformed requests before anything else handles them."""

import ipaddress
import re
import time
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, request
from werkzeug.exceptions import UnsupportedMediaType

from queueup.storage import codec

# A name of 253 letters at most, an IPv4 address or an IPv6 address in brackets, and perhaps a port
# (RFC 9110, 7.2).
HOST = re.compile(
    r"(?P<name>[a-z0-9](?:[a-z0-9.-]{0,252})|\[(?P<ipv6>[0-9a-f:.]{2,45})\])(?::(?P<port>\d{1,5}))?",
    re.ASCII | re.IGNORECASE,
)
PORT_LIMIT = 65_535
NO_HOST = "Send a Host header with the name of this server."
NOT_HERE = "This service is at the root of its host."


class HostGuard:
    """WSGI middleware that rejects requests for no host that can be: links are made of it."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Pass the request to the app, or answer 400."""
        host = environ.get("HTTP_HOST")
        # Only clients of the old kind, such as load balancers, name no host.
        is_old = host is None and environ.get("SERVER_PROTOCOL") == "HTTP/1.0"
        if not (is_old or is_host(host or "")):
            return _refuse(environ, start, NO_HOST)
        if environ.get("SCRIPT_NAME"):
            # It would be part of every link, also of those in cached fragments.
            return _refuse(environ, start, NOT_HERE)
        return self._app(environ, start)


def is_host(text: str) -> bool:
    """Return whether a Host header names a host."""
    found = HOST.fullmatch(text)
    if found is None or (found["port"] and not 0 < int(found["port"]) <= PORT_LIMIT):
        return False
    try:
        if found["ipv6"]:
            ipaddress.IPv6Address(found["ipv6"])
        else:
            # Werkzeug decodes it like this, and fails without an answer.
            found["name"].encode("idna")
            found["name"].encode("ascii").decode("idna")
    except ValueError:
        return False
    return True


def init_app(app: Flask) -> None:
    """Check every request of the app."""
    app.before_request(_refuse_compressed)


def _refuse_compressed() -> None:
    """Raise UnsupportedMediaType for a compressed body.

    A few compressed bytes can expand to gigabytes, and no body of ours needs compression.
    """
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    if coding not in ("", "identity"):
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")


def _refuse(environ: WSGIEnvironment, start: StartResponse, sentence: str) -> list[bytes]:
    if environ.get("PATH_INFO", "").startswith("/api/"):
        body, mimetype = codec.dumps({"error": sentence}).encode(), "application/json"
    else:
        body, mimetype = sentence.encode(), "text/plain; charset=utf-8"
    headers = [
        ("Content-Type", mimetype),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
    ]
    start("400 Bad Request", headers)
    # Yield to the other connections of this process.
    time.sleep(0)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
