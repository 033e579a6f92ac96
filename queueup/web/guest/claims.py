"""The way back to a place from another browser: a guest names the ticket, the host confirms it.

Until then the page shows nothing of the party, and the same whether the ticket exists or not.
"""

from http import HTTPStatus

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from queueup.domain.commands import claims as claims_commands
from queueup.domain.errors import SessionClosed
from queueup.domain.model import DECLINED, GRANTED
from queueup.services import waitlist
from queueup.signing_keys import base64url, hash_secret
from queueup.web.auth import cookies, hosts
from queueup.web.auth import guests as guest_auth
from queueup.web.errors import BadField
from queueup.web.input import fields
from queueup.web.templating.locale import gettext as _

from .addresses import guard, to_place
from .joining import new_form
from .place import bp

TICKETS = (1, 999_999)
# Of the hash by which a claim is known; its number is made from the first eight.
HASH_LETTERS = 32
WAITING, ANSWERED = "waiting", "answered"


@bp.post("/<code:code>/claim")
def claim(code: str) -> ResponseReturnValue:
    """Ask the host to confirm that a place is this guest's."""
    try:
        name = fields.line(request.form, "name", fields.NAME_LIMIT)
        typed = request.form.get("ticket", "").strip().lstrip("#")
        ticket = fields.required_number({"ticket": typed}, "ticket", *TICKETS)
    except BadField as bad:
        sentence = (
            _("Please use %(most)s characters or fewer.", most=fields.NAME_LIMIT)
            if bad.field == "name"
            else _("Please enter the number on your ticket, such as 14.")
        )
        snapshot = waitlist().fresh_snapshot(code)
        page = new_form(snapshot, {"claim": sentence}, claimed=request.form)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    # The same form sent twice is one claim.
    key = request.form.get("key") or hosts.new_secret()
    secret = base64url(hosts.derive("claim", code, key, str(ticket)))
    try:
        waitlist().act(
            code,
            lambda queue, now: claims_commands.claim(queue, ticket, now, _known_as(secret), name),
        )
    except SessionClosed:
        return redirect(url_for(".join", code=code), HTTPStatus.SEE_OTHER)
    return guard(_see_other(url_for(".claimed", code=code, claim=secret)))


@bp.get("/<code:code>/claim")
def claimed(code: str) -> ResponseReturnValue:
    """Show whether the host has answered, and lead to the place when it is confirmed."""
    secret = request.args.get("claim", "")
    known_as = _known_as(secret)
    if "state" in request.args:
        # The page asks every few seconds, and can wait as long as any poll for another process.
        found = waitlist().snapshot(code).views["claims"].get(known_as)
        state = ANSWERED if found and found["answer"] else WAITING
        return guard(Response(state, mimetype="text/plain"))
    views = waitlist().fresh_snapshot(code).views
    if not secret:
        # A page without a claim is that of the form, such as after a refusal in another language.
        return redirect(url_for(".join", code=code), HTTPStatus.SEE_OTHER)
    found = views["claims"].get(known_as)
    answer = found["answer"] if found else None
    if found and answer == GRANTED:
        return _to_claimed_place(code, found["party"])
    page = render_template(
        "guest/claim.html",
        about=views["about"],
        number=claims_commands.number(known_as),
        is_declined=answer == DECLINED,
        state=url_for(".claimed", code=code, claim=secret, state=1),
    )
    return guard(Response(page))


def _to_claimed_place(code: str, party_id: str) -> ResponseReturnValue:
    if cookies.come_back():
        response = to_place(code)
    else:
        response = _see_other(url_for(".place", code=code, partyId=party_id))
    guest_auth.remember_party(response, code, party_id)
    return guard(response)


def _known_as(secret: str) -> str:
    return hash_secret(secret)[:HASH_LETTERS]


def _see_other(address: str) -> Response:
    return redirect(address, HTTPStatus.SEE_OTHER)  # type: ignore[return-value]
