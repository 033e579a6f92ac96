"""The host's console: opening a line, running it, and its sheets as pages of their own."""

from contextlib import suppress
from http import HTTPStatus
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from htmx_flask import request
from werkzeug.wrappers import Response

from queueup.bot_check import BotCheckFailed
from queueup.clock import now_ms
from queueup.domain.ended_parties import ended_earlier
from queueup.domain.errors import UnknownQueue
from queueup.domain.events import DeviceAdded
from queueup.domain.model import Queue, QueueSettings
from queueup.domain.views import ended_party
from queueup.services import waitlist
from queueup.signing_keys import hash_secret
from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.web.auth import cookies, devices, hosts, lines
from queueup.web.input import forms, idempotency, joining, time_zones
from queueup.web.input import settings as settings_input
from queueup.web.polling import fragments

from . import search
from .actions import close_page, console_page
from .lock import require_device, to_console
from .screens import addresses

bp = Blueprint("host", __name__)

BLOCKED = (
    "This browser blocks cookies, so it couldn't be recognized as the host's. "
    "Allow cookies for this site, then tap the button again."
)
# The settings that the form for opening a line has.
CORRECTED = (
    "name",
    "max_guests",
    "location",
    "contact",
    "open_time",
    "close_time",
    "time_zone",
)
# Marks the rows that the console's search asked for, and counts them.
FOUND = "X-QueueUp-Found"
TITLES = {
    "add": "Add a party",
    "pause": "Pause joining",
    "message": "Message everyone",
    "screens": "TV board and kiosk",
}


@bp.get("/new")
def new() -> ResponseReturnValue:
    """Show the form that opens a line."""
    return _new_page({}, {})


@bp.post("/new")
def create() -> ResponseReturnValue:
    """Open a line with this device as its first."""
    settings, errors = forms.read_queue(request.form)
    if cookies.are_blocked():
        errors["cookies"] = BLOCKED
    elif settings is not None:
        given = request.form.get("key") or hosts.new_secret()
        key = idempotency.create_key(given, settings)
        device_id, secret = devices.first_credentials(given, key)
        if opened := _opened_by_this_form(device_id):
            _correct(opened, settings)
            return to_console(opened.code)
        device = DeviceAdded(now_ms(), device_id, devices.suggested_name(), hash_secret(secret))
        token = request.form.get("cf-turnstile-response")
        try:
            queue = joining.open_line(settings, key, token, device)
        except BotCheckFailed:
            errors["check"] = "Please wait for the check to finish, then tap the button again."
        else:
            response = to_console(queue.code)
            hosts.remember_device(response, queue.code, device_id, secret)
            return response
    return _new_page(request.form, errors), HTTPStatus.UNPROCESSABLE_ENTITY


def _opened_by_this_form(device_id: str) -> Queue | None:
    """Return the open line that this browser opened by the same form, before it went back."""
    for one in lines.remembered(lines.HOST_COOKIE):
        if hosts.remembered_device(one.code) != device_id:
            continue
        with suppress(UnknownQueue):
            is_known = hosts.known_device(one.code, waitlist().fresh_snapshot(one.code).views)
            queue = waitlist().queue(one.code)
            if is_known and not queue.is_closed:
                return queue
    return None


def _correct(queue: Queue, wanted: QueueSettings) -> None:
    """Change the line to what the form says now."""
    changes = {name: getattr(wanted, name) for name in CORRECTED}
    waitlist().act(queue.code, settings_input.command(changes))


@bp.get("/host/<code:code>")
def console(code: str) -> ResponseReturnValue:
    """Show the console."""
    snapshot, _ = require_device(code)
    response = fragments.private(console_page(snapshot, code))
    hosts.remember_device_longer(response, code)
    return response


@bp.get("/host/<code:code>/end-day")
def end_day(code: str) -> ResponseReturnValue:
    """Ask for confirmation that the day is over."""
    snapshot, _ = require_device(code)
    about, view = snapshot.views["about"], snapshot.views["host"]
    if view["closed"]:
        return _closed_already(snapshot)
    return fragments.private(render_template("host/end_day.html", about=about, view=view))


@bp.get("/host/<code:code>/close-for-good")
def close_for_good(code: str) -> ResponseReturnValue:
    """Ask for the name of the line that is to be closed for good."""
    snapshot, _ = require_device(code)
    if snapshot.views["host"]["closed"] and not snapshot.views["about"]["canOpenAgain"]:
        return _closed_already(snapshot)
    return close_page(snapshot, {}, {})


def _closed_already(snapshot: CachedSnapshot) -> Response:
    about, view = snapshot.views["about"], snapshot.views["host"]
    return fragments.private(render_template("host/closed_already.html", about=about, view=view))


@bp.get("/host/<code:code>/ended")
def ended(code: str) -> ResponseReturnValue:
    """List today's ended parties, latest first, each with a button that restores it.

    With `find`, only those that match; the console's search asks for their rows alone.
    """
    snapshot, _ = require_device(code)
    wanted = request.args.get("find", "")
    queue = waitlist().queue(code)
    parties = [
        party for party in queue.parties if not party.is_active and search.matches(party, wanted)
    ]
    parties.sort(key=lambda party: (party.ended_at or 0, party.ticket), reverse=True)
    shown = render_template(
        "host/_ended_rows.html" if request.htmx else "host/ended.html",
        about=snapshot.views["about"],
        view=snapshot.views["host"],
        wanted=wanted,
        parties=[ended_party(party) for party in parties],
        before=ended_earlier(queue).total(),
    )
    response = fragments.private(shown)
    response.headers[FOUND] = str(len(parties))
    return response


@bp.get("/host/<code:code>/<any(add, pause, message, screens):name>")
def sheet(code: str, name: str) -> ResponseReturnValue:
    """Show one of the console's sheets as a page."""
    snapshot, _ = require_device(code)
    shown = render_template(
        "host/sheet.html",
        about=snapshot.views["about"],
        view=snapshot.views["host"],
        name=name,
        title=TITLES[name],
        screens=addresses(code),
    )
    return fragments.private(shown)


def _new_page(values: Any, errors: forms.Errors) -> Response:
    page = render_template(
        "host/new.html",
        values=values,
        key=values.get("key") or hosts.new_secret(),
        errors=errors,
        zones=time_zones.by_region(),
        server_zone=time_zones.of_server(),
        site_key=joining.bot_check_key(),
    )
    response = fragments.private(page)
    cookies.probe(response)
    return response
