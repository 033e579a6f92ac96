"""QR codes of links, and the join link with its QR code."""

import io
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import segno
from markupsafe import Markup

from queueup.links import join_url
from queueup.web.urls import own_origin

# A few kilobytes each.
KEPT = 200


def join_link(code: str) -> dict[str, Any]:
    """Return the join link of a line with its QR code as SVG."""
    link = join_url(own_origin(), code)
    return {
        "link": link,
        "shown": link.split("//", 1)[1],
        "qr": qr_svg(link),
        "is_local": urlsplit(link).hostname in ("localhost", "127.0.0.1", "::1"),
    }


# Boards, kiosks and posters show the same few links again and again; drawing one takes as long as
# the rest of its page.
@lru_cache(KEPT)
def qr_code(link: str) -> segno.QRCode:
    """Return the QR code of a link, to be drawn in any format."""
    return segno.make(link, error="m", micro=False)


@lru_cache(KEPT)
def qr_svg(link: str) -> Markup:
    """Return the QR code of a link as inline SVG."""
    # The quiet zone is part of the code: without four modules of white, scanners fail.
    drawn = qr_code(link).svg_inline(
        border=4, omitsize=True, dark="#000", light="#fff", svgclass="qr"
    )
    return Markup(drawn)


def qr_picture(link: str) -> bytes:
    """Return the QR code of a link as an SVG file."""
    drawn = io.BytesIO()
    qr_code(link).save(drawn, kind="svg", border=4, omitsize=True, dark="#000", light="#fff")
    return drawn.getvalue()
