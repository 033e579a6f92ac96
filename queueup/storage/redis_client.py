"""The Redis client: short timeouts, one exception for every failure, and no automatic retries."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from redis import BlockingConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    ConnectionError,
    RedisError,
    ResponseError,
    TimeoutError,
    WatchError,
)
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelConnectionPool

from queueup.circuit_breaker import CircuitBreaker
from queueup.redis_url import read_address

log = logging.getLogger(__name__)

# A request makes several Redis calls, and a client must learn within two seconds that Redis does
# not answer: one call may time out, and for SILENT_S after that all others fail at once.
TIMEOUT_S = 1.2
SILENT_S = 1.0
# Another sentinel is asked when one does not answer.
SENTINEL_S = 0.3
# Each is used for a few milliseconds at a time, and stays open.
CONNECTIONS = 40
RETRY_PAUSE_S = 1
REWRITE_TRIES = 20
REWRITE_PAUSE_S = 0.2

Answer = TypeVar("Answer")


class Unavailable(Exception):
    """Redis does not answer, or a queue has too many concurrent writers: retry in a moment."""


def connect(url: str, connections: int = CONNECTIONS) -> Redis:
    """Make a client for the Redis at an address; nothing is sent before the first command.

    The client never retries a command by itself. By default redis-py tries ten times, even after a
    timeout, when the first try may have been carried out.
    """
    sockets: dict[str, Any] = {
        "socket_timeout": TIMEOUT_S,
        "socket_connect_timeout": TIMEOUT_S,
        "retry": _OneTry(),
    }
    address = read_address(url)
    if address is None:
        pool = BlockingConnectionPool.from_url(
            url, max_connections=connections, timeout=TIMEOUT_S, **sockets
        )
        return Redis.from_pool(pool)
    sentinel_sockets = {"socket_timeout": SENTINEL_S, "socket_connect_timeout": SENTINEL_S}
    sentinel = Sentinel(
        address.sentinels,
        sentinel_kwargs={
            **address.sentinel_options,
            **sentinel_sockets,
            "retry": Retry(NoBackoff(), 0),
        },
    )
    pool = _PrimaryPool(
        address.service,
        sentinel,
        max_connections=connections,
        timeout=TIMEOUT_S,
        **address.options,
        **sockets,
    )
    return Redis.from_pool(pool)


@contextmanager
def redis_errors() -> Iterator[None]:
    """Turn every failure of Redis into Unavailable."""
    try:
        yield
    except RedisError as error:
        # redis-py puts the failed command first, and its keys contain the ids of parties.
        raise Unavailable(str(error).rpartition("of pipeline caused error: ")[2]) from None


def wait_for(redis: Redis) -> None:
    """Return once Redis answers."""
    while True:
        try:
            redis.ping()
            return
        except RedisError as error:
            log.warning("Redis is unreachable: %s", error)
            time.sleep(RETRY_PAUSE_S)


def rewrite_aof(redis: Redis) -> None:
    """Make Redis rewrite its append-only file, which still contains everything overwritten.

    Redis rewrites it by itself only when it has grown.
    """
    for _ in range(REWRITE_TRIES):
        try:
            redis.bgrewriteaof()
        except ResponseError:
            # The rewrite in progress began with the data that has just been erased.
            time.sleep(REWRITE_PAUSE_S)
        else:
            return
    log.warning("the Redis AOF was not rewritten: erased data stays on disk until the next erasure")


class _PrimaryPool(SentinelConnectionPool, BlockingConnectionPool):
    """Connections to the primary that Sentinel names; who finds all of them in use waits."""


class _OneTry(Retry):
    """A retry policy that tries once, and not at all for a moment after a timeout."""

    def __init__(self) -> None:
        super().__init__(NoBackoff(), 0)
        self._breaker = CircuitBreaker(SILENT_S)

    def __deepcopy__(self, memo: object) -> "_OneTry":
        # redis-py gives each connection a copy; all of them must share what one has found out.
        return self

    def call_with_retry(self, do: Callable[[], Answer], *args: Any, **options: Any) -> Answer:
        """Do it. Raises ConnectionError at once while Redis is silent."""
        if self._breaker.remaining_s:
            raise ConnectionError("Redis did not answer a moment ago")
        try:
            return super().call_with_retry(do, *args, **options)
        except (TimeoutError, WatchError) as error:
            if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
                self._breaker.trip()
            raise
