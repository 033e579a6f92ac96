"""The JSON API beyond what legacy clients use."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from queueup.domain.commands import devices as devices_commands
from queueup.domain.views import host_party
from queueup.links import place_url
from queueup.services import waitlist
from queueup.web.auth import devices, hosts, pins
from queueup.web.input import guest_actions, host_actions, joining, json_body
from queueup.web.input.idempotency import guest_key, host_key
from queueup.web.urls import own_origin

bp = Blueprint("api_actions", __name__, url_prefix="/api/queue")


@bp.post("/<code:code>/add")
def add(code: str) -> ResponseReturnValue:
    """Add a walk-in, and return it with the link to its place."""
    device = hosts.require_host(code)
    party = joining.add_walk_in(code, json_body.json_object(), device)
    url = place_url(own_origin(), code, party.id)
    return jsonify(party=host_party(party), placeUrl=url)


@bp.post("/<code:code>/invite-device")
def invite_device(code: str) -> ResponseReturnValue:
    """Return a link that adds one device to the line."""
    device = hosts.require_host(code)
    return jsonify(url=devices.invite(code, device, host_key(device)).link)


@bp.post("/<code:code>/lock")
def lock(code: str) -> ResponseReturnValue:
    """Lock this device until the PIN is entered."""
    device = hosts.require_host(code)
    key = host_key(device)
    waitlist().act(code, lambda queue, now: devices_commands.lock(queue, now, device), device, key)
    return jsonify(ok=True)


@bp.post("/<code:code>/unlock")
def unlock(code: str) -> ResponseReturnValue:
    """Unlock this device with the PIN."""
    views = waitlist().fresh_snapshot(code).views
    device = hosts.known_device(code, views) or hosts.require_host(code)
    pins.unlock(code, device, json_body.json_object().get("pin"))
    return jsonify(ok=True)


@bp.post("/<code:code>/open")
def open_again(code: str) -> ResponseReturnValue:
    """Open the line for another day under the same code."""
    device = hosts.require_host(code)
    waitlist().open_again(code, device, host_key(device))
    return jsonify(ok=True)


def act_as_host(code: str, action: str) -> ResponseReturnValue:
    """Carry out a host's action."""
    device = hosts.require_host(code)
    command = host_actions.ACTIONS[action](json_body.optional_json_object())
    waitlist().act(code, command, device, host_key(device))
    return jsonify(ok=True)


def act_as_guest(code: str, action: str) -> ResponseReturnValue:
    """Carry out a guest's action."""
    waitlist().snapshot(code)
    body: dict[str, Any] = json_body.json_object()
    party_id = json_body.required_text(body, "partyId")
    command = guest_actions.ACTIONS[action](body, party_id)
    waitlist().act(code, command, key=guest_key(party_id))
    return jsonify(ok=True)


def _route(name: str, act: Callable[[str, str], ResponseReturnValue]) -> None:
    path, endpoint = f"/<code:code>/{name}", f"{act.__name__}-{name}"
    bp.add_url_rule(path, endpoint, act, methods=["POST"], defaults={"action": name})


for _name in host_actions.ACTIONS:
    _route(_name, act_as_host)
for _name in guest_actions.ACTIONS:
    _route(_name, act_as_guest)
