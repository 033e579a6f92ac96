"""The questions before a day is ended, or a line closed for good."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from queueup.web.polling import fragments

from .lock import require_device

bp = Blueprint("host_day", __name__, url_prefix="/host")


@bp.get("/<code:code>/end-day")
def end_day(code: str) -> ResponseReturnValue:
    """Ask whether the day is over; the button ends it."""
    return _ask("host/end_day.html", code)


@bp.get("/<code:code>/close-for-good")
def close_for_good(code: str) -> ResponseReturnValue:
    """Ask whether the line is over for ever; the button closes it."""
    return _ask("host/close_for_good.html", code)


def _ask(template: str, code: str) -> ResponseReturnValue:
    views = require_device(code)[0].views
    return fragments.private(render_template(template, about=views["about"], view=views["host"]))
