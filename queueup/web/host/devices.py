"""The pages about a line's devices: the list, adding a device, and the PIN."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from queueup import invitations
from queueup.domain.errors import InvitationSpent, LastDevice, QueueError
from queueup.domain.view_types import Views
from queueup.services import waitlist
from queueup.web.auth import cookies, devices, hosts
from queueup.web.errors import STATUS, BadField, refusal_of_failure, sentence_for_people
from queueup.web.input import fields, host_actions
from queueup.web.input.idempotency import host_key, join_key
from queueup.web.polling import fragments
from queueup.web.templating import qr_codes

from .lock import require_device, to_console

bp = Blueprint("host_devices", __name__, url_prefix="/host")

# Messages after an action, and beside a field that was refused.
CONFIRMATIONS = {
    "name-device": "Name saved.",
    "remove-device": "Device removed. It can no longer open this line.",
    "set-pin": "PIN saved. Locked devices will ask for it.",
    "no-pin": "PIN removed. All devices are unlocked.",
    "revoke-tokens": "Only the devices below can manage the line now.",
    "added": "The new device has joined and can manage the line.",
}
BLOCKED = (
    "This browser blocks cookies, so it couldn't be recognized later. "
    "Allow cookies for this site, then tap the button again."
)
ERRORS = {
    "name": f"Enter a name of 1 to {fields.DEVICE_NAME_LIMIT} characters.",
    "pin": "Use 4 to 8 digits.",
}


@bp.get("/<code:code>/devices")
def page(code: str) -> ResponseReturnValue:
    """Show the devices of this line."""
    said = CONFIRMATIONS.get(request.args.get("said", ""))
    return _page(code, said=said)


@bp.post("/<code:code>/devices")
def act(code: str) -> ResponseReturnValue:
    """Carry out an action on the devices."""
    snapshot, own_id = require_device(code)
    action = request.form.get("do", "")
    if action == "invite-device":
        key = join_key(request.form.get("key"))
        return _page(code, invitation=devices.invite(code, own_id, key))
    if action not in ("name-device", "remove-device", "revoke-tokens", "set-pin"):
        abort(HTTPStatus.BAD_REQUEST)
    raw = fields.of_form(request.form)
    try:
        if action == "set-pin":
            raw["pin"] = None if request.form.get("none") else host_actions.pin(raw)
        command = host_actions.ACTIONS[action](raw)
        if action == "remove-device" and not request.form.get("sure"):
            return _ask_to_remove(snapshot.views, own_id, raw.get("deviceId"))
        if action == "revoke-tokens" and not request.form.get("sure"):
            page = render_template("host/revoke_tokens.html", about=snapshot.views["about"])
            return fragments.private(page)
        waitlist().act(code, command, own_id, host_key(own_id))
    except BadField as bad:
        wrong = {"field": bad.field, "device": raw.get("deviceId"), "words": ERRORS[bad.field]}
        return _page(code, wrong=wrong), HTTPStatus.UNPROCESSABLE_ENTITY
    except QueueError as refused:
        return _page(code, refusal=sentence_for_people(refused)), STATUS[type(refused)]
    if action == "remove-device" and raw.get("deviceId") == own_id:
        response = redirect(url_for("home.home"), HTTPStatus.SEE_OTHER)
        response.delete_cookie(hosts.host_cookie(code))
        return response
    said = "no-pin" if action == "set-pin" and raw["pin"] is None else action
    return redirect(url_for(".page", code=code, said=said), HTTPStatus.SEE_OTHER)


@bp.get("/<code:code>/device")
def join(code: str) -> ResponseReturnValue:
    """Show the page of an invitation, whose secret is in the URL's fragment."""
    if hosts.known_device(code, waitlist().fresh_snapshot(code).views):
        snapshot, _ = require_device(code)
        return fragments.private(
            render_template("host/device_known.html", about=snapshot.views["about"])
        )
    return _join_page(code, devices.suggested_name(), {})


@bp.post("/<code:code>/device")
def redeem_invitation(code: str) -> ResponseReturnValue:
    """Redeem the invitation, and add this device to the line."""
    if hosts.known_device(code, waitlist().fresh_snapshot(code).views):
        require_device(code)
        return to_console(code)
    typed, name = request.form.get("invitation", ""), request.form.get("name", "")
    if cookies.are_blocked():
        # Not redeemed: the invitation works once, and this browser would lose it.
        errors = {"cookies": BLOCKED}
        return _join_page(code, name, errors, typed), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        wanted = fields.required_line({"name": name}, "name", fields.DEVICE_NAME_LIMIT)
    except BadField:
        errors = {"name": ERRORS["name"]}
        return _join_page(code, name, errors, typed), HTTPStatus.UNPROCESSABLE_ENTITY
    if not invitations.read(typed):
        errors = {"invitation": "Enter the code under the QR on the other device."}
        return _join_page(code, name, errors), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        device_id, secret = devices.add(code, typed, wanted, request.form.get("key"))
    except InvitationSpent as spent:
        if too_many := refusal_of_failure(STATUS[InvitationSpent]):
            return too_many
        errors = {"invitation": str(spent)}
        return _join_page(code, name, errors), STATUS[InvitationSpent]
    response = to_console(code)
    hosts.remember_device(response, code, device_id, secret)
    return response


def _page(code: str, **shown: Any) -> Response:
    snapshot, own_id = require_device(code)
    invitation = shown.get("invitation")
    page = render_template(
        "host/devices.html",
        about=snapshot.views["about"],
        view=snapshot.views["host"],
        own_id=own_id,
        screen=hosts.SCREEN,
        tokens_revoked=snapshot.views["tokensRevoked"],
        name_limit=fields.DEVICE_NAME_LIMIT,
        qr=qr_codes.qr_svg(invitation.link) if invitation else None,
        is_local=qr_codes.join_link(code)["is_local"],
        **shown,
    )
    return fragments.private(page)


def _ask_to_remove(views: Views, own_id: str, device_id: object) -> ResponseReturnValue:
    listed = views["host"]["devices"]
    found = next((device for device in listed if device["id"] == device_id), None)
    if found is None:
        return redirect(url_for(".page", code=views["code"]), HTTPStatus.SEE_OTHER)
    if len(listed) == 1:
        raise LastDevice
    page = render_template(
        "host/remove_device.html",
        about=views["about"],
        device=found,
        is_own=device_id == own_id,
    )
    return fragments.private(page)


def _join_page(code: str, name: str, errors: dict[str, str], typed: str = "") -> Response:
    about = waitlist().snapshot(code).views["about"]
    page = render_template(
        "host/device_join.html",
        about=about,
        values={"name": name, "invitation": typed},
        errors=errors,
        name_limit=fields.DEVICE_NAME_LIMIT,
    )
    response = fragments.private(page)
    cookies.probe(response)
    return response
