"""The yardstick for polls: a bare WSGI callable that reads one value from Redis and answers 304."""

import os
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from queueup.storage.redis_client import connect


class Bare:
    """The least that can answer a poll."""

    extensions: dict[str, object] = {}  # what the server's configuration looks for in an app

    def __init__(self) -> None:
        self._redis = connect(os.environ["REDIS_URL"])
        self._redis.set("bare", "1")

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer 304 after one read."""
        self._redis.get("bare")
        start("304 NOT MODIFIED", [("ETag", '"bare"'), ("Cache-Control", "private, no-cache")])
        return []


def web() -> Bare:
    """Make the callable of one web process."""
    return Bare()
