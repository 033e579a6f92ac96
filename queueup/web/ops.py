"""The operator's view: figures for Prometheus, and one page for a person."""

import hmac
import ipaddress
import logging
import secrets
import time
from types import TracebackType

from flask import Blueprint, Flask, Response, g, render_template, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST
from werkzeug.exceptions import Forbidden, NotFound

from queueup import __version__, metrics
from queueup.services import services

bp = Blueprint("ops", __name__)

log = logging.getLogger("queueup.requests")

ExcInfo = tuple[type, BaseException, TracebackType] | tuple[None, None, None]


def init_app(app: Flask) -> None:
    """Time every request of the app, and tell of those that fail."""
    app.log_exception = _log_failure  # type: ignore[method-assign]

    @app.before_request
    def start_watch() -> None:
        g.started = time.perf_counter()
        g.request_id = secrets.token_hex(4)

    @app.after_request
    def stop_watch(response: Response) -> Response:
        if request.url_rule and request.url_rule.websocket and "screen" in g:
            # A socket lasts for hours, which is no time to an answer.
            return response
        route = request.url_rule.rule if request.url_rule else "unknown"
        took = time.perf_counter() - g.get("started", time.perf_counter())
        metrics.REQUEST_SECONDS.labels(route, str(response.status_code)).observe(took)
        _log_request(route, response.status_code, took)
        return response


def _log_failure(exc_info: ExcInfo) -> None:
    """Log an exception that ends in a 500; Flask would name the path, and so perhaps a party."""
    log.error("a request failed", exc_info=exc_info, extra={"request": g.get("request_id")})


def _log_request(route: str, status: int, took_s: float) -> None:
    # A poll is no event; at 5,000 a second its lines would be the work.
    level = logging.DEBUG if request.endpoint == "polling.snapshot" else logging.INFO
    if not log.isEnabledFor(level):
        return
    # The route and not the path: an address may hold the id of a party.
    fields = {
        "request": g.request_id,
        "method": request.method,
        "route": route,
        "code": (request.view_args or {}).get("code"),
        "status": status,
        "ms": round(took_s * 1000, 1),
    }
    log.log(level, "request", extra={name: value for name, value in fields.items() if value})


@bp.get("/metrics")
def figures() -> ResponseReturnValue:
    """Return all figures of this machine, to itself or to whoever has the token."""
    if not (_is_local() or _has_token()):
        raise Forbidden("Set METRICS_TOKEN and send it as a bearer token.")
    body = metrics.exposition(services().job_stats)
    return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})


@bp.get("/ops")
def page() -> ResponseReturnValue:
    """Show the day to the operator."""
    password = services().settings.ops_password
    if password is None:
        raise NotFound
    given = request.authorization
    if given is None or not _equal(given.password or "", password):
        challenge = {"WWW-Authenticate": 'Basic realm="QueueUp operator", charset="UTF-8"'}
        return Response("The operator's password is needed.", 401, challenge)
    response = Response(
        render_template(
            "ops/ops.html",
            today=services().daily_stats.today(),
            sockets_open=metrics.sockets_open(),
            socket_seen_at=services().waitlist.legacy_socket_seen_at(),
            backlog=services().job_stats.lines(),
            failed_jobs=services().job_stats.failed_jobs(),
            version=__version__,
            release=services().release,
        )
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_local() -> bool:
    # A proxy on this machine also comes from loopback, but speaks for somebody else.
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    return ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback


def _has_token() -> bool:
    token = services().settings.metrics_token
    given = request.authorization
    return bool(token and given and given.token and _equal(given.token, token))


def _equal(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
