"""The cookie that ties a guest's device to its party."""

from flask import request
from werkzeug.wrappers import Response

from queueup.domain.view_types import GuestView
from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.storage.store import KEEP_S
from queueup.web.urls import came_by_https

from .lines import GUEST_COOKIE, forget_surplus

# As long as the code of a line that is not opened again; renewed while the place is looked at.
GUEST_COOKIE_S = KEEP_S


def party_cookie(code: str) -> str:
    """Return the name of the cookie that holds a guest's party id, one for each queue."""
    return f"{GUEST_COOKIE}_{code}"


def remembered_party(code: str) -> str | None:
    """Return the id of this device's party in this line."""
    return request.cookies.get(party_cookie(code))


def remember_party(response: Response, code: str, party_id: str) -> None:
    """Store the guest's party id in a cookie."""
    response.set_cookie(
        party_cookie(code),
        party_id,
        max_age=GUEST_COOKIE_S,
        secure=came_by_https(),
        httponly=True,
        samesite="Lax",
    )
    forget_surplus(response, GUEST_COOKIE, code)


def guest_of(snapshot: CachedSnapshot, party_id: str | None) -> GuestView | None:
    """Return a guest's view and party, None if the id is unknown in this line."""
    return snapshot.views["guests"].get(party_id) if party_id else None


def is_in_line(found: GuestView | None) -> bool:
    """Return whether a guest is still in line."""
    return found is not None and found["view"]["type"] in ("position", "called")
