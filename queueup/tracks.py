"""What screens report that they saw: taps on notifications and the like, for the history to read.

Key: `queueup:tracks`, a stream of at most about ten thousand entries, the oldest leaving first.
"""

from typing import Any

from redis import Redis

from queueup.storage.redis_client import redis_errors

TRACKS = "queueup:tracks"
KEPT = 10_000


class Tracks:
    """Reports of screens."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def add(self, fields: dict[str, str]) -> None:
        """Keep one report. Raises Unavailable."""
        entry: dict[Any, Any] = dict(fields)
        with redis_errors():
            self._redis.xadd(TRACKS, entry, maxlen=KEPT, approximate=True)
