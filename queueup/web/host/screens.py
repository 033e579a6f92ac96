"""The line's other screens: addresses of board and kiosk, and opening the kiosk here."""

from http import HTTPStatus

from flask import Blueprint, Response, redirect, url_for
from flask.typing import ResponseReturnValue

from queueup.domain.commands import devices as devices_commands
from queueup.links import board_url, kiosk_url
from queueup.services import waitlist
from queueup.web.auth import hosts
from queueup.web.input.idempotency import host_key
from queueup.web.templating import qr_codes
from queueup.web.urls import own_origin

from .lock import require_device

bp = Blueprint("screens", __name__, url_prefix="/host")

ADDRESSES = {"board": board_url, "kiosk": kiosk_url}


@bp.get("/<code:code>/screens/<any(board, kiosk):screen>.svg")
def qr_code(code: str, screen: str) -> ResponseReturnValue:
    """Return the QR code of a screen's address as an image, for the device that is to show it."""
    snapshot, _ = require_device(code)
    link = ADDRESSES[screen](own_origin(), snapshot.views["code"])
    response = Response(qr_codes.qr_picture(link), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.post("/<code:code>/kiosk")
def open_kiosk(code: str) -> ResponseReturnValue:
    """Turn this device into the kiosk; if there is a PIN, coming back to the console takes it."""
    snapshot, _ = require_device(code)
    device = hosts.known_device(code, snapshot.views)
    if device is not None and snapshot.views["about"]["hasPin"]:
        waitlist().act(
            code,
            lambda queue, now: devices_commands.lock(queue, now, device),
            device,
            host_key(device),
        )
    return redirect(url_for("kiosk.start", code=code), HTTPStatus.SEE_OTHER)


def addresses(code: str) -> dict[str, str]:
    """Return the addresses of board and kiosk."""
    return {screen: address(own_origin(), code) for screen, address in ADDRESSES.items()}
