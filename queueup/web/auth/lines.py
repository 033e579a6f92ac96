"""The lines that a browser remembers in cookies, one for each: newest first, and a bounded number.

Browsers send all cookies with every request, and web servers refuse long headers.
"""

from dataclasses import dataclass

from flask import request
from werkzeug.wrappers import Response

from queueup.domain.errors import UnknownQueue
from queueup.ids import is_code
from queueup.services import waitlist
from queueup.storage.redis_client import Unavailable

HOST_COOKIE = "queue_host_auth"
GUEST_COOKIE = "queueup_party"
# About 4 KB of cookies, half of what common proxies accept.
MOST = {HOST_COOKIE: 25, GUEST_COOKIE: 15}
# Proxies limit the headers of a response, too.
DELETED_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Remembered:
    """A cookie of a line; its role, HOST_COOKIE or GUEST_COOKIE, begins its name."""

    role: str
    code: str

    @property
    def name(self) -> str:
        """Return the name of the cookie."""
        return f"{self.role}_{self.code}"


def remembered(role: str) -> list[Remembered]:
    """Return the cookies of this role that the request has, the newest line first."""
    found = [name.rpartition("_") for name in request.cookies]
    ours = [Remembered(role, code) for prefix, _, code in found if prefix == role and is_code(code)]
    # In the order of their creation, says RFC 6265, section 5.4; renewing keeps the order.
    return ours[::-1]


def forget_surplus(response: Response, role: str, added: str | None = None) -> None:
    """Delete the cookies beyond the limit: of lines that are over, then of those least in use.

    `added` is the code of a line whose cookie this response sets.
    """
    others = [one for one in remembered(role) if one.code != added]
    surplus = len(others) + (added is not None) - MOST[role]
    if surplus <= 0:
        return
    try:
        oldest_first = others[::-1]
        by_use = sorted(oldest_first, key=_use)
    except Unavailable:
        # The response is about something else, and the next one will do.
        return
    for one in by_use[: min(surplus, DELETED_AT_ONCE)]:
        response.delete_cookie(one.name)


def _use(one: Remembered) -> tuple[int, int]:
    """Return how much a line is still in use: its state, and when somebody last acted in it."""
    try:
        queue = waitlist().queue(one.code)
    except UnknownQueue:
        return 0, 0
    if one.role == GUEST_COOKIE or not queue.is_closed:
        return 2, queue.active_at
    return int(queue.can_open_again), queue.active_at
