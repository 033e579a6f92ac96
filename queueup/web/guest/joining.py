"""The page on which a guest joins, and a form that is sent again after the way back."""

import secrets
from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from queueup.bot_check import BotCheckFailed
from queueup.domain.commands.guest import Join
from queueup.domain.errors import NotJoinable, QueueError, QueueFull, SessionClosed
from queueup.domain.model import Party
from queueup.ids import new_party_id
from queueup.services import waitlist
from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.web.auth import cookies
from queueup.web.auth import guests as guest_auth
from queueup.web.errors import STATUS, refusal_of_failure
from queueup.web.input import forms, joining
from queueup.web.input.idempotency import join_key
from queueup.web.polling import fragments
from queueup.web.polling.content import Reader
from queueup.web.templating import locale
from queueup.web.templating.join_status import never_fits, why_not
from queueup.web.templating.locale import gettext as _

from .addresses import of_party, to_place
from .place import bp, place_page, places_with_parties
from .refusals import refusal

PartyDetails = tuple[str | None, int]


@bp.get("/<code:code>")
def join(code: str) -> ResponseReturnValue:
    """Show the join form, or redirect a guest in line to the place."""
    snapshot = waitlist().fresh_snapshot(code)
    if own := guest_auth.own_place(snapshot):
        response = to_place(code)
        guest_auth.remember_party(response, code, own)
        return response
    return new_form(snapshot, {})


@bp.get("/<code:code>/join")
def join_sent(code: str) -> ResponseReturnValue:
    """Redirect to the join form from the address that it is sent to."""
    return redirect(url_for(".join", code=code, spoken=_spoken()), HTTPStatus.SEE_OTHER)


# Another address than the form's page: browsers drop a page from their cache when something is sent
# to its address, and would show a new form, with a new key, after the way back. The first one here
# is the one that `url_for` gives.
@bp.post("/<code:code>")
@bp.post("/<code:code>/join")
def submit_join(code: str) -> ResponseReturnValue:
    """Let a party join; a form sent twice, or two forms of one device, add one party."""
    wanted, errors = forms.read_party(request.form)
    snapshot = waitlist().fresh_snapshot(code)
    own = guest_auth.own_place(snapshot)
    key = join_key(request.form.get("key")) or secrets.token_hex(12)
    if own and not _is_sent_again(code, own, key):
        return _in_line_already(snapshot, own, wanted)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if wanted is not None:
        try:
            wish = Join(new_party_id(), *wanted, key, language=locale.current())
            party = joining.join_line(code, wish, request.form.get("cf-turnstile-response"))
        except BotCheckFailed:
            errors["check"] = _("Please wait for the check to finish, then tap Join again.")
        except QueueFull:
            errors["line"] = _no_room(code, wanted[1])
            status = HTTPStatus.CONFLICT
        except NotJoinable as shut:
            about = waitlist().snapshot(code).views["about"]
            errors["line"] = why_not(about, {"open": False, "why": shut.why, "words": str(shut)})
            status = HTTPStatus.CONFLICT
        except SessionClosed:
            return redirect(url_for(".join", code=code), HTTPStatus.SEE_OTHER)
        else:
            return _joined(code, party, wish)
    if too_many := refusal_of_failure(status):
        return too_many
    return _join_page(waitlist().fresh_snapshot(code), request.form, errors, {}), status


def _joined(code: str, party: Party, wish: Join) -> ResponseReturnValue:
    """Redirect to the place, with the correction of a form that is sent again."""
    try:
        joining.correct(code, party, wish)
    except QueueError as refused:
        snapshot = waitlist().fresh_snapshot(code)
        sentence = refusal(refused, snapshot.views["about"], wish.size)
        page = place_page(snapshot, party.id, sentence)
        page.status_code = STATUS[type(refused)]
        guest_auth.remember_party(page, code, party.id)
        return page
    if cookies.come_back():
        response = to_place(code)
    else:
        # The cookie is set now: whether this browser keeps it is seen at that address.
        query = of_party(party.id) if cookies.are_blocked() else {"partyId": party.id}
        address = url_for("guest.place", code=code, **query)
        response = redirect(address, HTTPStatus.SEE_OTHER)
    guest_auth.remember_party(response, code, party.id)
    return response


def _is_sent_again(code: str, party_id: str, key: str) -> bool:
    party = waitlist().queue(code).party(party_id)
    return party is not None and party.join_key == key


def _in_line_already(
    snapshot: CachedSnapshot, own: str, wanted: PartyDetails | None
) -> ResponseReturnValue:
    """Show the place; if another form asks for something else, with how to change it."""
    party = snapshot.views["guests"][own]["party"]
    if wanted is None or wanted == (party["name"], party["size"]):
        return to_place(snapshot.views["code"])
    sentence = _(
        "You're already in line with a party of %(size)s. To change that, tap “%(button)s” below.",
        size=party["size"],
        button=_("Change party size"),
    )
    return place_page(snapshot, own, sentence), HTTPStatus.CONFLICT


def new_form(
    snapshot: CachedSnapshot, errors: forms.Errors, claimed: Mapping[str, str] | None = None
) -> Response:
    """Return the page with a new join form, and what was typed into the one below it."""
    return _join_page(snapshot, {"key": secrets.token_urlsafe(12)}, errors, claimed or {})


def _join_page(
    snapshot: CachedSnapshot,
    values: Mapping[str, str],
    errors: forms.Errors,
    claimed: Mapping[str, str],
) -> Response:
    response = fragments.private(
        render_template(
            "guest/join.html",
            about=snapshot.views["about"],
            view=snapshot.views["public"],
            values=values,
            claimed=claimed,
            errors=errors,
            action=url_for(".submit_join", code=snapshot.views["code"], spoken=_spoken()),
            sizes=forms.COMMON_SIZES,
            site_key=joining.bot_check_key(),
            followed=places_with_parties(snapshot, guest_auth.places_in_line(snapshot)),
            **fragments.shown_first(snapshot, Reader("public")),
        )
    )
    cookies.probe(response)
    return response


def _spoken() -> str | None:
    """Return the language in the address, which a browser that blocks cookies has chosen."""
    return request.args.get(locale.SPOKEN) or None


def _no_room(code: str, size: int) -> str:
    return never_fits(waitlist().snapshot(code).views["about"], size) or _(
        "There's no room for a party of %(size)s right now."
        " Please ask the host, or try again in a few minutes.",
        size=size,
    )
