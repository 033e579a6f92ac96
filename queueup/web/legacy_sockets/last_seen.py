"""When a legacy client last held a socket: how an operator knows that the migration is over."""

from queueup.clock import now_ms
from queueup.services import Services
from queueup.storage.redis_client import redis_errors

KEY = "queueup:legacy-socket"


def note(services: Services) -> None:
    """Note that a legacy client holds a socket now. Raises Unavailable."""
    with redis_errors():
        services.redis.set(KEY, now_ms())


def seen_at(services: Services) -> int | None:
    """Return when (ms) a legacy client was last known to hold a socket. Raises Unavailable."""
    with redis_errors():
        seen = services.redis.get(KEY)
    return None if seen is None else int(seen)
