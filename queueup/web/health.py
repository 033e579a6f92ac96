"""What a load balancer or a supervisor asks: does this process answer, and can it work."""

from http import HTTPStatus

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from queueup.services import services

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def process() -> ResponseReturnValue:
    """Answer: this process lives."""
    return jsonify(ok=True)


@bp.get("/readyz")
def everything() -> ResponseReturnValue:
    """Say whether Redis, the history and the workers answer; 503 when one does not."""
    checks = services().health.checks()
    ready = all(checks.values())
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return jsonify(ready=ready, **checks), status
