"""The push routes of the API."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from ..parts import parts

bp = Blueprint("push", __name__, url_prefix="/api/push")


@bp.get("/vapid")
def vapid() -> ResponseReturnValue:
    """Return the key that browsers subscribe with (RFC 8292)."""
    return jsonify(publicKey=parts().settings.vapid_public)
