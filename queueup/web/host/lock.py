"""Access to the host's pages: devices of the line only, and the lock screen."""

from http import HTTPStatus

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as Redirect

from queueup.clock import now_ms
from queueup.domain.errors import NotPossibleNow, WrongPin
from queueup.services import waitlist
from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.web.auth import hosts, pins
from queueup.web.polling import fragments

bp = Blueprint("lock_screen", __name__, url_prefix="/host")

NOT_THE_HOST = (
    "Only devices added to this line can open this page. "
    "Ask the host to add this one, or reload the page."
)
NO_LONGER = (
    "This device was removed and can no longer manage the line. "
    "You can add it again from another device, under Devices."
)
SECOND_MS = 1_000


def require_device(code: str) -> tuple[CachedSnapshot, str]:
    """Return the present snapshot and the id of the device; abort unless it may act as host."""
    snapshot = waitlist().fresh_snapshot(code)
    device = hosts.acting_device(code, snapshot.views)
    if device is None:
        locked = hosts.known_device(code, snapshot.views)
        if locked is not None:
            abort(_screen(snapshot, locked))
        abort(HTTPStatus.FORBIDDEN, NO_LONGER if hosts.has_device_cookie(code) else NOT_THE_HOST)
    return snapshot, device


def to_console(code: str) -> Redirect:
    """Redirect to the console."""
    return redirect(url_for("host.console", code=code), HTTPStatus.SEE_OTHER)


@bp.post("/<code:code>/unlock")
def unlock(code: str) -> ResponseReturnValue:
    """Unlock this device with the PIN, and redirect to the console."""
    snapshot = waitlist().fresh_snapshot(code)
    device = hosts.known_device(code, snapshot.views)
    if device is None:
        require_device(code)
        return to_console(code)
    pin = request.form.get("pin", "")
    if not pin.strip():
        return _screen(snapshot, device, "Enter the PIN.")
    try:
        pins.unlock(code, device, pin)
    except WrongPin as wrong:
        return _screen(snapshot, device, str(wrong))
    except NotPossibleNow:
        return _screen(snapshot, device)
    return to_console(code)


def _screen(snapshot: CachedSnapshot, device: str, wrong: str | None = None) -> Response:
    wait_until = pins.wait_until(snapshot.views["code"], device)
    page = render_template(
        "host/locked.html",
        about=snapshot.views["about"],
        wrong=wrong,
        wait_until=wait_until,
        wait_s=-(-(wait_until - now_ms()) // SECOND_MS) if wait_until else 0,
    )
    response = fragments.private(page)
    response.status_code = HTTPStatus.FORBIDDEN
    return response
