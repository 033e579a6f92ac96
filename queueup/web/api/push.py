"""The Web Push routes of the API."""

import re
from http import HTTPStatus
from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from queueup.i18n.catalog import spoken
from queueup.links import place_url
from queueup.notifications.service import PushTestResult
from queueup.notifications.subscriptions import BadSubscription
from queueup.services import services
from queueup.web.errors import text
from queueup.web.input import json_body
from queueup.web.urls import own_origin

bp = Blueprint("push", __name__, url_prefix="/api/push")

INVALID = "Invalid subscription payload"
URL_LIMIT = 300
# Percent-encoded, as browsers send URLs (RFC 3986, section 2.1).
URL = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
STATUS = {
    PushTestResult.SENT: HTTPStatus.OK,
    PushTestResult.NO_SUBSCRIPTION: HTTPStatus.NOT_FOUND,
    PushTestResult.STALE_REMOVED: HTTPStatus.GONE,
    PushTestResult.FAILED: HTTPStatus.BAD_GATEWAY,
}


@bp.get("/vapid")
def vapid() -> ResponseReturnValue:
    """Return the public VAPID key that browsers subscribe with (RFC 8292)."""
    return jsonify(publicKey=services().settings.vapid_public)


@bp.post("/subscribe")
def subscribe() -> ResponseReturnValue:
    """Subscribe this device to a party's notifications."""
    body = json_body.json_object(INVALID)
    try:
        # The order of refusals is the wire's: the keys, the ids, then the push service.
        subscription = services().push_service.read(
            body.get("subscription"), own_origin(), spoken(body.get("language"))
        )
        refusal = None
    except BadSubscription as error:
        refusal = error
        if error.code == "malformed":
            raise BadRequest(INVALID) from error
    session_id, party_id = _who(body)
    if refusal is not None:
        raise BadRequest(str(refusal))
    services().push_service.subscribe(session_id, party_id, subscription)
    return text("ok")


@bp.post("/unsubscribe")
def unsubscribe() -> ResponseReturnValue:
    """Unsubscribe a device."""
    body = json_body.json_object(INVALID)
    session_id, party_id = _who(body)
    services().push_service.unsubscribe(
        session_id, party_id, json_body.required_text(body, "endpoint")
    )
    return text("ok")


@bp.post("/test")
def test() -> ResponseReturnValue:
    """Send a test push to the devices of a party."""
    body = json_body.json_object()
    session_id, party_id = _who(body)
    title, said = json_body.optional_text(body, "title"), json_body.optional_text(body, "body")
    path, language = _path(body, party_id), spoken(body.get("language"))
    result = services().push_service.test(session_id, party_id, title, said, path, language)
    return text(result.value, STATUS[result])


def _who(body: dict[str, Any]) -> tuple[str, str]:
    session_id, party_id = body.get("sessionId"), body.get("partyId")
    named = (session_id, party_id)
    if not all(isinstance(name, str) and name for name in named):
        raise BadRequest("sessionId and partyId required")
    return str(session_id), str(party_id)


def _path(body: dict[str, Any], party_id: str) -> str:
    """Return the page that the test push opens: the requested one if it is on this origin.

    Only its path: where this service is, the request must not say.
    """
    wished = json_body.optional_text(body, "url") or ""
    if len(wished) < URL_LIMIT and URL.fullmatch(wished):
        wished = wished.removeprefix(own_origin())
        if wished.startswith("/") and not wished.startswith("//"):
            return wished
    code = str(body["sessionId"]).partition("-")[0]
    return place_url("", code, party_id)
