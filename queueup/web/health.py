"""Liveness and readiness checks for load balancers and supervisors."""

from http import HTTPStatus

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from queueup import time_zones
from queueup.services import services

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def process() -> ResponseReturnValue:
    """Liveness: report that this process responds."""
    return jsonify(ok=True)


@bp.get("/readyz")
def everything() -> ResponseReturnValue:
    """Readiness: report whether Redis, the history and the workers respond; 503 if one does not.

    Also say what to mend, and which time zone database is in use.
    """
    health = services().health
    checks = health.checks()
    ready = all(checks.values())
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    said = {"warnings": health.warnings(), "timeZones": time_zones.use_newest()}
    return jsonify(ready=ready, **checks, **said), status
