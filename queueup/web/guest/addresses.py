"""The address of a guest's place: without the party's id where cookies come back, else with it.

Anybody with the id can act for the party. A page whose address has it sends that address to nobody,
is kept in no cache, and leads to addresses with the id only by its own forms.
"""

from http import HTTPStatus
from typing import Any, TypeVar

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as Redirect

from queueup.web.auth import cookies
from queueup.web.templating import locale
from queueup.web.urls import own_origin

AnyResponse = TypeVar("AnyResponse", bound=Redirect)

# Marks a browser that has been found to block cookies.
BLOCKED = {cookies.FIELD: "off"}
SHARED = "shared"


def to_place(code: str, party_id: str | None = None) -> Redirect:
    """Redirect to the place in line, of this party where no cookie can say which."""
    return redirect(place_address(code, party_id), HTTPStatus.SEE_OTHER)


def place_address(code: str, party_id: str | None) -> str:
    """Return the address of the place for this browser."""
    if party_id is None or cookies.come_back():
        return url_for("guest.place", code=code)
    return url_for("guest.place", code=code, **of_party(party_id))


def of_party(party_id: str) -> dict[str, Any]:
    """Return the query of an address for a browser that blocks cookies: party and language."""
    spoken = request.args.get(locale.SPOKEN)
    return {"partyId": party_id, **BLOCKED} | ({locale.SPOKEN: spoken} if spoken else {})


def is_marked() -> bool:
    """Return whether this browser is known to block cookies, by its address or a form's."""
    is_known = cookies.FIELD in request.args or request.method == "POST"
    return is_known and not cookies.come_back()


def shared_link(code: str, party_id: str) -> str:
    """Return the link by which others of the party see its place."""
    values: dict[str, Any] = {"partyId": party_id, SHARED: 1}
    return own_origin() + url_for("guest.place", code=code, **values)


def guard(response: AnyResponse) -> AnyResponse:
    """Keep the address of this page, which has a party's id, out of caches and of Referer."""
    response.headers["Cache-Control"] = "private, no-store"
    # Not "no-referrer", with which browsers send "Origin: null" with forms.
    response.headers["Referrer-Policy"] = "strict-origin"
    return response
