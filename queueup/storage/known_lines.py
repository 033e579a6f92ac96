"""The lines that have been reached from an address: to ask for them from there is no guess.

Key: `queueup:reached:CLIENT` is a sorted set of codes with the time (s) at which each was last
reached.
"""

import time
from collections import OrderedDict

from redis import Redis

from .redis_client import redis_errors

# A restaurant that opens on weekends is still known on the next one.
KNOWN_S = 9 * 24 * 3600
LINES = 300
# A process writes the same again only after so long.
AGAIN_S = 3600
REMEMBERED = 10_000


class KnownLines:
    """Remembers from where lines are reached. Every method may raise Unavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._written: OrderedDict[tuple[str, str], float] = OrderedDict()

    def note(self, client: str, code: str) -> None:
        """Note that a line was reached by this client."""
        key, now_s = (client, code), time.time()
        if now_s - self._written.get(key, 0) < AGAIN_S:
            return
        with redis_errors(), self._redis.pipeline() as pipe:
            pipe.zadd(_key(client), {code: now_s})
            pipe.zremrangebyrank(_key(client), 0, -LINES - 1)
            pipe.expire(_key(client), KNOWN_S)
            pipe.execute()
        self._written[key] = now_s
        self._written.move_to_end(key)
        if len(self._written) > REMEMBERED:
            self._written.popitem(last=False)

    def has(self, client: str, code: str) -> bool:
        """Return whether a line was reached by this client in the last days."""
        if time.time() - self._written.get((client, code), 0) < AGAIN_S:
            return True
        with redis_errors():
            at_s = self._redis.zscore(_key(client), code)
        return at_s is not None and time.time() - float(at_s) < KNOWN_S


def _key(client: str) -> str:
    return f"queueup:reached:{client}"
