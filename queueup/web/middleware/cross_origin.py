"""Cross-origin requests: CORS for allowed sites, refusal of all others (Fetch standard)."""

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden

from queueup.services import services

from . import proxy_hints

METHODS = "GET, POST, OPTIONS"
HEADERS = "content-type, cf-connecting-ip, authorization, x-host-auth, if-none-match"
EXPOSED = {"polling.snapshot": "etag", "api.create": "set-cookie"}
PREFLIGHT_S = 600
SAFE = ("GET", "HEAD", "OPTIONS")
OTHER_SITES = ("cross-site", "same-site")
FRAMES = ("iframe", "frame", "embed", "object")


def init_app(app: Flask) -> None:
    """Check the origin of every request, and add CORS headers to every response."""
    app.before_request(_refuse_strangers)
    app.after_request(_allow_origin)


def _refuse_strangers() -> ResponseReturnValue | None:
    origin = request.headers.get("Origin")
    if origin is None:
        # CSRF: browsers that send no Origin with a form send Sec-Fetch-Site. A subdomain is another
        # site here, too: it must not act with our cookies.
        if request.method not in SAFE and request.headers.get("Sec-Fetch-Site") in OTHER_SITES:
            raise Forbidden("Origin not allowed")
        if _is_embedded():
            raise Forbidden("No part of a line can be shown on another site.")
    elif not _is_allowed(origin):
        raise proxy_hints.explain_origin(origin) or Forbidden("Origin not allowed")
    return ("", 204) if request.method == "OPTIONS" else None


def _is_embedded() -> bool:
    """Return whether a page of another site loads something of a line, as a picture or a frame.

    It would be refused whether there is such a line or not: by hundreds of them, another site could
    have its visitors guess codes, and use up what their address may guess.
    """
    headers = request.headers
    if headers.get("Sec-Fetch-Site") != "cross-site":
        return False
    names_line = "code" in (request.view_args or {}) or "code" in request.args
    is_visit = headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
    return names_line and (not is_visit or headers.get("Sec-Fetch-Dest") in FRAMES)


def _is_allowed(origin: str) -> bool:
    settings = services().settings
    own = (settings.app_base_url, request.host_url.rstrip("/"))
    return origin in own or origin in settings.allowed_origins


def _allow_origin(response: Response) -> Response:
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin is None or not _is_allowed(origin):
        return response
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Allow-Credentials"] = "true"
    if request.endpoint in EXPOSED:
        response.headers["Access-Control-Expose-Headers"] = EXPOSED[request.endpoint]
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = HEADERS
        response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_S)
    return response
