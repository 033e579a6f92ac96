"""The cookie that ties a guest's device to its parties in one line.

It has their ids, the one shown first, separated by full stops. A tilde marks a party that came by a
link that was shared: its device may join the line with a party of its own.
"""

from dataclasses import dataclass

from flask import request
from werkzeug.wrappers import Response

from queueup.domain.view_types import GuestView
from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.storage.store import KEEP_S
from queueup.web.urls import came_by_https

from .lines import GUEST_COOKIE, forget_surplus

# As long as the code of a line that is not opened again; renewed while the place is looked at.
GUEST_COOKIE_S = KEEP_S
BETWEEN, SHARED = ".", "~"
MOST_PLACES = 4


@dataclass(frozen=True, slots=True)
class Place:
    """A party that a device shows, and whether it came by a link that was shared."""

    party_id: str
    shared: bool = False


def party_cookie(code: str) -> str:
    """Return the name of the cookie that holds a guest's party ids, one for each queue."""
    return f"{GUEST_COOKIE}_{code}"


def remembered_places(code: str) -> list[Place]:
    """Return this device's parties in this line, the one that it shows first."""
    kept = request.cookies.get(party_cookie(code), "").split(BETWEEN)
    return [Place(one.removeprefix(SHARED), one.startswith(SHARED)) for one in kept if one]


def remembered_party(code: str) -> str | None:
    """Return the id of the party that this device shows in this line."""
    return next((place.party_id for place in remembered_places(code)), None)


def remember_party(response: Response, code: str, party_id: str, shared: bool = False) -> None:
    """Store in a cookie that this device shows this party; those that it showed before stay."""
    others = [place for place in remembered_places(code) if place.party_id != party_id]
    places = [Place(party_id, shared), *others][:MOST_PLACES]
    response.set_cookie(
        party_cookie(code),
        BETWEEN.join(f"{SHARED if place.shared else ''}{place.party_id}" for place in places),
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


def places_in_line(snapshot: CachedSnapshot) -> list[Place]:
    """Return the places of this device whose parties are still in line."""
    places = remembered_places(snapshot.views["code"])
    return [place for place in places if is_in_line(guest_of(snapshot, place.party_id))]


def own_place(snapshot: CachedSnapshot) -> str | None:
    """Return the id of this device's own party that is still in line."""
    own = (place.party_id for place in places_in_line(snapshot) if not place.shared)
    return next(own, None)
