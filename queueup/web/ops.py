"""For operators: metrics for Prometheus, and a status page."""

import hmac
import ipaddress
from urllib.parse import urlsplit
from wsgiref.types import WSGIEnvironment

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST
from werkzeug.exceptions import Forbidden, NotFound

from queueup import __version__, metrics
from queueup.services import services

from .auth import hosts
from .legacy_sockets import last_seen
from .urls import came_by_https

bp = Blueprint("ops", __name__)

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
# Marks a browser in which the password was right. The password is still asked for: the cookie only
# keeps others at the same address from using up the tries.
OPERATOR_COOKIE = "queueup_operator"
OPERATOR_COOKIE_S = 180 * 24 * 3600
# No limit of tries is needed for a token that is as long as the ones that programs make.
LONG_TOKEN = 20


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
    response.set_cookie(
        OPERATOR_COOKIE,
        _operators_mark(password),
        max_age=OPERATOR_COOKIE_S,
        path="/ops",
        secure=came_by_https(),
        httponly=True,
        samesite="Strict",
    )
    return response


def is_operators_browser() -> bool:
    """Return whether the present password was right in this browser before."""
    password = services().settings.ops_password
    given = request.cookies.get(OPERATOR_COOKIE)
    return bool(password and given and _equal(given, _operators_mark(password)))


def has_long_token() -> bool:
    """Return whether the request has the metrics' token, and that is too long to be guessed."""
    token = services().settings.metrics_token or ""
    return len(token) >= LONG_TOKEN and _has_token(token)


def may_be_operators(environ: WSGIEnvironment) -> bool:
    """Return whether a request shows anything that these two functions may accept."""
    if OPERATOR_COOKIE in environ.get("HTTP_COOKIE", ""):
        return True
    return len(environ.get("HTTP_AUTHORIZATION", "").partition(" ")[2]) >= LONG_TOKEN


def _operators_mark(password: str) -> str:
    return hosts.derive("operator", password).hex()


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
