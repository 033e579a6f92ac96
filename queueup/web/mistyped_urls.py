"""Redirects from addresses as people type and paste them: a bare code, or a link and a full stop.

What an address leads to is not looked up: a wrong code is found wrong, and counted, where it is
redirected to.
"""

from http import HTTPStatus

from flask import Flask, current_app, redirect, request
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response

from queueup.typed import read_code, without_ends

from .errors import is_api

# The first parts of the addresses that go on with a code.
OF_A_LINE = ("queue", "host", "board", "kiosk")


def init_app(app: Flask) -> None:
    """Look at every address that is none of ours."""
    app.before_request(_redirect)


def _redirect() -> Response | None:
    is_unknown = isinstance(request.routing_exception, NotFound)
    if not is_unknown or request.method not in ("GET", "HEAD") or is_api():
        return None
    for path in _meant(request.path):
        if path != request.path and _is_ours(path):
            query = request.query_string.decode(errors="replace")
            return redirect(f"{path}?{query}" if query else path, HTTPStatus.SEE_OTHER)
    return None


def _meant(path: str) -> list[str]:
    """Return the addresses that may be meant, the likeliest first."""
    parts = [part for part in map(without_ends, path.split("/")) if part]
    if not parts:
        return []
    meant = ["/" + "/".join(parts)]
    first, rest = (parts[0].lower(), parts[1:]) if parts[0].lower() in OF_A_LINE else ("", parts)
    if rest and (code := read_code(rest[0])):
        meant.insert(0, "/" + "/".join([first or "queue", code, *rest[1:]]))
    return meant


def _is_ours(path: str) -> bool:
    """Return whether a page has this address."""
    try:
        current_app.create_url_adapter(request).match(path, method="GET")  # type: ignore[union-attr]
    except HTTPException:
        return False
    return True
