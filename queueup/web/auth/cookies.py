"""Whether the browser sends our cookies back: some block all of them.

Pages with a form set a cookie if the browser has none yet, and the form says so: without any cookie
it comes from a browser that blocks them.
"""

from flask import request
from werkzeug.wrappers import Response

from queueup.web.urls import came_by_https

PROBE = "queueup_cookies"
# The hidden field of a form whose page has set the cookie.
FIELD = "cookies"


def come_back() -> bool:
    """Return whether this browser has sent any cookie with the request."""
    return bool(request.cookies)


def are_blocked() -> bool:
    """Return whether the page of the form in this request set a cookie that has not come back."""
    return FIELD in request.form and not come_back()


def probe(response: Response) -> None:
    """Set a cookie, for this visit, in a browser that has none."""
    if not come_back():
        response.set_cookie(PROBE, "1", secure=came_by_https(), httponly=True, samesite="Lax")
