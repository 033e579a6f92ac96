"""The front page: open a line, join one with its code, and the lines of this device."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from queueup.domain.errors import UnknownQueue
from queueup.ids import is_code
from queueup.services import waitlist
from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.web.auth.guests import GUEST_COOKIE, guest_of, is_in_line

from .auth import hosts

bp = Blueprint("home", __name__)

_LINK = re.compile(r"/queue/([A-Za-z0-9]{6})\b")


# Cookies read per request, at most: each costs a look-up, and no real phone has more.
LOOKED_AT = 20


@bp.get("/")
def home() -> ResponseReturnValue:
    """Show the front page, or redirect to the line whose code was entered."""
    typed = request.args.get("code")
    if typed is None:
        return _page()
    code = read_code(typed)
    if code is None or not _is_known(code):
        return _page(typed, HTTPStatus.NOT_FOUND)
    return redirect(url_for("guest.join", code=code), HTTPStatus.SEE_OTHER)


def read_code(typed: str) -> str | None:
    """Return the code in what somebody typed or pasted, None if there is none.

    Everything but letters and digits is ignored: phones autocorrect hyphens and add full stops.
    """
    link = _LINK.search(typed)
    code = link[1] if link else re.sub(r"[\W_]+", "", typed)
    return code.upper() if is_code(code.upper()) else None


def _is_known(code: str) -> bool:
    try:
        waitlist().snapshot(code)
    except UnknownQueue:
        return False
    return True


def _page(typed: str | None = None, status: HTTPStatus = HTTPStatus.OK) -> Response:
    found = lines_of_this_device()
    page = render_template("home.html", visits=found, typed=typed)
    response = Response(page, status, mimetype="text/html")
    for name in found.dead:
        response.delete_cookie(name)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@dataclass(frozen=True, slots=True)
class DeviceLines:
    """The lines that this device hosts or waits in, and the cookies of those that are over."""

    hosting: list[dict[str, Any]]
    waiting: list[dict[str, Any]]
    dead: list[str]


def lines_of_this_device() -> DeviceLines:
    """Look up the lines in the cookies of this device. Raises Unavailable."""
    visits = DeviceLines([], [], [])
    for name, code, is_host in _remembered()[:LOOKED_AT]:
        snapshot = _snapshot(code)
        if snapshot is None:
            visits.dead.append(name)
        elif is_host:
            _look_up_own(visits, name, snapshot)
        else:
            found = guest_of(snapshot, request.cookies[name])
            if found is None:
                visits.dead.append(name)
            elif is_in_line(found):
                visits.waiting.append({"about": snapshot.views["about"], **found})
    return visits


def _look_up_own(visits: DeviceLines, name: str, snapshot: CachedSnapshot) -> None:
    code, about, view = snapshot.views["code"], snapshot.views["about"], snapshot.views["host"]
    is_locked = hosts.known_device(code, snapshot.views) and not hosts.is_host(code, snapshot.views)
    # A line whose day has ended can be opened again for as long as it is stored.
    is_over = view["closed"] and not about["canOpenAgain"]
    if is_over or not (is_locked or hosts.is_host(code, snapshot.views)):
        visits.dead.append(name)
    else:
        visits.hosting.append({"about": about, "view": view, "is_locked": bool(is_locked)})


def _remembered() -> list[tuple[str, str, bool]]:
    """Return the name of each cookie for a line, with the code and whether it is a host's."""
    found = []
    for name in request.cookies:
        role, _, code = name.rpartition("_")
        if role in (hosts.HOST_COOKIE, GUEST_COOKIE) and is_code(code):
            found.append((name, code, role == hosts.HOST_COOKIE))
    return found


def _snapshot(code: str) -> CachedSnapshot | None:
    try:
        return waitlist().fresh_snapshot(code)
    except UnknownQueue:
        return None
