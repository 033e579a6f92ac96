"""The front page: open a line, join one with its code, and the lines of this device."""

import re
from http import HTTPStatus

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from queueup.domain.errors import UnknownQueue
from queueup.services import waitlist

from .auth import guests as guest_auth

bp = Blueprint("home", __name__)

_LINK = re.compile(r"/queue/([A-Za-z0-9]{6})\b")


@bp.get("/")
def home() -> ResponseReturnValue:
    """Show the front page, or go to the line whose code was typed in."""
    typed = request.args.get("code")
    if typed is None:
        return _page()
    code = read_code(typed)
    if code is None or not _is_known(code):
        return _page(typed, HTTPStatus.NOT_FOUND)
    return redirect(url_for("guest.join", code=code), HTTPStatus.SEE_OTHER)


def read_code(typed: str) -> str | None:
    """Return the code in what somebody typed or pasted, or None.

    Only letters and digits count: phones make long dashes of two short ones, and sentences end.
    """
    link = _LINK.search(typed)
    code = link[1] if link else re.sub(r"[\W_]+", "", typed)
    return code.upper() if guest_auth.is_code(code.upper()) else None


def _is_known(code: str) -> bool:
    try:
        waitlist().snapshot(code)
    except UnknownQueue:
        return False
    return True


def _page(typed: str | None = None, status: HTTPStatus = HTTPStatus.OK) -> Response:
    found = guest_auth.lines_of_this_device()
    page = render_template("home.html", visits=found, typed=typed)
    response = Response(page, status, mimetype="text/html")
    for name in found.dead:
        response.delete_cookie(name)
    response.headers["Cache-Control"] = "private, no-cache"
    return response
