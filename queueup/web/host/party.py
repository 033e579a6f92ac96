"""A party's page for hosts, with every action, and its hand-over to the guest's phone.

The console shows the same in a sheet; this page needs no script.
"""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue

from queueup.domain.views import ended_party
from queueup.links import place_url
from queueup.services import waitlist
from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.web.polling import fragments
from queueup.web.templating import qr_codes
from queueup.web.urls import own_origin

from .lock import require_device

bp = Blueprint("host_party", __name__, url_prefix="/host")

GONE = "That party is no longer in this line."


@bp.get("/<code:code>/party/<party_id>")
def page(code: str, party_id: str) -> ResponseReturnValue:
    """Show a party with all actions."""
    snapshot, _ = require_device(code)
    view = snapshot.views["host"]
    shown = render_template(
        "host/party.html",
        about=snapshot.views["about"],
        view=view,
        party=_party(snapshot, party_id),
        places=places(view["queue"], party_id),
    )
    return fragments.private(shown)


@bp.get("/<code:code>/party/<party_id>/hand-over")
def hand_over(code: str, party_id: str) -> ResponseReturnValue:
    """Show a party's ticket with a QR code that opens its place on the guest's phone."""
    snapshot, _ = require_device(code)
    party = _party(snapshot, party_id)
    link = place_url(own_origin(), snapshot.views["code"], party_id)
    shown = render_template(
        "host/hand_over.html",
        about=snapshot.views["about"],
        party=party,
        link=link,
        qr=qr_codes.qr_svg(link),
    )
    return fragments.private(shown)


@bp.get("/<code:code>/party/<party_id>/hand-over.svg")
def hand_over_code(code: str, party_id: str) -> ResponseReturnValue:
    """Return the QR code of a party's place as an image."""
    snapshot, _ = require_device(code)
    _party(snapshot, party_id)
    link = place_url(own_origin(), snapshot.views["code"], party_id)
    response = Response(qr_codes.qr_picture(link), mimetype="image/svg+xml")
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def places(line: list[dict[str, Any]], party_id: str) -> list[tuple[str, str]]:
    """Return the moves of a waiting party, each with the id of the party to be placed before.

    An empty id is the end of the line.
    """
    ids = [party["id"] for party in line]
    if party_id not in ids:
        return []
    at = ids.index(party_id)
    others = [*(one for one in ids if one != party_id), ""]
    found = []
    if at > 0:
        found += [("Up one", others[at - 1]), ("First in line", others[0])]
    if at < len(ids) - 1:
        found += [("Down one", others[at + 1]), ("Last in line", "")]
    return found


def _party(snapshot: CachedSnapshot, party_id: str) -> dict[str, Any]:
    view = snapshot.views["host"]
    shown = [party for party in view["called"] + view["queue"] if party["id"] == party_id]
    if shown:
        return dict(shown[0])
    ended = waitlist().queue(snapshot.views["code"]).party(party_id)
    if ended is None or ended.is_active:
        abort(HTTPStatus.NOT_FOUND, GONE)
    return ended_party(ended)
