"""How this program talks to Redis: short timeouts, and no silent second try of a write."""

from redis import BlockingConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT_S = 2
CONNECTIONS = 100


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
        retry=Retry(NoBackoff(), 0),
    )
    return Redis.from_pool(pool)
