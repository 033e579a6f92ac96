"""Authentication of hosts, by the secret of a device or by the token of a queue.

Our own pages use devices: each has a secret in a cookie, and can be removed. Legacy clients share
one token for a queue, and act as one device.
"""

import base64
import hashlib
import hmac
import secrets

from flask import request
from werkzeug.exceptions import Forbidden, Unauthorized
from werkzeug.http import dump_cookie
from werkzeug.wrappers import Response

from queueup.domain.view_types import Views
from queueup.services import services, waitlist
from queueup.signing_keys import hash_secret
from queueup.storage.store import KEEP_CODE_S
from queueup.web.urls import came_by_https

from .lines import HOST_COOKIE, forget_surplus

HOST_HEADER = "x-host-auth"
HOST_COOKIE_S = 7 * 24 * 3600
# As long as the code of the line.
DEVICE_COOKIE_S = KEEP_CODE_S
# The id of the device that all clients with the token of a queue act as.
SCREEN = "screen"
MARK_LETTERS = 24


def host_token(session_id: str) -> str:
    """Return the token of the host of this queue."""
    return _token(session_id, services().settings.host_auth_secret)


def is_token(text: str, secret: str) -> bool:
    """Return whether this is the token of any queue, whether there is such a queue or not."""
    good = _token(text.rpartition(".")[0], secret)
    return hmac.compare_digest(_bytes(text), _bytes(good))


def is_host(code: str, views: Views, also: str | None = None) -> bool:
    """Return whether the request is a host's and not locked; `also` is one more token to check."""
    return acting_device(code, views, also) is not None


def acting_device(code: str, views: Views, also: str | None = None) -> str | None:
    """Return the id of the host's device that sent the request, None if locked or not a host."""
    device_id = known_device(code, views)
    if device_id is not None:
        return None if views["devices"][device_id]["locked"] else device_id
    return SCREEN if has_queue_token(code, views, also) else None


def known_device(code: str, views: Views) -> str | None:
    """Return the id of the device whose secret the request has, locked or not."""
    device_id = remembered_device(code)
    secret = request.cookies.get(host_cookie(code), "").partition(".")[2]
    device = views["devices"].get(device_id)
    if device is None or not hmac.compare_digest(hash_secret(secret), device["secretHash"]):
        return None
    return device_id


def remembered_device(code: str) -> str:
    """Return the id of the device in the cookie of this line, which may be wrong; "" without it."""
    return request.cookies.get(host_cookie(code), "").partition(".")[0]


def has_queue_token(code: str, views: Views, also: str | None = None) -> bool:
    """Return whether the request has the token of the queue, and is not from a locked device.

    A host can revoke the token: then only devices can act.
    """
    if views["tokensRevoked"]:
        return False
    device_id = known_device(code, views)
    if device_id is not None and views["devices"][device_id]["locked"]:
        return False
    offered = [*_offered(code), *([also] if also else [])]
    return _has_good_token(views["sessionId"], offered)


def require_host(code: str) -> str:
    """Return the id of the host's device that sent the request, checked against a fresh snapshot.

    A device that another process has just locked or removed must not act any more. Raises
    Unauthorized without a token, Forbidden with a wrong one.
    """
    device_id = acting_device(code, waitlist().fresh_snapshot(code).views)
    if device_id is None:
        if not _offered(code):
            raise Unauthorized("Host authentication required")
        raise Forbidden("Invalid host authentication")
    return device_id


def new_secret() -> str:
    """Return a secret for a device or an invitation."""
    return secrets.token_urlsafe(24)


def derive(*parts_of_it: str) -> bytes:
    """Return 32 secret bytes, always the same for the same arguments (HMAC-SHA-256)."""
    key = services().settings.host_auth_secret.encode()
    words = "\0".join(parts_of_it).encode(errors="surrogatepass")
    return hmac.new(key, words, hashlib.sha256).digest()


def derive_mark(*parts_of_it: str) -> str:
    """Return a short text that nobody else can make, always the same for the same arguments."""
    return derive(*parts_of_it).hex()[:MARK_LETTERS]


def remember_device(response: Response, code: str, device_id: str, secret: str) -> None:
    """Store the id and the secret of this device in a cookie."""
    remember_host(response, f"{device_id}.{secret}", host_cookie(code), DEVICE_COOKIE_S)
    forget_surplus(response, HOST_COOKIE, code)


def has_device_cookie(code: str) -> bool:
    """Return whether the browser has a host's cookie of this line, valid or not."""
    return host_cookie(code) in request.cookies


def remember_device_longer(response: Response, code: str) -> None:
    """Renew the cookie of a device that is in use."""
    if found := request.cookies.get(host_cookie(code)):
        remember_host(response, found, host_cookie(code), DEVICE_COOKIE_S)


def remember_host(
    response: Response, token: str, name: str = HOST_COOKIE, for_s: int = HOST_COOKIE_S
) -> None:
    """Store a host's token in a cookie."""
    cookie = dump_cookie(
        name,
        token,
        max_age=for_s,
        sync_expires=False,
        secure=came_by_https(),
        httponly=True,
        samesite="Strict",
    )
    response.headers.add("Set-Cookie", cookie)


def host_cookie(code: str) -> str:
    """Return the name of a device's cookie, one for each queue that it hosts."""
    return f"{HOST_COOKIE}_{code}"


def _token(session_id: str, secret: str) -> str:
    signature = hmac.new(secret.encode(), _bytes(session_id), hashlib.sha256).digest()
    return f"{session_id}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _offered(code: str) -> list[str]:
    """Return the tokens that the request has, the header's first."""
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
