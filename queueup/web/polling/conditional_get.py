"""The short cut that makes a poll almost free.

An unchanged poll is answered before the framework: the process remembers which question got which
tag from a snapshot that is known to be current, or from an earlier one that shows this reader the
same. Everything else goes to the view.
"""

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from queueup import metrics
from queueup.domain.errors import QueueError
from queueup.domain.views import View
from queueup.notifications.reachability import Reachability
from queueup.storage.redis_client import Unavailable
from queueup.storage.snapshot_cache import CachedSnapshot, SnapshotCache

from .snapshot import KEPT, SEEN, Content

PREFIX, SUFFIX = "/api/queue/", "/snapshot"

# Everything about a request that can decide its answer.
DECIDES = (
    "QUERY_STRING",
    "HTTP_COOKIE",
    "HTTP_X_HOST_AUTH",
    "HTTP_HX_REQUEST",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_ORIGIN",
    "HTTP_SEC_FETCH_SITE",
    "HTTP_HOST",
    "wsgi.url_scheme",
)
# As no header can be.
ABSENT = "\1"


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """How the app answered a question, for as long as the snapshot stays the same."""

    tag: str
    headers: list[tuple[str, str]]
    shown: Content

    def matches(self, views: View) -> bool:
        """Tell whether these views of the same queue give the same answer."""
        return self.shown.matches(views)


class ConditionalGetMiddleware:
    """WSGI middleware: answers again what this process has answered, while nothing changed."""

    def __init__(self, app: WSGIApplication, memory: SnapshotCache, reach: Reachability) -> None:
        self._app = app
        self._memory = memory
        self._reach = reach

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer 304 from memory, or let the app answer and remember its tag."""
        code = _polled_code(environ)
        if code is None:
            return self._app(environ, start)
        question = _question(environ)
        known = self._unchanged(code, question, environ.get("HTTP_IF_NONE_MATCH"))
        if known is None:
            return self._app(environ, self._remember(start, environ, code, question))
        reader = known.shown.reader
        self._reach.note(code, reader.kind, reader.party_id)
        _count(reader.kind, "304")
        metrics.SNAPSHOTS.labels("memory").inc()
        # An answer without any waiting would starve the other connections of this process.
        time.sleep(0)
        start("304 NOT MODIFIED", known.headers)
        return []

    def _unchanged(self, code: str, question: bytes, tag: str | None) -> CachedResponse | None:
        try:
            kept = self._memory.get_again(code) if tag else None
        except (Unavailable, QueueError):
            # The view meets the same, and has words for it.
            return None
        known = cast(CachedResponse | None, kept.answer(question) if kept else None)
        return known if known and known.tag == tag else None

    def _remember(
        self, start: StartResponse, environ: WSGIEnvironment, code: str, question: bytes
    ) -> StartResponse:
        def started(
            status: str, headers: list[tuple[str, str]], *more: Any
        ) -> Callable[..., object]:
            kept: CachedSnapshot | None = environ.get(KEPT)
            tag = dict(headers).get("ETag")
            if kept is not None and tag and status.startswith(("200", "304")):
                shown: Content = environ[SEEN].shown
                left_out = ("Content-Type", "Content-Length")
                repeated = [header for header in headers if header[0] not in left_out]
                kept.keep_answer(question, CachedResponse(tag, repeated, shown))
                self._reach.note(code, shown.reader.kind, shown.reader.party_id)
                _count(shown.reader.kind, status[:3])
            return start(status, headers, *more)

        return started


def _question(environ: WSGIEnvironment) -> bytes:
    """Return all that decides an answer, short: padding must not fill the memory."""
    # A header that is not there is another one than an empty one: an empty Origin is refused.
    whole = "\0".join(environ.get(name, ABSENT) for name in DECIDES)
    return hashlib.blake2b(whole.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _polled_code(environ: WSGIEnvironment) -> str | None:
    path: str = environ["PATH_INFO"]
    if environ["REQUEST_METHOD"] != "GET" or not path.startswith(PREFIX):
        return None
    return path[len(PREFIX) : -len(SUFFIX)].upper() if path.endswith(SUFFIX) else None


def _count(reader: str, status: str) -> None:
    metrics.POLLS.labels(reader, status).inc()
