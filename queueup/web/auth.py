"""Who is asking: the host by a token of its queue, a guest by the id of its party."""

import base64
import hashlib
import hmac

from flask import request
from werkzeug.exceptions import Forbidden, Unauthorized
from werkzeug.http import dump_cookie
from werkzeug.wrappers import Response

from ..parts import parts
from .origins import came_by_https

HOST_HEADER = "x-host-auth"
HOST_COOKIE = "queue_host_auth"
HOST_COOKIE_S = 7 * 24 * 3600


def host_token(session_id: str) -> str:
    """Return the token that proves to be the host of this queue."""
    key = parts().settings.host_auth_secret.encode()
    signature = hmac.new(key, session_id.encode(), hashlib.sha256).digest()
    return f"{session_id}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def is_host(code: str, session_id: str, also: str | None = None) -> bool:
    """Tell whether the request carries a good token for this queue, or `also` is one."""
    return _has_good_token(session_id, [*_offered(code), *([also] if also else [])])


def require_host(code: str, session_id: str) -> None:
    """Let the host pass.

    Raises Unauthorized without a token, Forbidden with wrong ones only.
    """
    offered = _offered(code)
    if not offered:
        raise Unauthorized("Host authentication required")
    if not _has_good_token(session_id, offered):
        raise Forbidden("Invalid host authentication")


def remember_host(response: Response, token: str, name: str = HOST_COOKIE) -> None:
    """Keep the host's token in a cookie of this device."""
    cookie = dump_cookie(
        name,
        token,
        max_age=HOST_COOKIE_S,
        sync_expires=False,
        secure=came_by_https(),
        httponly=True,
        samesite="Strict",
    )
    response.headers.add("Set-Cookie", cookie)


def host_cookie(code: str) -> str:
    """Name the cookie of our own pages: one a queue, so that a device can host several."""
    return f"{HOST_COOKIE}_{code}"


def _offered(code: str) -> list[str]:
    """Return the tokens that came with the request, the header's first."""
    cookies = request.cookies
    found = (
        request.headers.get(HOST_HEADER),
        cookies.get(HOST_COOKIE),
        cookies.get(host_cookie(code)),
    )
    return [token for token in found if token]


def _has_good_token(session_id: str, offered: list[str]) -> bool:
    good = host_token(session_id).encode()
    return any(hmac.compare_digest(token.encode(), good) for token in offered)
