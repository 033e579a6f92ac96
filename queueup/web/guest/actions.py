"""The actions of the guest's page, one URL for each."""

from http import HTTPStatus
from urllib.parse import quote

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from htmx_flask import request

from queueup.domain.errors import QueueError, UnknownQueue
from queueup.services import waitlist
from queueup.web.errors import NOTICE, REFUSED, STATUS, BadField
from queueup.web.input import fields, guest_actions
from queueup.web.input.idempotency import guest_key
from queueup.web.polling import fragments
from queueup.web.polling.content import Reader
from queueup.web.polling.snapshot import end_of_visit

from .addresses import place_address, to_place
from .place import party_of_form, place_page
from .refusals import refusal

bp = Blueprint("guest_acting", __name__, url_prefix="/queue")

# Actions that need a confirmation, and its template.
ASKED_FIRST = {"not-coming": "guest/not_coming.html"}


@bp.post("/<code:code>/do/<action>")
def act(code: str, action: str) -> ResponseReturnValue:
    """Carry out an action, and show the place afterwards."""
    read = guest_actions.ACTIONS.get(action)
    if read is None:
        abort(HTTPStatus.NOT_FOUND)
    party_id = party_of_form(code)
    if party_id is None:
        return _shown(code, None)
    if action in ASKED_FIRST and not request.form.get("sure"):
        about = waitlist().snapshot(code).views["about"]
        back = place_address(code, party_id)
        page = render_template(ASKED_FIRST[action], about=about, party_id=party_id, back=back)
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
    code: str, party_id: str | None, refused: QueueError | BadField | None = None
) -> ResponseReturnValue:
    """Show the present place, with a refusal if there was one."""
    if refused is None and not request.htmx:
        return to_place(code, party_id)
    snapshot = waitlist().fresh_snapshot(code)
    if party_id is None or party_id not in snapshot.views["guests"]:
        return end_of_visit(snapshot) if request.htmx else to_place(code)
    if refused is None:
        return fragments.alone(snapshot, Reader("guest", party_id))
    size = fields.whole_number(request.form.get("size"))
    sentence = refusal(refused, snapshot.views["about"], size)
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
