"""What the guest's page does when a button is tapped: one address for each action."""

from http import HTTPStatus
from urllib.parse import quote

from flask import Blueprint, abort, redirect, url_for
from flask.typing import ResponseReturnValue
from htmx_flask import request
from werkzeug.wrappers import Response

from ..domain.errors import QueueError, UnknownQueue
from ..parts import waitlist
from . import fragments, guest_actions, reading, visits
from .api import join_key
from .errors import STATUS
from .fields import BadField
from .host_acting import NOTICE, REFUSED
from .polling import Reader

bp = Blueprint("guest_acting", __name__, url_prefix="/queue")


@bp.post("/<code:code>/do/<action>")
def act(code: str, action: str) -> ResponseReturnValue:
    """Do what the button says, and show the place as it is then."""
    read = guest_actions.ACTIONS.get(action)
    if read is None:
        abort(HTTPStatus.NOT_FOUND)
    party_id = shown_party(code)
    if party_id is None:
        return _to_place(code)
    key = join_key(request.form.get("key"))
    refused: tuple[HTTPStatus, str, str] | None = None
    try:
        waitlist().act(code, read(reading.of_form(request.form), party_id), key=key)
    except BadField as bad:
        refused = HTTPStatus.UNPROCESSABLE_ENTITY, str(bad), "BadField"
    except UnknownQueue:
        raise
    except QueueError as error:
        refused = STATUS[type(error)], str(error), type(error).__name__
    if not request.htmx:
        return _to_place(code)
    response = fragments.alone(waitlist().fresh_snapshot(code), Reader("guest", party_id))
    if refused is not None:
        status, sentence, name = refused
        response.status_code = status
        response.headers[NOTICE] = quote(sentence)
        response.headers[REFUSED] = name
    return response


def shown_party(code: str) -> str | None:
    """Return whose page has sent a form: its party's, even when its cookie has gone meanwhile."""
    shown = request.form.get("partyId")
    known = visits.party_of(waitlist().snapshot(code), shown)
    return shown if known else visits.remembered_party(code)


def _to_place(code: str) -> Response:
    return redirect(url_for("guest.place", code=code), HTTPStatus.SEE_OTHER)
