"""How this program talks to Redis: short timeouts, and no silent second try of a write."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from redis import BlockingConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, TimeoutError
from redis.retry import Retry

# A request asks Redis several times, and whoever waits for its answer is told so within two
# seconds that there is none: one question may be waited for, and SILENT_S long no other one.
TIMEOUT_S = 1.2
SILENT_S = 1.0
# Each is held for a few milliseconds, and once opened it stays.
CONNECTIONS = 40

Answer = TypeVar("Answer")


def connect(url: str, connections: int = CONNECTIONS) -> Redis:
    """Make a client for a redis:// or unix:// address; nothing is sent before the first command.

    The client never repeats a command by itself: redis-py would otherwise try ten times, also after
    a timeout, when the first try may have been carried out.
    """
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=TIMEOUT_S,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=_OneTry(),
    )
    return Redis.from_pool(pool)


class _OneTry(Retry):
    """Tries once, and for a moment not at all when Redis has just let somebody wait in vain."""

    def __init__(self) -> None:
        super().__init__(NoBackoff(), 0)
        self._silent_until = float("-inf")

    def __deepcopy__(self, memo: object) -> "_OneTry":
        # redis-py gives each connection a copy; what one has found out is meant for all.
        return self

    def call_with_retry(self, do: Callable[[], Answer], *args: Any, **options: Any) -> Answer:
        """Do it. Raises ConnectionError at once while Redis is silent."""
        if time.monotonic() < self._silent_until:
            raise ConnectionError("Redis did not answer a moment ago")
        try:
            return super().call_with_retry(do, *args, **options)
        except TimeoutError:
            self._silent_until = time.monotonic() + SILENT_S
            raise
