"""Who sends a request, as far as this process can tell before the app: an address, and its lines.

What a browser or a program has shown that a line knows (a party's id, a device's secret, a token, a
screen's mark) is remembered for some minutes. To know it again costs a look-up in memory.
"""

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

from flask import Flask, Response, g, request
from werkzeug.sansio.http import parse_cookie

from queueup.domain.errors import QueueError
from queueup.services import waitlist
from queueup.storage.redis_client import Unavailable
from queueup.web.auth import guests, hosts, screens
from queueup.web.auth.lines import HOST_COOKIE

from .asker import Asker

# A page in the background polls once a minute.
KNOWN_S = 600
MOST = 20_000
OF_A_LINE = re.compile(
    r"/(?:api/queue(?!/create\Z)|queue|host|board|kiosk)/([A-Za-z0-9]{6})(?:/|\Z)"
)
TOKEN_HEADER = "HTTP_X_HOST_AUTH"


class Senders:
    """Remembers what lines know; bounded, whoever was seen last stays."""

    def __init__(self, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._stopwatch = stopwatch
        self._known: OrderedDict[bytes, float] = OrderedDict()

    def remember(self, code: str, shown: str) -> None:
        """Note that a line knows who shows this."""
        key = _key(code, shown)
        self._known[key] = self._stopwatch()
        self._known.move_to_end(key)
        if len(self._known) > MOST:
            self._known.popitem(last=False)

    def is_known(self, environ: WSGIEnvironment) -> bool:
        """Return whether the line in the path has known the sender lately."""
        code = code_in(environ)
        since = self._stopwatch() - KNOWN_S
        return bool(code) and any(
            self._known.get(_key(code, shown), since) > since for shown in shown_in(environ, code)
        )


def init_app(app: Flask, senders: Senders) -> None:
    """Remember after each request what its line knows."""

    @app.after_request
    def remember(response: Response) -> Response:
        # A limit has looked it up; what has none, such as a file, proves nothing.
        found: Asker | None = g.get("asker")
        if found is not None and found.is_known:
            for shown in _proved_by(found):
                senders.remember(found.line, shown)
        return response


def code_in(environ: WSGIEnvironment) -> str:
    """Return the code in the path, of a line or not, "" if there is none."""
    found = OF_A_LINE.match(environ.get("PATH_INFO", ""))
    return found[1].upper() if found else ""


def shown_in(environ: WSGIEnvironment, code: str) -> Iterator[str]:
    """Yield what a request shows that this line may know."""
    query = environ.get("QUERY_STRING", "")
    if "partyId" in query:
        yield from parse_qs(query, max_num_fields=None).get("partyId", [])[:1]
    if token := environ.get(TOKEN_HEADER):
        yield token
    cookie = environ.get("HTTP_COOKIE", "")
    if "queue" not in cookie:
        return
    found = parse_cookie(cookie)
    for name in (HOST_COOKIE, hosts.host_cookie(code)):
        if value := found.get(name):
            yield value
    for place in found.get(guests.party_cookie(code), "").split(guests.BETWEEN):
        if place:
            yield place.removeprefix(guests.SHARED)
    for screen in found.get(screens.SCREEN_COOKIE, "").split("."):
        if screen.startswith(code):
            yield screen


def _proved_by(found: Asker) -> Iterator[str]:
    """Yield what a request has shown that its line knows."""
    if found.party_id:
        yield found.party_id
    if found.is_screen:
        yield screens.screen_mark(found.line)
    if found.device == hosts.SCREEN:
        try:
            yield hosts.host_token(waitlist().snapshot(found.line).views["sessionId"])
        except (QueueError, Unavailable):
            # It is remembered with the next request.
            return
    elif found.device:
        yield request.cookies[hosts.host_cookie(found.line)]


def _key(code: str, shown: str) -> bytes:
    # Secrets themselves are not kept.
    text = f"{code} {shown}".encode(errors="surrogatepass")
    return hashlib.blake2b(text, digest_size=16).digest()
