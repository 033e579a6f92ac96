"""The cookie of a board or kiosk: it knows its lines, and does not guess their codes."""

import hmac

from flask import request
from werkzeug.wrappers import Response

from queueup.ids import is_code
from queueup.web.urls import came_by_https

from .hosts import derive_mark

SCREEN_COOKIE = "queueup_screen"
SCREEN_COOKIE_S = 180 * 24 * 3600
# A screen shows one line at a time; a restaurant that opens a new one each evening shows the last.
LINES = 4


def is_screen_of(code: str) -> bool:
    """Return whether this browser has shown the board or the kiosk of this line."""
    return code in _lines()


def remember_screen(response: Response, code: str) -> None:
    """Store in a cookie that this browser shows a line, the newest first."""
    lines = [code, *(other for other in _lines() if other != code)][:LINES]
    response.set_cookie(
        SCREEN_COOKIE,
        ".".join(screen_mark(line) for line in lines),
        max_age=SCREEN_COOKIE_S,
        secure=came_by_https(),
        httponly=True,
        samesite="Strict",
    )


def _lines() -> list[str]:
    marks = request.cookies.get(SCREEN_COOKIE, "").split(".")[:LINES]
    named = [(mark, mark.partition("-")[0]) for mark in marks]
    return [
        code
        for mark, code in named
        if is_code(code) and hmac.compare_digest(mark.encode(), screen_mark(code).encode())
    ]


def screen_mark(code: str) -> str:
    """Return what the cookie of a screen of this line contains."""
    return f"{code}-{derive_mark('screen', code)}"
