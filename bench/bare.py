"""The yardstick for polls: a bare WSGI callable that reads one value from Redis and answers 304."""

import os
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from queueup.redis_client import connect


def web() -> WSGIApplication:
    """Make the callable of one web process."""
    redis = connect(os.environ["REDIS_URL"])
    redis.set("bare", "1")

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        redis.get("bare")
        start("304 NOT MODIFIED", [("ETag", '"bare"'), ("Cache-Control", "private, no-cache")])
        return []

    return answer
