"""The actions of the guest's page, one URL for each."""

from http import HTTPStatus
from urllib.parse import quote

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from htmx_flask import request

from queueup.domain.errors import QueueError, QueueFull, UnknownQueue
from queueup.i18n.catalog import N_
from queueup.services import waitlist
from queueup.web.errors import NOTICE, REFUSED, STATUS, BadField
from queueup.web.input import fields, guest_actions
from queueup.web.input.idempotency import guest_key
from queueup.web.polling import fragments
from queueup.web.polling.content import Reader
from queueup.web.templating.locale import gettext as _

from .pages import party_of_form, place_page, to_place

bp = Blueprint("guest_acting", __name__, url_prefix="/queue")

# Actions that need a confirmation, and its template.
ASKED_FIRST = {"not-coming": "guest/not_coming.html"}

# Sentences for guests, by the code of a refusal.
REFUSALS = {
    "not_called": N_("You haven't been called yet."),
    "called": N_("You've already been called."),
    "nobody_behind": N_("There's no one behind you."),
    "too_late": N_("It's too late to ask for your spot back. Please ask the host."),
}


@bp.post("/<code:code>/do/<action>")
def act(code: str, action: str) -> ResponseReturnValue:
    """Carry out an action, and show the place afterwards."""
    read = guest_actions.ACTIONS.get(action)
    if read is None:
        abort(HTTPStatus.NOT_FOUND)
    party_id = party_of_form(code)
    if party_id is None:
        return to_place(code)
    if action in ASKED_FIRST and not request.form.get("sure"):
        about = waitlist().snapshot(code).views["about"]
        page = render_template(ASKED_FIRST[action], about=about, party_id=party_id)
        return fragments.private(page)
    refused: QueueError | BadField | None = None
    try:
        waitlist().act(code, read(fields.of_form(request.form), party_id), key=guest_key(party_id))
    except UnknownQueue:
        raise
    except (BadField, QueueError) as error:
        refused = error
    return _shown(code, party_id, refused)


def _shown(
    code: str, party_id: str, refused: QueueError | BadField | None = None
) -> ResponseReturnValue:
    """Show the present place, with a refusal if there was one."""
    if refused is None and not request.htmx:
        return to_place(code)
    snapshot = waitlist().fresh_snapshot(code)
    if party_id not in snapshot.views["guests"]:
        return to_place(code)
    if refused is None:
        return fragments.alone(snapshot, Reader("guest", party_id))
    sentence = refusal(refused)
    response = (
        fragments.alone(snapshot, Reader("guest", party_id))
        if request.htmx
        else place_page(snapshot, party_id, sentence)
    )
    response.status_code = (
        HTTPStatus.UNPROCESSABLE_ENTITY if isinstance(refused, BadField) else STATUS[type(refused)]
    )
    response.headers[NOTICE] = quote(sentence)
    response.headers[REFUSED] = type(refused).__name__
    return response


def refusal(error: QueueError | BadField) -> str:
    """Return why an action was refused, in the guest's language."""
    if isinstance(error, BadField):
        return _("Please enter a whole number, 1 or more.")
    if isinstance(error, QueueFull):
        return _("There's no room for that many people right now. Please ask the host.")
    if error.code in REFUSALS:
        return _(REFUSALS[error.code])
    return _("That's no longer possible. This page shows where things stand now.")
