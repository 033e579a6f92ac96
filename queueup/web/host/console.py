"""The host's pages: open a line, and run it."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from queueup.bot_check import BotCheckFailed
from queueup.clock import now_ms
from queueup.domain.events import DeviceAdded
from queueup.services import services, waitlist
from queueup.signing_keys import hash_secret
from queueup.web.auth import devices, hosts
from queueup.web.input import creating, forms, time_zones
from queueup.web.polling import fragments

from .actions import console_page
from .lock import require_device

bp = Blueprint("host", __name__)


@bp.get("/new")
def new() -> ResponseReturnValue:
    """Show the form that opens a line."""
    return _new_page({}, {})


@bp.post("/new")
def create() -> ResponseReturnValue:
    """Open a line, and let this device run it."""
    settings, errors = forms.read_queue(request.form)
    if settings is not None:
        given = request.form.get("key") or hosts.new_secret()
        key = creating.key(given, settings)
        try:
            if not creating.is_done(key):
                services().bot_check.require(request.form.get("cf-turnstile-response"))
        except BotCheckFailed:
            errors["check"] = "Please let the check finish, then tap the button once more."
        else:
            device_id, secret = devices.proofs("first device", key or given)
            device = DeviceAdded(now_ms(), device_id, devices.suggested_name(), hash_secret(secret))
            queue = waitlist().create(settings, device, key)
            response = _to_console(queue.code)
            hosts.remember_device(response, queue.code, device_id, secret)
            return response
    return _new_page(request.form, errors), HTTPStatus.UNPROCESSABLE_ENTITY


@bp.get("/host/<code:code>")
def console(code: str) -> ResponseReturnValue:
    """Show the console."""
    kept, _ = require_device(code)
    response = fragments.private(console_page(kept, code))
    hosts.remember_device_longer(response, code)
    return response


def _to_console(code: str) -> Response:
    return redirect(url_for("host.console", code=code), HTTPStatus.SEE_OTHER)


def _new_page(values: Any, errors: forms.Errors) -> Response:
    page = render_template(
        "host/new.html",
        values=values,
        key=values.get("key") or hosts.new_secret(),
        errors=errors,
        zones=time_zones.by_region(),
        server_zone=time_zones.of_server(),
        site_key=services().settings.turnstile_site_key if services().bot_check.is_on else None,
    )
    return fragments.private(page)
