"""The join link as a QR code, and as a poster to print."""

import io
import textwrap
import unicodedata

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from queueup.domain.view_types import About
from queueup.web.polling import fragments
from queueup.web.templating.qr_codes import join_link, qr_code

from .lock import require_device

bp = Blueprint("poster", __name__, url_prefix="/host")

# For the name on the poster: lines, letters per line, and the font size for these.
NAME_LINES = ((2, 16, 190), (3, 21, 150), (4, 27, 114), (5, 38, 82))
QR_PX = 24


@bp.get("/<code:code>/poster")
def page(code: str) -> ResponseReturnValue:
    """Show the poster, ready to print."""
    about = _about(code)
    shown = render_template("host/poster.html", about=about, poster=Markup(_poster_svg(about)))
    return fragments.private(shown)


@bp.get("/<code:code>/poster.svg")
def svg(code: str) -> ResponseReturnValue:
    """Return the poster as a file."""
    about = _about(code)
    return _file(_poster_svg(about).encode(), "image/svg+xml", f"queue-{about['code']}.svg")


@bp.get("/<code:code>/qr.png")
def qr_png(code: str) -> ResponseReturnValue:
    """Return the QR code alone as a file."""
    about = _about(code)
    png = io.BytesIO()
    qr_code(join_link(code)["link"]).save(png, kind="png", scale=QR_PX, border=4)
    return _file(png.getvalue(), "image/png", f"queue-{about['code']}-qr.png")


def _about(code: str) -> About:
    return require_device(code)[0].views["about"]


def _poster_svg(about: About) -> str:
    lines, size = _set_name(about["eventName"])
    shown = join_link(about["code"])
    return render_template("host/poster.svg", about=about, lines=lines, size=size, **shown).strip()


def _set_name(name: str) -> tuple[list[str], int]:
    """Break the name into lines, and return them with the font size."""
    # Chinese, Japanese and Korean letters are about twice as wide as the others.
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in name)
    share = len(name) / (len(name) + wide)
    for most, letters, size in NAME_LINES:
        width = int(letters * share)
        lines = textwrap.wrap(name, width)
        if len(lines) <= most and all(len(word) <= width for word in name.split()):
            return lines, size
    return textwrap.wrap(name, width, max_lines=most, placeholder=" …"), size


def _file(body: bytes, mimetype: str, name: str) -> Response:
    response = Response(body, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-cache"
    return response
