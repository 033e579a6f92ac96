"""What the server knows about who sent a request: never what only the request says."""

from dataclasses import dataclass

from flask import g, request
from werkzeug.exceptions import HTTPException

from queueup.domain.errors import UnknownQueue
from queueup.domain.view_types import Views
from queueup.ids import is_code
from queueup.services import waitlist
from queueup.storage.redis_client import Unavailable
from queueup.typed import read_code
from queueup.web.auth import guests as guest_auth
from queueup.web.auth import hosts, screens
from queueup.web.input import json_body


@dataclass(frozen=True, slots=True)
class Asker:
    """The line that a request names, and which of those it knows has sent it."""

    code: str = ""  # a code, of a line or not
    line: str = ""  # the same, if there is such a line
    party_id: str | None = None  # in the line
    device: str | None = None  # a host's, locked or not
    is_screen: bool = False
    is_new_line: bool = False
    is_unavailable: bool = False

    @property
    def is_known(self) -> bool:
        """Tell whether this is one of the line's own devices."""
        return bool(self.party_id or self.device or self.is_screen)


def asker() -> Asker:
    """Return who sent this request, looked up once."""
    if "asker" not in g:
        g.asker = _look_up(_code())
    found: Asker = g.asker
    return found


def _look_up(code: str) -> Asker:
    if not code:
        return Asker()
    try:
        views = waitlist().snapshot(code).views
    except UnknownQueue:
        return Asker(code)
    except Unavailable:
        return Asker(code, is_unavailable=True)
    device = hosts.known_device(code, views) or hosts.acting_device(code, views)
    is_screen, is_new = screens.is_screen_of(code), views.get("isNew", False)
    return Asker(code, code, _party(code, views), device, is_screen, is_new)


def _code() -> str:
    code = (request.view_args or {}).get("code")
    if code is None and request.endpoint == "home.home":
        code = read_code(request.args.get("code", ""))
    if code is None and request.blueprint == "push":
        code = str(_json("sessionId")).partition("-")[0]
    return code if isinstance(code, str) and is_code(code) else ""


def _party(code: str, views: Views) -> str | None:
    is_post = request.method == "POST"
    named = (
        request.args.get("partyId"),
        _json("partyId") if is_post else None,
        _form("partyId") if is_post else None,
        guest_auth.remembered_party(code),
    )
    return next((name for name in named if isinstance(name, str) and name in views["guests"]), None)


def _form(name: str) -> str | None:
    try:
        return request.form.get(name)
    except HTTPException:
        # One that is too long: asked here, it would fail again while the refusal is sent.
        return None


def _json(name: str) -> object:
    try:
        return json_body.field(name)
    except HTTPException:
        # The view says what is wrong with the body.
        return None
