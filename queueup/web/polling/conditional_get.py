"""Conditional GET of unchanged polls (RFC 9110, section 13.1.2), before Flask runs.

A web process that has answered the same request from the current snapshot, or from an earlier one
with the same content for this reader, answers 304 from memory. Everything else goes to the view.
"""

import time
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from queueup import metrics
from queueup.domain.errors import QueueError
from queueup.notifications.reachability import Reachability
from queueup.storage.redis_client import Unavailable
from queueup.storage.snapshot_cache import SnapshotCache
from queueup.web import entity_tags

from .request_fingerprint import fingerprint
from .response_cache import CachedResponse, ResponseCache

PREFIX, SUFFIX = "/api/queue/", "/snapshot"


class ConditionalGetMiddleware:
    """WSGI middleware that answers unchanged polls from memory."""

    def __init__(
        self,
        app: WSGIApplication,
        snapshots: SnapshotCache,
        responses: ResponseCache,
        reachability: Reachability,
    ) -> None:
        self._app = app
        self._snapshots = snapshots
        self._responses = responses
        self._reachability = reachability

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer 304 from memory, or let the app answer."""
        code = _polled_code(environ)
        tag = environ.get(entity_tags.HEADER)
        cached = self._unchanged(code, environ, tag) if code and tag else None
        if code is None or cached is None:
            entity_tags.make_plain(environ)
            return self._app(environ, start)
        reader = cached.content.reader
        self._reachability.note(code, reader.kind, reader.party_id)
        metrics.POLLS.labels(reader.kind, "304").inc()
        metrics.SNAPSHOTS.labels("memory").inc()
        # Yield: without a wait, polls would starve the other connections of this process.
        time.sleep(0)
        start("304 NOT MODIFIED", list(cached.headers))
        return []

    def _unchanged(self, code: str, environ: WSGIEnvironment, tag: str) -> CachedResponse | None:
        try:
            snapshot = self._snapshots.fresh(code)
            if snapshot is None and self._responses.has(code):
                snapshot = self._snapshots.get(code)
        except (Unavailable, QueueError):
            # The view meets the same error, and has a response for it.
            return None
        if snapshot is None:
            return None
        cached = self._responses.get(snapshot, fingerprint(environ))
        if cached is None or cached.tag == tag:
            return cached
        return cached if entity_tags.lists(entity_tags.plain(tag), cached.tag) else None


def _polled_code(environ: WSGIEnvironment) -> str | None:
    path: str = environ["PATH_INFO"]
    if environ["REQUEST_METHOD"] != "GET" or not path.startswith(PREFIX):
        return None
    return path[len(PREFIX) : -len(SUFFIX)].upper() if path.endswith(SUFFIX) else None
