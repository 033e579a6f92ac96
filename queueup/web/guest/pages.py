"""Guests' pages: joining, and the place in line."""

import secrets
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus

from flask import Blueprint, Response, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from htmx_flask import request
from werkzeug.wrappers import Response as Redirect

from queueup.bot_check import BotCheckFailed
from queueup.clock import now_ms
from queueup.domain.commands.guest import Join
from queueup.domain.errors import NotJoinable, QueueFull, SessionClosed, UnknownParty
from queueup.domain.model import MINUTE
from queueup.ids import new_party_id
from queueup.services import services, waitlist
from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.web.auth import guests as guest_auth
from queueup.web.input import forms, joining
from queueup.web.input.idempotency import join_key
from queueup.web.polling import fragments
from queueup.web.polling.content import Reader
from queueup.web.templating import locale, qr_codes
from queueup.web.templating.join_status import why_not
from queueup.web.templating.locale import gettext as _
from queueup.web.urls import own_origin

bp = Blueprint("guest", __name__, url_prefix="/queue")

# How long after a missed call a page without scripts goes on reloading.
MISSED_MS = 15 * MINUTE


@bp.get("/<code:code>")
def join(code: str) -> ResponseReturnValue:
    """Show the join form, or redirect a guest in line to the place."""
    snapshot = waitlist().fresh_snapshot(code)
    if _has_place(snapshot):
        return to_place(code)
    return _join_page(snapshot, {"key": secrets.token_urlsafe(12)}, {})


@bp.post("/<code:code>")
def submit_join(code: str) -> ResponseReturnValue:
    """Let a party join; a form sent twice, or two forms of one device, add one party."""
    if _has_place(waitlist().fresh_snapshot(code)):
        return to_place(code)
    wanted, errors = forms.read_party(request.form)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if wanted is not None:
        try:
            key = join_key(request.form.get("key")) or secrets.token_hex(12)
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
            response = to_place(code)
            guest_auth.remember_party(response, code, party.id)
            return response
    return _join_page(waitlist().fresh_snapshot(code), request.form, errors), status


@bp.get("/<code:code>/place")
def place(code: str) -> ResponseReturnValue:
    """Show the guest's place, or how it ended."""
    snapshot = waitlist().fresh_snapshot(code)
    linked = request.args.get("partyId")
    if linked is not None:
        # Anybody with the id can act for the party: it must not stay in the address bar.
        response = to_place(code)
        if guest_auth.guest_of(snapshot, linked) and not _would_lose_place(snapshot, linked):
            guest_auth.remember_party(response, code, linked)
        return response
    party_id = guest_auth.remembered_party(code)
    if party_id is None or guest_auth.guest_of(snapshot, party_id) is None:
        return redirect(url_for(".join", code=code), HTTPStatus.SEE_OTHER)
    response = place_page(snapshot, party_id)
    guest_auth.remember_party(response, code, party_id)
    return response


@bp.get("/<code:code>/place.svg")
def place_code(code: str) -> ResponseReturnValue:
    """Return the QR code that opens the place on another phone of the party."""
    party_id = guest_auth.remembered_party(code)
    if party_id is None or guest_auth.guest_of(waitlist().snapshot(code), party_id) is None:
        abort(HTTPStatus.NOT_FOUND)
    response = Response(qr_codes.qr_picture(_link(code, party_id)), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def place_page(snapshot: CachedSnapshot, party_id: str, notice: str | None = None) -> Response:
    """Return the page of a party's place, with a refusal at the top if there was one."""
    found = snapshot.views["guests"][party_id]
    code, party = snapshot.views["code"], found["party"]
    is_active = guest_auth.is_in_line(found)
    if is_active:
        # Or the host would read "not seen yet" until the page's first poll.
        services().reachability.note(code, "guest", party_id)
    may_return = "askBackUntil" in party and now_ms() < party["endedAt"] + MISSED_MS
    page = render_template(
        "guest/place.html",
        about=snapshot.views["about"],
        session_id=snapshot.views["sessionId"],
        party_id=party_id,
        is_active=is_active,
        goes_on=is_active or may_return,
        link=_link(code, party_id),
        notice=notice,
        **found,
        **fragments.shown_first(snapshot, Reader("guest", party_id)),
    )
    return fragments.private(page)


@bp.post("/<code:code>/nearby")
def nearby(code: str) -> ResponseReturnValue:
    """Record that the guest is nearby."""
    party_id = party_of_form(code)
    if party_id is None:
        return to_place(code)
    # Being too late is no error: the response shows what has become of the place.
    with suppress(UnknownParty):
        waitlist().declare_nearby(code, party_id)
    if request.htmx:
        return fragments.alone(waitlist().fresh_snapshot(code), Reader("guest", party_id))
    return to_place(code)


@bp.post("/<code:code>/leave")
def leave(code: str) -> ResponseReturnValue:
    """Ask for confirmation, then remove the guest from the line."""
    snapshot = waitlist().snapshot(code)
    if not request.form.get("sure"):
        page = render_template(
            "guest/leave.html", about=snapshot.views["about"], party_id=party_of_form(code)
        )
        return fragments.private(page)
    response = to_place(code)
    if party_id := party_of_form(code):
        with suppress(UnknownParty):
            waitlist().leave(code, party_id)
        if guest_auth.remembered_party(code) is None:
            guest_auth.remember_party(response, code, party_id)
    return response


def party_of_form(code: str) -> str | None:
    """Return the party whose page sent the form, even if its cookie is gone."""
    shown = request.form.get("partyId")
    known = guest_auth.guest_of(waitlist().snapshot(code), shown)
    return shown if known else guest_auth.remembered_party(code)


def to_place(code: str) -> Redirect:
    """Redirect to the place in line."""
    return redirect(url_for("guest.place", code=code), HTTPStatus.SEE_OTHER)


def _link(code: str, party_id: str) -> str:
    return own_origin() + url_for("guest.place", code=code, partyId=party_id)


def _join_page(
    snapshot: CachedSnapshot, values: Mapping[str, str], errors: forms.Errors
) -> Response:
    page = render_template(
        "guest/join.html",
        about=snapshot.views["about"],
        view=snapshot.views["public"],
        values=values,
        errors=errors,
        sizes=forms.COMMON_SIZES,
        site_key=joining.bot_check_key(),
        **fragments.shown_first(snapshot, Reader("public")),
    )
    return fragments.private(page)


def _has_place(snapshot: CachedSnapshot) -> bool:
    party_id = guest_auth.remembered_party(snapshot.views["code"])
    return guest_auth.is_in_line(guest_auth.guest_of(snapshot, party_id))


def _would_lose_place(snapshot: CachedSnapshot, linked: str) -> bool:
    """Return whether a link on another site would replace a waiting guest's place."""
    is_others = request.headers.get("Sec-Fetch-Site") == "cross-site"
    own = guest_auth.remembered_party(snapshot.views["code"])
    return is_others and _has_place(snapshot) and own != linked


def _no_room(code: str, size: int) -> str:
    most: int = waitlist().snapshot(code).views["about"]["maxGuests"]
    if size > most:
        return _(
            "This line takes up to %(most)s people, so it can't take a party of %(size)s."
            " Please ask the host.",
            most=most,
            size=size,
        )
    return _(
        "There's no room for a party of %(size)s right now."
        " Please ask the host, or try again in a few minutes.",
        size=size,
    )
