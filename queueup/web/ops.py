"""For operators: metrics for Prometheus, and a status page."""

import hmac
import ipaddress
from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST
from werkzeug.exceptions import Forbidden, NotFound

from queueup import __version__, metrics
from queueup.services import services

from .legacy_sockets import last_seen

bp = Blueprint("ops", __name__)

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


@bp.get("/metrics")
def figures() -> ResponseReturnValue:
    """Return this machine's metrics: with the token, or without one to local requests."""
    token = services().settings.metrics_token
    if not (_has_token(token) if token else _is_local()):
        raise Forbidden("Set METRICS_TOKEN and send it as a bearer token.")
    body = metrics.exposition(services().job_stats)
    return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})


@bp.get("/ops")
def page() -> ResponseReturnValue:
    """Show the operator's status page."""
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
            socket_seen_at=last_seen.seen_at(services()),
            backlog=services().job_stats.queues(),
            failed_jobs=services().job_stats.failed_jobs(),
            trusted_proxies=services().settings.trusted_proxies,
            version=__version__,
            release=services().release,
        )
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_local() -> bool:
    # Requests through a local proxy come from loopback, too, but are not local. Nor are those of a
    # page whose own name somebody lets lead to this machine (DNS rebinding).
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    if urlsplit(request.host_url).hostname not in LOCAL_NAMES:
        return False
    return ipaddress.ip_address(request.remote_addr or "0.0.0.0").is_loopback


def _has_token(token: str) -> bool:
    given = request.authorization
    return bool(given and given.token and _equal(given.token, token))


def _equal(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())
