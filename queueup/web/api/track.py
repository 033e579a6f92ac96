"""The route on which clients report taps on notifications."""

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from queueup.clock import now_ms
from queueup.domain.errors import UnknownQueue
from queueup.ids import is_code
from queueup.services import services, waitlist
from queueup.web.errors import text
from queueup.web.input import json_body

bp = Blueprint("track", __name__, url_prefix="/api")

REQUIRED = "type required"
# Longer values are no ids or kinds of ours.
LIMIT = 64
META_FIELDS = 8


@bp.post("/track")
def track() -> ResponseReturnValue:
    """Store a report of a party for the history; others are accepted, and dropped."""
    body = json_body.json_object(REQUIRED)
    if not _short(body.get("type")):
        raise BadRequest(REQUIRED)
    code = _short(str(body.get("sessionId") or "").partition("-")[0]).upper()
    party_id = _short(body.get("partyId"))
    if _is_known(code, party_id):
        services().tracks.add(code, party_id, _report(body))
    return text("ok")


def _is_known(code: str, party_id: str) -> bool:
    if not (is_code(code) and party_id):
        return False
    try:
        return party_id in waitlist().snapshot(code).views["guests"]
    except UnknownQueue:
        return False


def _report(body: dict[str, Any]) -> dict[str, str]:
    report = {"at": str(now_ms()), "type": _short(body["type"])}
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
