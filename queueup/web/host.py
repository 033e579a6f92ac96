"""The host's pages: open a line, run it, close it."""

from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from htmx_flask import request
from werkzeug.wrappers import Response

from ..botcheck import BotCheckFailed
from ..domain import rules
from ..domain.device_events import DeviceAdded
from ..domain.errors import IllegalMove, NextPartyNotWaiting, SessionClosed, UnknownParty
from ..memory import Kept
from ..parts import parts, waitlist
from ..waitlist import now_ms
from . import auth, devices, forms, fragments, time_zones
from .host_acting import READER, console_page, own

bp = Blueprint("host", __name__)

# Somebody was faster: another tablet, the guest, or the first half of a double tap.
TOO_LATE = (UnknownParty, IllegalMove, NextPartyNotWaiting, SessionClosed)


@bp.get("/new")
def new() -> ResponseReturnValue:
    """Show the form that opens a line."""
    return _new_page({}, {})


@bp.post("/new")
def create() -> ResponseReturnValue:
    """Open a line, and let this device run it."""
    settings, errors = forms.read_queue(request.form)
    if settings is not None:
        try:
            parts().bot_check.require(request.form.get("cf-turnstile-response"))
        except BotCheckFailed:
            errors["check"] = "Please let the check finish, then tap the button once more."
        else:
            secret, device_id = auth.new_secret(), auth.new_device_id()
            device = DeviceAdded(
                now_ms(), device_id, devices.suggested_name(), auth.hash_secret(secret)
            )
            queue = waitlist().create(settings, device)
            response = _to_console(queue.code)
            auth.remember_device(response, queue.code, device_id, secret)
            return response
    return _new_page(request.form, errors), HTTPStatus.UNPROCESSABLE_ENTITY


@bp.get("/host/<code:code>")
def console(code: str) -> ResponseReturnValue:
    """Show the console."""
    kept, _ = own(code)
    response = fragments.private(console_page(kept, code))
    auth.remember_device_longer(response, code)
    return response


@bp.post("/host/<code:code>/call-next")
def call_next(code: str) -> ResponseReturnValue:
    """Call the party that the button named, if it is still waiting."""
    _, device = own(code)
    with suppress(*TOO_LATE):
        waitlist().advance(code, None, _party_id(), device)
    return _after(code)


@bp.post("/host/<code:code>/party")
def act(code: str) -> ResponseReturnValue:
    """Do with one party what its button says. Repeating it, or being too late, changes nothing."""
    kept, _ = own(code)
    party_id = _party_id()
    action = ACTIONS.get(request.form.get("do", ""))
    if action is None:
        abort(HTTPStatus.BAD_REQUEST)
    if action is _remove and not request.form.get("sure"):
        party = _shown(kept, party_id)
        return _ask("host/remove.html", kept, party=party) if party else _after(code)
    with suppress(*TOO_LATE):
        action(code, party_id)
    return _after(code)


@bp.post("/host/<code:code>/close")
def close(code: str) -> ResponseReturnValue:
    """Ask whether the host means it, then close the line for good."""
    kept, _ = own(code)
    if not request.form.get("sure"):
        return _ask("host/close.html", kept, view=kept.views["host"])
    waitlist().close(code)
    return _after(code)


def _call(code: str, party_id: str) -> None:
    # Unlike a call, this refuses a party that is called already: a double tap rings once.
    waitlist().advance(code, None, party_id)


def _call_again(code: str, party_id: str) -> None:
    calls = request.form.get("calls", "")
    # The button knows how often the party had been called: a double tap rings once.
    seen = int(calls) if calls.isdecimal() and len(calls) < 6 else None
    waitlist().act(code, lambda queue, now: rules.call(queue, party_id, now, seen))


def _serve(code: str, party_id: str) -> None:
    waitlist().serve(code, party_id)


def _no_show(code: str, party_id: str) -> None:
    waitlist().no_show(code, party_id)


def _remove(code: str, party_id: str) -> None:
    waitlist().kick(code, party_id)


ACTIONS: dict[str, Callable[[str, str], None]] = {
    "call": _call,
    "again": _call_again,
    "served": _serve,
    "no-show": _no_show,
    "remove": _remove,
}


def _after(code: str) -> ResponseReturnValue:
    if request.htmx:
        return fragments.alone(waitlist().fresh_snapshot(code), READER)
    return _to_console(code)


def _ask(template: str, kept: Kept, **shown: Any) -> ResponseReturnValue:
    return fragments.private(render_template(template, about=kept.views["about"], **shown))


def _shown(kept: Kept, party_id: str) -> dict[str, Any] | None:
    view = kept.views["host"]
    return next((p for p in view["called"] + view["queue"] if p["id"] == party_id), None)


def _party_id() -> str:
    party_id: str | None = request.form.get("party")
    return party_id or abort(HTTPStatus.BAD_REQUEST)


def _to_console(code: str) -> Response:
    return redirect(url_for("host.console", code=code), HTTPStatus.SEE_OTHER)


def _new_page(values: Any, errors: forms.Errors) -> Response:
    page = render_template(
        "host/new.html",
        values=values,
        errors=errors,
        zones=time_zones.by_region(),
        server_zone=time_zones.of_server(),
        site_key=parts().settings.turnstile_site_key if parts().bot_check.is_on else None,
    )
    return fragments.private(page)
