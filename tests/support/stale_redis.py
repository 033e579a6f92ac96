"""A Redis that comes back without its last commits, as when its file knows nothing of them."""

from redis import Redis


def remember(redis: Redis) -> dict[bytes, bytes]:
    """Return all that Redis holds, so that it can come back without what happens next."""
    return {key: redis.dump(key) for key in redis.scan_iter()}


def come_back(redis: Redis, before: dict[bytes, bytes]) -> None:
    """Let Redis hold what it held before."""
    redis.flushdb()
    for key, value in before.items():
        redis.restore(key, 0, value)
