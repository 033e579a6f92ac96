"""Refuses who has used up a limit before the app is asked, as cheaply as polls are answered.

When the app has refused a stranger (429), and would refuse the next one from there whatever its
query and body say, the response is kept until the limit has room again. Whoever shows anything that
the line may know is always left to the app.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Response

from queueup import metrics
from queueup.storage.redis_client import Unavailable
from queueup.web.client_address import client

from .senders import code_in

EXTENSION = "queueup.early_refusals"
# Stands for the path where codes are guessed: each guess has another one.
ANY_CODE = "wrong code"
MOST_SPENT, MOST_PAGES = 20_000, 200
# Letters of a path that is noted: some contain whatever a client made up.
LONGEST_PATH = 100
# What a kept response depends on besides the limit: its language, whether it is packed, and CORS.
SHOWN_BY = ("HTTP_ACCEPT_LANGUAGE", "HTTP_ORIGIN", "wsgi.url_scheme")
LANGUAGE = re.compile(r"(?:queueup_language|spoken)=([a-z-]{2,10})")
CHANGING = ("retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Spent:
    """A limit that is used up: for one client, one method and one path, or any guess of a code."""

    client: str
    method: str
    path: str


class Refusal(Response):
    """A refusal that is kept, with its complete headers, when it is sent."""

    keep: Callable[[WSGIEnvironment, Headers, bytes], None] | None = None

    def get_wsgi_response(self, environ: WSGIEnvironment) -> Any:
        """Return what is sent, and keep it."""
        body, status, headers = super().get_wsgi_response(environ)
        if self.keep is not None and environ["REQUEST_METHOD"] != "HEAD":
            self.keep(environ, headers, self.get_data())
        return body, status, headers


class EarlyRefusals:
    """What is used up, until when (s since the epoch), and the responses that say so."""

    def __init__(self) -> None:
        # Whether a code in a request is wrong; may raise Unavailable.
        self.is_guess: Callable[[str, WSGIEnvironment], bool] = lambda code, environ: False
        # Whether a request has something, in a line or not, that may let it pass beyond a limit.
        self.may_pass: Callable[[str, WSGIEnvironment], bool] = lambda code, environ: True
        self._until: OrderedDict[Spent, float] = OrderedDict()
        self._clients: dict[str, int] = {}
        self._pages: OrderedDict[tuple[str, ...], tuple[Headers, bytes]] = OrderedDict()

    def note(self, spent: Spent, until: float) -> None:
        """Note what is used up."""
        if len(spent.path) > LONGEST_PATH:
            return
        if spent not in self._until:
            self._clients[spent.client] = self._clients.get(spent.client, 0) + 1
        self._until[spent] = until
        self._until.move_to_end(spent)
        if len(self._until) > MOST_SPENT:
            self._drop(next(iter(self._until)))

    def has(self, client: str) -> bool:
        """Return whether anything is used up by this client: most requests end here."""
        return client in self._clients

    def left_s(self, spent: Spent) -> float:
        """Return how long this is used up yet (s)."""
        left_s = self._until.get(spent, 0) - time.time()
        if left_s <= 0 and spent in self._until:
            self._drop(spent)
        return max(0.0, left_s)

    def keep(self, environ: WSGIEnvironment, headers: Iterable[Any], body: bytes) -> None:
        """Keep a response for requests that are shown the same."""
        kept = [(name, value) for name, value in headers if name.lower() not in CHANGING]
        self._pages[_shown_by(environ)] = kept, body
        if len(self._pages) > MOST_PAGES:
            self._pages.popitem(last=False)

    def page(self, environ: WSGIEnvironment) -> tuple[Headers, bytes] | None:
        """Return a response that was kept."""
        return self._pages.get(_shown_by(environ))

    def _drop(self, spent: Spent) -> None:
        del self._until[spent]
        self._clients[spent.client] -= 1
        if not self._clients[spent.client]:
            del self._clients[spent.client]


class EarlyRefusalMiddleware:
    """WSGI middleware that answers 429 from memory."""

    def __init__(self, app: WSGIApplication, refusals: EarlyRefusals) -> None:
        self._app = app
        self._refusals = refusals

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer 429 from memory, or let the app answer."""
        left_s = self._left_s(environ)
        page = self._refusals.page(environ) if left_s else None
        if page is None:
            return self._app(environ, start)
        headers, body = page
        metrics.REFUSED_EARLY.inc()
        start("429 TOO MANY REQUESTS", [*headers, ("Retry-After", str(max(1, int(left_s))))])
        # Yield to the other connections of this process.
        time.sleep(0)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _left_s(self, environ: WSGIEnvironment) -> float:
        who = client(environ.get("REMOTE_ADDR"))
        if not self._refusals.has(who) or _is_answered_alike(environ):
            return 0
        code = code_in(environ)
        left_s = self._refusals.left_s(Spent(who, "", ANY_CODE)) if code else 0
        try:
            if left_s and self._refusals.is_guess(code, environ):
                return left_s
        except Unavailable:
            return 0
        if self._refusals.may_pass(code, environ):
            return 0
        return self._refusals.left_s(spent_path(who, environ))


def spent_path(who: str, environ: WSGIEnvironment) -> Spent:
    """Return the limit on what a request does, for its client."""
    return Spent(who, environ["REQUEST_METHOD"], environ.get("PATH_INFO", "").upper())


def _is_answered_alike(environ: WSGIEnvironment) -> bool:
    """Return whether the app answers the same whether there is a line or not."""
    # Another site must not see by the status whether there is one.
    crosses = environ.get("HTTP_SEC_FETCH_SITE") in ("cross-site", "same-site")
    return crosses or environ["REQUEST_METHOD"] == "OPTIONS"


def _shown_by(environ: WSGIEnvironment) -> tuple[str, ...]:
    said = f"{environ.get('QUERY_STRING', '')} {environ.get('HTTP_COOKIE', '')}"
    chosen = LANGUAGE.search(said)
    path = environ.get("PATH_INFO", "")
    return (
        # The API answers in JSON, and hosts' pages are in English.
        path[: path.find("/", 1) + 1],
        chosen[1] if chosen else "",
        str("gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")),
        *(environ.get(name, "") for name in SHOWN_BY),
    )
