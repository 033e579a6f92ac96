"""The front page: open a line, join one with its code, and the lines of this device."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from queueup.domain.errors import UnknownQueue
from queueup.services import waitlist
from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.typed import read_code
from queueup.web.auth.guests import guest_of, places_in_line, remembered_places

from .auth import hosts, lines

bp = Blueprint("home", __name__)


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
    for name in found.dead[: lines.DELETED_AT_ONCE]:
        response.delete_cookie(name)
    if not found.dead:
        for role in lines.MOST:
            lines.forget_surplus(response, role)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@dataclass(frozen=True, slots=True)
class DeviceLines:
    """The lines that this device hosts or waits in, and the cookies of those that are over."""

    hosting: list[dict[str, Any]]
    waiting: list[dict[str, Any]]
    dead: list[str]


def lines_of_this_device() -> DeviceLines:
    """Look up the lines in the cookies of this device: open ones first, then the newest.

    Raises Unavailable.
    """
    visits = DeviceLines([], [], [])
    for role, most in lines.MOST.items():
        for one in lines.remembered(role)[:most]:
            snapshot = _snapshot(one.code)
            if snapshot is None:
                visits.dead.append(one.name)
            elif role == lines.HOST_COOKIE:
                _look_up_own(visits, one.name, snapshot)
            else:
                _look_up_place(visits, one.name, snapshot)
    visits.hosting.sort(key=lambda line: bool(line["view"]["closed"]))
    return visits


def _look_up_place(visits: DeviceLines, name: str, snapshot: CachedSnapshot) -> None:
    places = remembered_places(snapshot.views["code"])
    if not any(guest_of(snapshot, place.party_id) for place in places):
        visits.dead.append(name)
    elif in_line := places_in_line(snapshot):
        found = snapshot.views["guests"][in_line[0].party_id]
        visits.waiting.append({"about": snapshot.views["about"], **found})


def _look_up_own(visits: DeviceLines, name: str, snapshot: CachedSnapshot) -> None:
    code, about, view = snapshot.views["code"], snapshot.views["about"], snapshot.views["host"]
    is_locked = hosts.known_device(code, snapshot.views) and not hosts.is_host(code, snapshot.views)
    # A line whose day has ended can be opened again for as long as it is stored.
    is_over = view["closed"] and not about["canOpenAgain"] and not view["reopenUntil"]
    if is_over or not (is_locked or hosts.is_host(code, snapshot.views)):
        visits.dead.append(name)
    else:
        visits.hosting.append({"about": about, "view": view, "is_locked": bool(is_locked)})


def _snapshot(code: str) -> CachedSnapshot | None:
    try:
        return waitlist().fresh_snapshot(code)
    except UnknownQueue:
        return None
