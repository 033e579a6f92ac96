"""The host's lists of parties that have ended, and the console's sheets without a script."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from queueup.domain.views import ended_party
from queueup.services import waitlist
from queueup.web.polling import fragments

from .lock import require_device

bp = Blueprint("host_lists", __name__, url_prefix="/host")

TITLES = {"add": "Add a party", "pause": "Pause joining", "message": "Message to everybody"}


@bp.get("/<code:code>/ended")
def ended(code: str) -> ResponseReturnValue:
    """List today's ended parties, the latest first, each to be restored."""
    kept, _ = require_device(code)
    parties = [party for party in waitlist().queue(code).parties if not party.is_active]
    parties.sort(key=lambda party: (party.ended_at or 0, party.ticket), reverse=True)
    shown = render_template(
        "host/ended.html",
        about=kept.views["about"],
        view=kept.views["host"],
        parties=[ended_party(party) for party in parties],
    )
    return fragments.private(shown)


@bp.get("/<code:code>/<any(add, pause, message):name>")
def sheet(code: str, name: str) -> ResponseReturnValue:
    """Show one of the console's sheets as a page."""
    kept, _ = require_device(code)
    shown = render_template(
        "host/sheet.html",
        about=kept.views["about"],
        view=kept.views["host"],
        name=name,
        title=TITLES[name],
    )
    return fragments.private(shown)
