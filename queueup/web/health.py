"""Liveness and readiness checks for load balancers and supervisors."""

from http import HTTPStatus

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from queueup.services import services

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def process() -> ResponseReturnValue:
    """Liveness: report that this process responds."""
    return jsonify(ok=True)


@bp.get("/readyz")
def everything() -> ResponseReturnValue:
    """Readiness: report whether Redis, the history and the workers respond; 503 if one does not."""
    checks = services().health.checks()
    ready = all(checks.values())
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return jsonify(ready=ready, **checks), status
