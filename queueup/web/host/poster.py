"""What brings guests to the line: its link, its QR code, and a poster with both."""

import io
import textwrap
import unicodedata
from typing import Any
from urllib.parse import urlsplit

import segno
from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from queueup.links import join_url
from queueup.web.polling import fragments
from queueup.web.urls import own_origin

from .lock import require_device

bp = Blueprint("poster", __name__, url_prefix="/host")

# The poster's name is set in so many lines of so many letters at most, in the size that they allow.
NAME_LINES = ((2, 16, 190), (3, 21, 150), (4, 27, 114), (5, 38, 82))
QR_PX = 24


def join_link(code: str) -> dict[str, Any]:
    """Return the join link of a line, and its QR code as SVG."""
    link = join_url(own_origin(), code)
    return {
        "link": link,
        "shown": link.split("//", 1)[1],
        "qr": qr_svg(link),
        "is_local": urlsplit(link).hostname in ("localhost", "127.0.0.1", "::1"),
    }


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
    _qr(join_link(code)["link"]).save(png, kind="png", scale=QR_PX, border=4)
    return _file(png.getvalue(), "image/png", f"queue-{about['code']}-qr.png")


def _about(code: str) -> dict[str, Any]:
    kept, _ = require_device(code)
    about: dict[str, Any] = kept.views["about"]
    return about


def _poster_svg(about: dict[str, Any]) -> str:
    lines, size = _set_name(about["eventName"])
    shown = join_link(about["code"])
    return render_template("host/poster.svg", about=about, lines=lines, size=size, **shown).strip()


def _set_name(name: str) -> tuple[list[str], int]:
    """Break the name into lines, and return them with the size of their letters."""
    # Chinese, Japanese and Korean letters are about twice as wide as the others.
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in name)
    share = len(name) / (len(name) + wide)
    for most, letters, size in NAME_LINES:
        width = int(letters * share)
        lines = textwrap.wrap(name, width)
        if len(lines) <= most and all(len(word) <= width for word in name.split()):
            return lines, size
    return textwrap.wrap(name, width, max_lines=most, placeholder=" …"), size


def _qr(link: str) -> segno.QRCode:
    return segno.make(link, error="m", micro=False)


def qr_svg(link: str) -> Markup:
    """Return the QR code of a link, to stand in a page."""
    # The quiet zone is part of the code: without four modules of white, scanners fail.
    drawn = _qr(link).svg_inline(border=4, omitsize=True, dark="#000", light="#fff", svgclass="qr")
    return Markup(drawn)


def qr_picture(link: str) -> bytes:
    """Return the QR code of a link as an SVG file."""
    drawn = io.BytesIO()
    _qr(link).save(drawn, kind="svg", border=4, omitsize=True, dark="#000", light="#fff")
    return drawn.getvalue()


def _file(body: bytes, mimetype: str, name: str) -> Response:
    response = Response(body, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-cache"
    return response
