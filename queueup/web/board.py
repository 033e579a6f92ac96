"""The board for a screen in the lobby: who is called, who is waiting, and how to join."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from queueup.services import waitlist
from queueup.web.polling.content import Reader

from .auth import screens
from .polling import fragments
from .templating import qr_codes

bp = Blueprint("board", __name__, url_prefix="/board")

READER = Reader("board")


@bp.get("/<code:code>")
def board(code: str) -> ResponseReturnValue:
    """Show the board, with nothing on it that is not public."""
    snapshot = waitlist().fresh_snapshot(code)
    page = render_template(
        "board/board.html",
        about=snapshot.views["about"],
        view=snapshot.views["public"],
        invite=qr_codes.join_link(snapshot.views["code"]),
        **fragments.shown_first(snapshot, READER),
    )
    response = fragments.private(page)
    screens.remember_screen(response, code)
    return response
