"""Rejects malformed requests before anything else handles them."""

from flask import Flask, request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType


def init_app(app: Flask) -> None:
    """Check every request of the app."""
    app.before_request(_refuse)


def _refuse() -> None:
    """Raise BadRequest without a usable Host (RFC 9112, 3.2), UnsupportedMediaType if compressed.

    A few compressed bytes can expand to gigabytes, and no body of ours needs compression.
    """
    named = "Host" in request.headers or request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0"
    if not request.host or not named:
        raise BadRequest("Send a Host header with the name of this server.")
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    if coding not in ("", "identity"):
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")
