"""The route on which clients report taps on notifications."""

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from queueup.clock import now_ms
from queueup.services import services
from queueup.web.errors import text
from queueup.web.input import json_body

bp = Blueprint("track", __name__, url_prefix="/api")

REQUIRED = "type required"
# Longer values are no ids or kinds of ours.
LIMIT = 64
META_FIELDS = 8


@bp.post("/track")
def track() -> ResponseReturnValue:
    """Store a report for the history."""
    body = json_body.json_object(REQUIRED)
    if not _short(body.get("type")):
        raise BadRequest(REQUIRED)
    services().tracks.add(_report(body))
    return text("ok")


def _report(body: dict[str, Any]) -> dict[str, str]:
    report = {"at": str(now_ms()), "type": _short(body["type"])}
    code = _short(str(body.get("sessionId") or "").partition("-")[0])
    party_id = _short(body.get("partyId"))
    report |= {name: value for name, value in (("code", code), ("party", party_id)) if value}
    meta = body.get("meta")
    for name, value in list(meta.items())[:META_FIELDS] if isinstance(meta, dict) else ():
        if _short(name) and _short(value):
            report[f"meta.{name}"] = _short(value)
    return report


def _short(value: object) -> str:
    """Return a short text or number as text, an empty text for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value)
    return text if len(text) <= LIMIT else ""
