"""Times and logs every request, and logs those that fail."""

import logging
import secrets
import time
from types import TracebackType

from flask import Flask, Response, g, request

from queueup import metrics

log = logging.getLogger("queueup.requests")

ExcInfo = tuple[type, BaseException, TracebackType] | tuple[None, None, None]


def init_app(app: Flask) -> None:
    """Time every request of the app, and log those that fail."""
    app.log_exception = _log_failure  # type: ignore[method-assign]

    @app.before_request
    def start_watch() -> None:
        g.started = time.perf_counter()
        g.request_id = secrets.token_hex(4)

    @app.after_request
    def stop_watch(response: Response) -> Response:
        if request.url_rule and request.url_rule.websocket and "legacy_client" in g:
            # A WebSocket lasts for hours, which is not a response time.
            return response
        route = request.url_rule.rule if request.url_rule else "unknown"
        took = time.perf_counter() - g.get("started", time.perf_counter())
        metrics.REQUEST_SECONDS.labels(route, str(response.status_code)).observe(took)
        _log_request(route, response.status_code, took)
        return response


def _log_failure(exc_info: ExcInfo) -> None:
    """Log an exception that ends in a 500, without its path, which may hold a party id."""
    log.error("request failed", exc_info=exc_info, extra={"request": g.get("request_id")})


def _log_request(route: str, status: int, took_s: float) -> None:
    # At 5,000 polls a second, logging them would be most of the work.
    level = logging.DEBUG if request.endpoint == "polling.snapshot" else logging.INFO
    if not log.isEnabledFor(level):
        return
    # The route, not the path: a URL may hold the id of a party.
    fields = {
        "request": g.request_id,
        "method": request.method,
        "route": route,
        "code": (request.view_args or {}).get("code"),
        "status": status,
        "ms": round(took_s * 1000, 1),
    }
    log.log(level, "request", extra={name: value for name, value in fields.items() if value})
