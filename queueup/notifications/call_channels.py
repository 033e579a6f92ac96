"""How the guests of calls were reached: by push, on their open page, or not at all."""

from collections.abc import Mapping
from typing import Any

from redis import Redis

from queueup.storage.redis_client import redis_errors

from .notification import CALLED
from .reachability import OPEN_MS
from .subscriptions import Devices, Subscriptions, reach_key

PUSH, PAGE, NOBODY = "push", "page", "none"


class CallChannels:
    """Reads what is known of calls while their line is open; it is deleted with the day."""

    def __init__(self, redis: Redis, subscriptions: Subscriptions) -> None:
        self._redis = redis
        self._subscriptions = subscriptions

    def of(self, code: str, called: Mapping[str, int]) -> dict[str, str]:
        """Return how parties were reached that were called first at these times (ms).

        Raises Unavailable.
        """
        ids = list(called)
        if not ids:
            return {}
        devices = self._subscriptions.of(code, ids)
        with redis_errors():
            seen: Any = self._redis.hmget(reach_key(code), [f"seen:{one}" for one in ids])
        return {
            one: _channel(devices[one], at and int(at), called[one])
            for one, at in zip(ids, seen, strict=True)
        }


def _channel(devices: Devices, seen_at: int | None, called_at: int) -> str:
    """Return what a push service accepted, or else whether the page was open by then or later."""
    if any(marker.split(":")[1] == CALLED for marker in devices.delivered):
        return PUSH
    is_open = seen_at is not None and seen_at > called_at - OPEN_MS
    return PAGE if is_open else NOBODY
