"""The settings page of a line."""

from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from queueup.body_limits import SETTINGS_LIMIT
from queueup.domain.errors import QueueError
from queueup.domain.model import MINUTE, QueueSettings
from queueup.i18n.catalog import NAMES
from queueup.i18n.catalog import tag as language_tag
from queueup.services import services, waitlist
from queueup.web.errors import STATUS, BadField, sentence_for_people
from queueup.web.input import settings as settings_input
from queueup.web.input import time_zones
from queueup.web.polling import fragments

from .lock import require_device

bp = Blueprint("host_settings", __name__, url_prefix="/host")


@bp.get("/<code:code>/settings")
def page(code: str) -> ResponseReturnValue:
    """Show the present settings."""
    require_device(code)
    shown = _shown(waitlist().queue(code).settings)
    return _page(code, shown, urlencode(shown, doseq=True), {})


@bp.post("/<code:code>/settings")
def save(code: str) -> ResponseReturnValue:
    """Change the settings, or show what is wrong beside each field."""
    _, device = require_device(code)
    request.max_content_length = request.max_form_memory_size = SETTINGS_LIMIT
    typed, before = _typed(request.form), request.form.get("before", "")
    read, errors = settings_input.read_form(_split(typed))
    changes = _changed(before, read)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    refusal = None
    if not errors:
        try:
            waitlist().act(code, settings_input.command(changes), device)
        except BadField as bad:
            errors[bad.field] = settings_input.CONTRADICTIONS[bad.field]
        except QueueError as refused:
            refusal, status = sentence_for_people(refused), STATUS[type(refused)]
        else:
            return redirect(url_for(".page", code=code, saved=1), HTTPStatus.SEE_OTHER)
    return _page(code, typed, before, errors, refusal), status


def _typed(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return the form's values, as they are shown again; unticked boxes are not sent."""
    return {name: form.get(name, "") for name in settings_input.SETTINGS} | {
        "languages": form.getlist("languages")
    }


def _changed(before: str, read: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that differ from those that the form showed; all if that is unknown.

    A field that this host left alone may have been changed on another device meanwhile.
    """
    if not before:
        return read
    shown = MultiDict(parse_qsl(before, keep_blank_values=True))
    was, _ = settings_input.read_form(_split(_typed(shown)))
    return {name: value for name, value in read.items() if name not in was or was[name] != value}


def _split(typed: dict[str, Any]) -> dict[str, Any]:
    """Return the form's fields with lists where JSON has lists."""
    places = typed["nudgePlaces"].replace(",", " ").replace(";", " ").split()
    replies = [line for line in typed["quickReplies"].splitlines() if line.strip()]
    return typed | {"nudgePlaces": places, "quickReplies": replies}


def _shown(settings: QueueSettings) -> dict[str, Any]:
    """Return the settings as values of the form."""
    return {
        "eventName": settings.name,
        "maxGuests": str(settings.max_guests),
        "location": settings.location,
        "contactInfo": settings.contact,
        "holdMinutes": str(settings.hold_ms // MINUTE),
        "onExpiry": settings.on_expiry.value,
        "moreTimeMinutes": str(settings.more_time_ms // MINUTE),
        "nudgePlaces": ", ".join(map(str, settings.nudge_places)),
        "nudgeMinutes": _optional(settings.nudge_minutes),
        "openTime": settings.open_time,
        "closeTime": settings.close_time,
        "timeZone": settings.time_zone,
        "lastCallMinutes": str(settings.last_call_minutes),
        "maxWaitMinutes": _optional(_in_minutes(settings.max_wait_ms)),
        "startingWaitMinutes": _optional(_in_minutes(settings.starting_wait_ms)),
        "quickReplies": "\n".join(settings.quick_replies),
        "languages": list(settings.languages or NAMES),
        "privacyDays": _optional(settings.privacy_days),
    }


def _in_minutes(time_ms: int | None) -> int | None:
    return None if time_ms is None else time_ms // MINUTE


def _optional(number: int | None) -> str:
    return "" if number is None else str(number)


def _page(
    code: str,
    values: dict[str, Any],
    before: str,
    errors: dict[str, str],
    refusal: str | None = None,
) -> Response:
    snapshot, _ = require_device(code)
    shown = render_template(
        "host/settings.html",
        about=snapshot.views["about"],
        view=snapshot.views["host"],
        values=values,
        before=before,
        errors=errors,
        refusal=refusal,
        is_saved=bool(request.args.get("saved")) and not errors,
        names=NAMES,
        language_tag=language_tag,
        zones=time_zones.by_region(),
        server_zone=time_zones.of_server(),
        privacy_days=services().settings.privacy_days,
    )
    return fragments.private(shown)
