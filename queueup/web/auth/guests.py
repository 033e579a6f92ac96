"""The cookie that ties a guest's device to its party."""

from typing import Any

from flask import request
from werkzeug.wrappers import Response

from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.web.urls import came_by_https

GUEST_COOKIE = "queueup_party"
GUEST_COOKIE_S = 2 * 24 * 3600


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


def guest_of(kept: CachedSnapshot, party_id: str | None) -> dict[str, Any] | None:
    """Return a guest's view and party, or None when this line does not know the id."""
    found: dict[str, Any] | None = kept.views["guests"].get(party_id)
    return found


def is_in_line(found: dict[str, Any] | None) -> bool:
    """Tell whether a guest is still in the line."""
    return found is not None and found["view"]["type"] in ("position", "called")
