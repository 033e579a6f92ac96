"""What this device remembers in cookies: the lines it stands in and those that it hosts."""

from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from queueup.domain.errors import UnknownQueue
from queueup.ids import CODE_LENGTH, CODE_LETTERS
from queueup.services import waitlist
from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.web.urls import came_by_https

from . import hosts

GUEST_COOKIE = "queueup_party"
GUEST_COOKIE_S = 2 * 24 * 3600
# A device that remembers more lines than this is not a guest's phone: each costs a look.
LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class DeviceLines:
    """The lines of this device that go on or can go on, and the cookies of those that cannot."""

    hosting: list[dict[str, Any]]
    waiting: list[dict[str, Any]]
    dead: list[str]


def is_code(text: str) -> bool:
    """Tell whether this could be a queue's code."""
    return len(text) == CODE_LENGTH and set(text) <= set(CODE_LETTERS)


def party_cookie(code: str) -> str:
    """Name the cookie that holds a guest's party id: one a queue."""
    return f"{GUEST_COOKIE}_{code}"


def remembered_party(code: str) -> str | None:
    """Return the id of the party that this device is in this line with."""
    return request.cookies.get(party_cookie(code))


def remember_party(response: Response, code: str, party_id: str) -> None:
    """Keep the guest's party id in a cookie of this device."""
    response.set_cookie(
        party_cookie(code),
        party_id,
        max_age=GUEST_COOKIE_S,
        secure=came_by_https(),
        httponly=True,
        samesite="Lax",
    )


def party_of(kept: CachedSnapshot, party_id: str | None) -> dict[str, Any] | None:
    """Return a guest's view and party, or None when this line does not know the id."""
    found: dict[str, Any] | None = kept.views["guests"].get(party_id)
    return found


def is_active(found: dict[str, Any] | None) -> bool:
    """Tell whether a guest is still in the line."""
    return found is not None and found["view"]["type"] in ("position", "called")


def lines_of_this_device() -> DeviceLines:
    """Find out what goes on in the lines that this device remembers. Raises Unavailable."""
    visits = DeviceLines([], [], [])
    for name, code, is_host in _remembered()[:LOOKED_AT]:
        kept = _snapshot(code)
        if kept is None:
            visits.dead.append(name)
        elif is_host:
            _look_up_own(visits, name, kept)
        else:
            found = party_of(kept, request.cookies[name])
            if found is None:
                visits.dead.append(name)
            elif is_active(found):
                visits.waiting.append({"about": kept.views["about"], **found})
    return visits


def _look_up_own(visits: DeviceLines, name: str, kept: CachedSnapshot) -> None:
    code, about, view = kept.views["code"], kept.views["about"], kept.views["host"]
    is_locked = hosts.known_device(code, kept.views) and not hosts.is_host(code, kept.views)
    # A day that has ended leaves a line that can be opened again, for as long as it is kept.
    is_over = view["closed"] and not about["canOpenAgain"]
    if is_over or not (is_locked or hosts.is_host(code, kept.views)):
        visits.dead.append(name)
    else:
        visits.hosting.append({"about": about, "view": view, "is_locked": bool(is_locked)})


def _remembered() -> list[tuple[str, str, bool]]:
    """Return name, code and role of each cookie that remembers a line, without repeats."""
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
