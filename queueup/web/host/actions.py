"""The actions of the host's pages, one URL for each."""

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from htmx_flask import request
from werkzeug.wrappers import Response

from queueup.clock import now_ms
from queueup.domain.change import Command
from queueup.domain.commands import devices as devices_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.errors import QueueError, UnknownQueue
from queueup.links import place_url
from queueup.services import waitlist
from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.web.errors import ADDED, NOTICE, REFUSED, STATUS, BadField, sentence_for_people
from queueup.web.input import fields, host_actions, joining
from queueup.web.input.idempotency import host_key
from queueup.web.polling import fragments
from queueup.web.polling.content import Reader
from queueup.web.templating import qr_codes
from queueup.web.urls import own_origin

from .lock import require_device, to_console
from .screens import addresses

bp = Blueprint("host_acting", __name__, url_prefix="/host")

READER = Reader("host")
# The fields that a host types into, as the forms call them.
LABELS = {
    "size": "Party size",
    "exactSize": "Party size",
    "name": "Name",
    "phone": "Phone",
    "notes": "Notes",
    "seating": "Seating preference",
    "quotedMinutes": "Quoted wait",
    "minutes": "Minutes",
    "holdMinutes": "Hold",
    "reason": "Reason",
    "text": "Message",
    "table": "Table",
    "pin": "PIN",
}


@bp.post("/<code:code>/do/<action>")
def act(code: str, action: str) -> ResponseReturnValue:
    """Carry out an action; the same key again changes nothing."""
    _, device = require_device(code)
    read = host_actions.ACTIONS.get(action)
    if read is None:
        abort(HTTPStatus.NOT_FOUND)
    return _respond(code, lambda raw: _commit(code, read(raw), device))


@bp.post("/<code:code>/do/add")
def add(code: str) -> ResponseReturnValue:
    """Add a walk-in."""
    _, device = require_device(code)

    def commit(raw: dict[str, Any]) -> dict[str, str]:
        return {ADDED: joining.add_walk_in(code, raw, device).id}

    return _respond(code, commit)


@bp.post("/<code:code>/do/open")
def open_again(code: str) -> ResponseReturnValue:
    """Open the line for another day under the same code; ask first what could still be undone."""
    snapshot, device = require_device(code)
    if can_undo_closing(snapshot) and not request.form.get("sure"):
        about, view = snapshot.views["about"], snapshot.views["host"]
        page = render_template("host/open_day.html", about=about, view=view)
        return fragments.private(page)
    return _respond(code, lambda raw: waitlist().open_again(code, device, host_key(device)))


@bp.post("/<code:code>/do/close")
def close(code: str) -> ResponseReturnValue:
    """Close the line for good, once its name has been typed; the poster stops working."""
    snapshot, device = require_device(code)
    typed = request.form.get("name", "")
    name = snapshot.views["about"]["eventName"]
    if not fields.is_same_name(typed, name):
        errors = {"name": f"That's not the name of this line. Type: {name}"}
        return close_page(snapshot, {"name": typed}, errors), HTTPStatus.UNPROCESSABLE_ENTITY
    return _respond(code, lambda raw: _commit(code, session_commands.close, device))


@bp.post("/<code:code>/do/lock")
def lock(code: str) -> ResponseReturnValue:
    """Lock this device until the PIN is entered."""
    _, device = require_device(code)
    return _respond(
        code,
        lambda raw: _commit(
            code, lambda queue, now: devices_commands.lock(queue, now, device), device
        ),
    )


def _commit(code: str, command: Command, device: str) -> None:
    waitlist().act(code, command, device, host_key(device))


def _respond(code: str, commit: Any) -> ResponseReturnValue:
    """Commit the form, and show the line afterwards, with a refusal if there was one."""
    try:
        headers = commit(fields.of_form(request.form)) or {}
    except BadField as bad:
        return _shown(code, HTTPStatus.UNPROCESSABLE_ENTITY, _in_words(bad), "BadField")
    except UnknownQueue:
        raise
    except QueueError as refused:
        return _shown(
            code, STATUS[type(refused)], sentence_for_people(refused), type(refused).__name__
        )
    if not request.htmx:
        return to_console(code)
    response = fragments.alone(waitlist().fresh_snapshot(code), READER)
    response.headers.update(headers)
    return response


def _in_words(bad: BadField) -> str:
    """Return what is wrong with a field under the name that it has on the page."""
    label = LABELS.get(bad.field, bad.field)
    return f"{label}{str(bad).removeprefix(bad.field)}."


def _shown(code: str, status: HTTPStatus, sentence: str, refusal: str) -> ResponseReturnValue:
    snapshot = waitlist().fresh_snapshot(code)
    response = (
        fragments.alone(snapshot, READER)
        if request.htmx
        else fragments.private(console_page(snapshot, code, sentence))
    )
    response.status_code = status
    response.headers[NOTICE] = quote(sentence)
    response.headers[REFUSED] = refusal
    return response


def can_undo_closing(snapshot: CachedSnapshot) -> bool:
    """Return whether the end of the day can still be undone."""
    until = snapshot.views["host"]["reopenUntil"]
    return snapshot.views["about"]["canOpenAgain"] and until is not None and until > now_ms()


def close_page(
    snapshot: CachedSnapshot, values: dict[str, str], errors: dict[str, str]
) -> Response:
    """Return the page that asks for the name of the line before it is closed for good."""
    page = render_template(
        "host/close_for_good.html",
        about=snapshot.views["about"],
        view=snapshot.views["host"],
        values=values,
        errors=errors,
    )
    return fragments.private(page)


def console_page(snapshot: CachedSnapshot, code: str, notice: str | None = None) -> str:
    """Return the console, with a refusal at the top if there was one."""
    return render_template(
        "host/console.html",
        about=snapshot.views["about"],
        view=snapshot.views["host"],
        invite=qr_codes.join_link(code),
        screens=addresses(code),
        place_link=place_url(own_origin(), code, ""),
        notice=notice,
        **fragments.shown_first(snapshot, READER),
    )
