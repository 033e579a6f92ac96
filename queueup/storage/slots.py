"""The places of clients' sockets, counted in Redis for all processes together.

`queueup:sockets:KEY` is a sorted set of the sockets of one party, one line's hosts or one address,
by the time (ms) until which each is known to be open.
"""

import hashlib
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from redis import Redis

from .redis_client import Unavailable, redis_errors


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of one socket: its name, and the keys that it counts for."""

    name: str
    keys: tuple[str, ...]


class Slots:
    """Counts sockets; one that is not renewed within `kept_ms` counts no more."""

    def __init__(self, redis: Redis, clock: Callable[[], int], kept_ms: int) -> None:
        self._redis = redis
        self._clock = clock
        self._kept_ms = kept_ms

    def take(self, caps: Mapping[str, int]) -> Slot | None:
        """Count one more socket for all of these keys; None if one has as many as it may.

        Raises Unavailable.
        """
        slot = Slot(secrets.token_hex(8), tuple(map(_key, caps)))
        now = self._clock()
        with redis_errors(), self._redis.pipeline() as pipe:
            for key in slot.keys:
                pipe.zremrangebyscore(key, 0, now)
                pipe.zadd(key, {slot.name: now + self._kept_ms})
                pipe.pexpire(key, self._kept_ms)
                pipe.zcard(key)
            counts = pipe.execute()[3::4]
        if any(count > cap for count, cap in zip(counts, caps.values(), strict=True)):
            self.release(slot)
            return None
        return slot

    def renew(self, slot: Slot) -> None:
        """Go on counting a socket; without Redis it stays open, and is counted again later."""
        with suppress(Unavailable), redis_errors(), self._redis.pipeline() as pipe:
            for key in slot.keys:
                pipe.zadd(key, {slot.name: self._clock() + self._kept_ms})
                pipe.pexpire(key, self._kept_ms)
            pipe.execute()

    def release(self, slot: Slot) -> None:
        """Count a socket no more; without Redis that happens by itself, later."""
        with suppress(Unavailable), redis_errors(), self._redis.pipeline() as pipe:
            for key in slot.keys:
                pipe.zrem(key, slot.name)
            pipe.execute()


def _key(named: str) -> str:
    # Hashed: an address or the id of a party must not be readable in Redis for longer than needed.
    digest = hashlib.blake2b(named.encode(errors="replace"), digest_size=12)
    return f"queueup:sockets:{digest.hexdigest()}"
