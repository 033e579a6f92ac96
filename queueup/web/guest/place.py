"""A guest's place in line, the way there by a link, and several places on one phone."""

from contextlib import suppress
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from htmx_flask import request

from queueup.clock import now_ms
from queueup.domain.errors import UnknownParty
from queueup.domain.model import MINUTE
from queueup.services import services, waitlist
from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.typed import without_ends
from queueup.web.auth import cookies
from queueup.web.auth import guests as guest_auth
from queueup.web.auth.guests import Place
from queueup.web.polling import fragments
from queueup.web.polling.content import Reader
from queueup.web.polling.snapshot import end_of_visit
from queueup.web.templating import qr_codes

from .addresses import SHARED, guard, is_marked, of_party, place_address, shared_link, to_place

bp = Blueprint("guest", __name__, url_prefix="/queue")

# How long after a missed call a page without scripts goes on reloading.
MISSED_MS = 15 * MINUTE


@bp.get("/<code:code>/place")
def place(code: str) -> ResponseReturnValue:
    """Show the guest's place, or how it ended."""
    snapshot = waitlist().fresh_snapshot(code)
    linked = request.args.get("partyId")
    if linked is not None:
        return _follow(snapshot, linked)
    shown = next(iter(guest_auth.remembered_places(code)), None)
    if shown is None or guest_auth.guest_of(snapshot, shown.party_id) is None:
        return redirect(url_for(".join", code=code), HTTPStatus.SEE_OTHER)
    response = place_page(snapshot, shown.party_id)
    guest_auth.remember_party(response, code, shown.party_id, shown.shared)
    return response


def _follow(snapshot: CachedSnapshot, linked: str) -> ResponseReturnValue:
    """Exchange the party's id in a link for a cookie, so that it leaves the address bar."""
    code = snapshot.views["code"]
    # What people paste may have a bracket or a full stop behind it.
    party_id = linked if linked in snapshot.views["guests"] else without_ends(linked)
    if guest_auth.guest_of(snapshot, party_id) is None:
        return to_place(code)
    known = {place.party_id: place.shared for place in guest_auth.remembered_places(code)}
    is_shared = known.get(party_id, SHARED in request.args)
    own = guest_auth.own_place(snapshot)
    if own and party_id not in known:
        return _ask(snapshot, own, Place(party_id, is_shared))
    if is_marked():
        response = guard(place_page(snapshot, party_id))
    elif cookies.come_back():
        response = to_place(code)  # type: ignore[assignment]
    else:
        # Whether this browser keeps the cookie is seen at the next address.
        marked = url_for("guest.place", code=code, **of_party(party_id))
        response = redirect(marked, HTTPStatus.SEE_OTHER)  # type: ignore[assignment]
    guest_auth.remember_party(response, code, party_id, is_shared)
    return response


def _ask(snapshot: CachedSnapshot, own: str, linked: Place) -> ResponseReturnValue:
    """Ask before this phone shows another party than its own."""
    guests = snapshot.views["guests"]
    page = render_template(
        "guest/another_place.html",
        about=snapshot.views["about"],
        own=guests[own]["party"],
        linked=guests[linked.party_id]["party"],
        linked_id=linked.party_id,
        shared=SHARED if linked.shared else None,
    )
    return guard(Response(page))


@bp.post("/<code:code>/place")
def switch_place(code: str) -> ResponseReturnValue:
    """Show another party on this phone, which keeps those that it has shown."""
    snapshot = waitlist().fresh_snapshot(code)
    party_id = request.form.get("partyId")
    if party_id is None or guest_auth.guest_of(snapshot, party_id) is None:
        return to_place(code)
    known = {place.party_id: place.shared for place in guest_auth.remembered_places(code)}
    response = to_place(code, party_id)
    is_shared = known.get(party_id, SHARED in request.form)
    guest_auth.remember_party(response, code, party_id, is_shared)
    return response


@bp.get("/<code:code>/place.svg")
def place_code(code: str) -> ResponseReturnValue:
    """Return the QR code that opens the place on another phone of the party."""
    party_id = guest_auth.remembered_party(code) or request.args.get("partyId")
    if party_id is None or guest_auth.guest_of(waitlist().snapshot(code), party_id) is None:
        abort(HTTPStatus.NOT_FOUND)
    picture = qr_codes.qr_picture(shared_link(code, party_id))
    response = Response(picture, mimetype="image/svg+xml")
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
    others = [one for one in guest_auth.places_in_line(snapshot) if one.party_id != party_id]
    page = render_template(
        "guest/place.html",
        about=snapshot.views["about"],
        session_id=snapshot.views["sessionId"],
        party_id=party_id,
        is_active=is_active,
        goes_on=is_active or may_return,
        link=shared_link(code, party_id),
        notice=notice,
        others=places_with_parties(snapshot, others),
        # Without cookies, every address of this page says whose it is.
        address=of_party(party_id) if is_marked() else {},
        **found,
        **fragments.shown_first(snapshot, Reader("guest", party_id)),
    )
    return fragments.private(page)


def places_with_parties(snapshot: CachedSnapshot, places: list[Place]) -> list[dict[str, Any]]:
    """Return places for a page that offers to show them."""
    guests = snapshot.views["guests"]
    return [{"id": one.party_id, **guests[one.party_id]["party"]} for one in places]


@bp.post("/<code:code>/nearby")
def nearby(code: str) -> ResponseReturnValue:
    """Record that the guest is nearby."""
    party_id = party_of_form(code)
    if party_id is None:
        if request.htmx:
            return end_of_visit(waitlist().fresh_snapshot(code))
        return to_place(code)
    # Being too late is no error: the response shows what has become of the place.
    with suppress(UnknownParty):
        waitlist().declare_nearby(code, party_id)
    if request.htmx:
        return fragments.alone(waitlist().fresh_snapshot(code), Reader("guest", party_id))
    return to_place(code, party_id)


@bp.post("/<code:code>/leave")
def leave(code: str) -> ResponseReturnValue:
    """Ask for confirmation, then remove the guest from the line."""
    party_id = party_of_form(code)
    if party_id is None:
        # A question without a party would be answered for the one of today.
        return to_place(code)
    if not request.form.get("sure"):
        about = waitlist().snapshot(code).views["about"]
        back = place_address(code, party_id)
        page = render_template("guest/leave.html", about=about, party_id=party_id, back=back)
        return fragments.private(page)
    response = to_place(code, party_id)
    with suppress(UnknownParty):
        waitlist().leave(code, party_id)
    if guest_auth.remembered_party(code) is None:
        guest_auth.remember_party(response, code, party_id)
    return response


def party_of_form(code: str) -> str | None:
    """Return the party whose page sent the form, even if its cookie is gone; None if it is unknown.

    A page of an earlier day must not act for the party that this phone is in line with today.
    """
    shown: str | None = request.form.get("partyId")
    if shown is None:
        return guest_auth.remembered_party(code)
    # The party may have joined a moment ago, by another process.
    snapshots = (waitlist().snapshot, waitlist().fresh_snapshot)
    is_known = any(guest_auth.guest_of(read(code), shown) for read in snapshots)
    return shown if is_known else None
