"""The kiosk: a shared tablet on which parties join the line and see their ticket once."""

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from htmx_flask import request

from queueup.bot_check import BotCheckFailed
from queueup.clock import now_ms
from queueup.domain.commands.guest import Join
from queueup.domain.errors import NotJoinable, QueueFull, SessionClosed, UnknownParty
from queueup.domain.model import MINUTE, Party
from queueup.ids import new_party_id
from queueup.links import place_url
from queueup.services import waitlist
from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.web.auth import hosts
from queueup.web.input.idempotency import join_key
from queueup.web.polling.content import Reader
from queueup.web.templating.locale import gettext as _

from .auth import screens
from .errors import NOTICE
from .input import forms, joining
from .polling import fragments
from .templating import join_status, locale, qr_codes
from .urls import own_origin

bp = Blueprint("kiosk", __name__, url_prefix="/kiosk")

READER = Reader("kiosk")
# A form sent again later than this comes from the back button, not from a retry.
SHOWN_FOR_MS = 2 * MINUTE


@bp.get("/<code:code>")
def start(code: str) -> ResponseReturnValue:
    """Ask for the size of the party."""
    snapshot = waitlist().fresh_snapshot(code)
    response = _start_page(snapshot, {"key": secrets.token_urlsafe(12)}, {})
    screens.remember_screen(response, code)
    return response


@bp.post("/<code:code>")
def submit_ticket(code: str) -> ResponseReturnValue:
    """Let a party join and show its ticket in this response only: no URL or cookie refers to it.

    A form that is sent twice adds one party.
    """
    wanted, errors = forms.read_party(request.form)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if wanted is not None:
        try:
            key = join_key(request.form.get("key")) or secrets.token_hex(12)
            token = request.form.get("cf-turnstile-response")
            wish = _wish(*wanted, key)
            party = joining.join_line(code, wish, token)
            if not _is_of_earlier(party):
                joining.correct(code, party, wish)
        except BotCheckFailed:
            errors["check"] = _("Please wait for the check to finish, then tap again.")
        except (QueueFull, NotJoinable, SessionClosed, UnknownParty):
            errors["line"] = _refused(code, wanted[1])
            status = HTTPStatus.CONFLICT
        else:
            return _ticket(code, party)
    if "size" in errors and request.form.get("size") != forms.MORE:
        errors["size"] = _("Please tap your party size.")
    if request.htmx:
        notice = {NOTICE: quote(next(iter(errors.values())))}
        return Response("", status, notice)
    return _start_page(waitlist().fresh_snapshot(code), request.form, errors), status


def _wish(name: str | None, size: int, key: str) -> Join:
    # Without a choice on the kiosk, the language is that of the tablet, not of the guest.
    spoken = request.args.get(locale.SPOKEN)
    language = locale.current() if spoken else None
    return Join(new_party_id(), name, size, key, origin="kiosk", language=language)


def _is_of_earlier(party: Party) -> bool:
    return now_ms() - party.joined_at > SHOWN_FOR_MS


def _ticket(code: str, party: Party) -> ResponseReturnValue:
    snapshot = waitlist().fresh_snapshot(code)
    if not request.htmx and _is_of_earlier(party):
        return redirect(url_for(".start", code=code), HTTPStatus.SEE_OTHER)
    shown: dict[str, Any] = {
        "about": snapshot.views["about"],
        "qr": qr_codes.qr_svg(place_url(own_origin(), snapshot.views["code"], party.id)),
        "again": _address(code),
        **snapshot.views["guests"][party.id],
    }
    template = "kiosk/_ticket.html" if request.htmx else "kiosk/ticket.html"
    return _not_stored(render_template(template, **shown))


def _start_page(
    snapshot: CachedSnapshot, values: Mapping[str, str], errors: forms.Errors
) -> Response:
    code = snapshot.views["code"]
    # A device that is locked with a PIN leads back to the console, which asks for it.
    device = hosts.known_device(code, snapshot.views)
    staff = device is not None and snapshot.views["devices"][device]["locked"]
    page = render_template(
        "kiosk/start.html",
        about=snapshot.views["about"],
        view=snapshot.views["public"],
        values=values,
        errors=errors,
        sizes=forms.COMMON_SIZES,
        address=_address(code),
        staff=staff,
        site_key=joining.bot_check_key(),
        **fragments.shown_first(snapshot, READER),
    )
    return _not_stored(page)


def _address(code: str) -> str:
    """Return the URL of the kiosk, in the language that this guest chose."""
    spoken = request.args.get(locale.SPOKEN)
    return url_for(".start", code=code, **({locale.SPOKEN: spoken} if spoken else {}))


def _refused(code: str, size: int) -> str:
    views = waitlist().fresh_snapshot(code).views
    words = join_status.why_not(views["about"], views["public"]["joining"])
    return (
        words
        or join_status.never_fits(views["about"], size)
        or _("There's no room for a party of %(size)s right now. Please ask the host.", size=size)
    )


def _not_stored(page: str) -> Response:
    """Return a page that the browser must not store: the next guest must not see it."""
    response = Response(page)
    response.headers["Cache-Control"] = "no-store, private"
    return response
