"""The JSON API of legacy clients, whose responses must not change."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from queueup.domain.errors import SessionClosed
from queueup.domain.model import MINUTE, OnExpiry, Party, Queue
from queueup.domain.views import for_guest, host_party, standing
from queueup.links import join_url
from queueup.services import waitlist
from queueup.web.auth import hosts
from queueup.web.input import fields, joining, json_body
from queueup.web.input.idempotency import create_key, host_key, join_key
from queueup.web.urls import own_origin

bp = Blueprint("api", __name__, url_prefix="/api/queue")

# Legacy clients expect a call to last two minutes, and the next party to be called then.
HOLD_MS = 2 * MINUTE
ON_EXPIRY = OnExpiry.RELEASE


@bp.post("/create")
def create() -> ResponseReturnValue:
    """Open a queue."""
    body = json_body.json_object("Invalid request body")
    settings = fields.read_queue(body, HOLD_MS, ON_EXPIRY)
    key = create_key(request.headers.get("Idempotency-Key"), settings)
    queue = joining.open_line(settings, key, body.get("turnstileToken"))
    token = hosts.host_token(queue.session_id)
    response = jsonify(_created(queue, token))
    hosts.remember_host(response, token)
    return response


@bp.post("/<code:code>/join")
def join(code: str) -> ResponseReturnValue:
    """Let a party join."""
    snapshot = waitlist().snapshot(code)
    key = join_key(request.headers.get("Idempotency-Key"))
    # The order of refusals is the wire's: the bot check, a closed queue, then the body.
    joining.require_bot_check(code, key, lambda: json_body.field("turnstileToken"))
    if snapshot.views["host"]["closed"] and not joining.has_joined(code, key):
        raise SessionClosed
    name, size = fields.read_party(json_body.json_object())
    queue, party = waitlist().join(code, name, size, key)
    return jsonify(_joined(queue, party))


@bp.post("/<code:code>/declare-nearby")
def declare_nearby(code: str) -> ResponseReturnValue:
    """Record that a guest is nearby."""
    waitlist().snapshot(code)
    waitlist().declare_nearby(code, _party_id())
    return jsonify(ok=True)


@bp.post("/<code:code>/leave")
def leave(code: str) -> ResponseReturnValue:
    """Remove a guest from the line, on the guest's request."""
    waitlist().snapshot(code)
    waitlist().leave(code, _party_id())
    return jsonify(ok=True)


@bp.post("/<code:code>/advance")
def advance(code: str) -> ResponseReturnValue:
    """Serve a called party and call the next one."""
    device = hosts.require_host(code)
    body = json_body.optional_json_object()
    served = json_body.optional_text(body, "servedParty")
    chosen = json_body.optional_text(body, "nextParty")
    key = host_key(device)
    called = waitlist().advance(code, served, chosen, device, key)
    return jsonify(nowServing=host_party(called) if called else None)


@bp.post("/<code:code>/kick")
def kick(code: str) -> ResponseReturnValue:
    """Remove a party."""
    device = hosts.require_host(code)
    waitlist().kick(code, _party_id(), device, host_key(device))
    return jsonify(ok=True)


@bp.post("/<code:code>/close")
def close(code: str) -> ResponseReturnValue:
    """Close the queue for good."""
    device = hosts.require_host(code)
    waitlist().close(code, device)
    return jsonify(ok=True)


def _party_id() -> str:
    return json_body.required_text(json_body.json_object(), "partyId")


def _created(queue: Queue, token: str) -> dict[str, object]:
    settings = queue.settings
    return {
        "code": queue.code,
        "sessionId": queue.session_id,
        "joinUrl": join_url(own_origin(), queue.code),
        "wsUrl": f"{own_origin()}/api/queue/{queue.code}/connect",
        "hostAuthToken": token,
        "eventName": settings.name,
        "maxGuests": settings.max_guests,
        "location": settings.location,
        "contactInfo": settings.contact,
        "openTime": settings.open_time,
        "closeTime": settings.close_time,
    }


def _joined(queue: Queue, party: Party) -> dict[str, object]:
    view = for_guest(queue, party, standing(queue))
    return {
        "partyId": party.id,
        # When a request is repeated, its party may have been called or have left: nobody is ahead.
        "position": view.get("position", 1),
        "sessionId": queue.session_id,
        "queueLength": len(queue.waiting()) + len(queue.called()),
        "estimatedWaitMs": view.get("estimatedWaitMs", 0),
        "eventName": queue.settings.name,
    }
