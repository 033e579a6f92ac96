"""The push subscriptions of parties: validated, and stored in Redis.

Keys of one queue share the {CODE} hash tag:

- `queueup:{CODE}:push:PARTY`  hash: `device:ID` is a subscription, `told:ID:KIND:NUMBER` the
  time (ms) at which its push service accepted that notification
- `queueup:{CODE}:reach`       hash: `push:PARTY` is the time (ms) of the last notification that a
  push service accepted, 0 before the first; `seen:PARTY` the time (ms) of a poll by its page
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from redis import Redis
from redis.client import Pipeline

from queueup.signing_keys import base64url, decode_base64url
from queueup.storage import codec
from queueup.storage.redis_client import redis_errors

DEVICES = 5
# No restaurant's day lasts longer, and an ended party may be restored until the day is over.
REACHABILITY_TTL_S = 24 * 3600

# What is kept of a request and sent again has a bound, or one payload would be too long.
ENDPOINT_LIMIT = 2_000
ORIGIN_LIMIT = 270  # a scheme, a host name (RFC 1035: 253 characters) and a port

POINT_BYTES = 65
AUTH_BYTES = 16


class BadSubscription(ValueError):
    """What was sent is not a push subscription that can be used; `code` says why."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Subscription:
    """One device's push subscription, the origin of the page that made it, and its language."""

    endpoint: str
    p256dh: str
    auth: str
    page_origin: str
    language: str | None = None

    @property
    def device(self) -> str:
        """Return a short id that does not reveal the endpoint."""
        return hashlib.blake2b(self.endpoint.encode(), digest_size=9).hexdigest()


@dataclass(frozen=True, slots=True)
class Devices:
    """The devices of one party, and what was delivered to each: `ID:KIND:NUMBER`."""

    subscriptions: tuple[Subscription, ...] = ()
    delivered: frozenset[str] = frozenset()

    def is_known(self, device: str) -> bool:
        """Tell whether a push service has ever accepted anything for this device."""
        return any(marker.startswith(f"{device}:") for marker in self.delivered)


def read_subscription(raw: object, page_origin: str, language: str | None = None) -> Subscription:
    """Read the JSON of a browser's PushSubscription (RFC 8291, section 3.2).

    Raises BadSubscription for keys that no message could be encrypted with.
    """
    raw = raw if isinstance(raw, Mapping) else {}
    keys = raw.get("keys")
    keys = keys if isinstance(keys, Mapping) else {}
    endpoint, point, auth = raw.get("endpoint"), _raw(keys.get("p256dh")), _raw(keys.get("auth"))
    if not isinstance(endpoint, str) or len(endpoint) > ENDPOINT_LIMIT:
        raise BadSubscription("malformed", "Invalid subscription payload")
    if len(page_origin) > ORIGIN_LIMIT:
        raise BadSubscription("malformed", "The address of the page is too long")
    if len(point) != POINT_BYTES or len(auth) != AUTH_BYTES or not _is_on_curve(point):
        raise BadSubscription("malformed", "Invalid subscription payload")
    return Subscription(endpoint, base64url(point), base64url(auth), page_origin, language)


class Subscriptions:
    """The push subscriptions of all parties. Every method may raise Unavailable."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def add(
        self,
        code: str,
        party_id: str,
        subscription: Subscription,
        now: int,
        if_first: Callable[[Pipeline], None],
        unless: str,
    ) -> None:
        """Save a device's subscription in place of its earlier one; a sixth device ends the first.

        `if_first` joins commands to the same MULTI when the party had no device before, unless
        the Redis key exists that is named.
        """
        key, device = _push(code, party_id), subscription.device

        def write(pipe: Pipeline) -> None:
            kept = _devices_since(pipe.hgetall(key))
            is_first = not kept and not pipe.exists(unless)
            pipe.multi()
            since = kept.pop(device, now)
            oldest = sorted(kept, key=lambda other: kept[other])[: max(0, len(kept) + 1 - DEVICES)]
            if oldest:
                pipe.hdel(key, *(f"device:{other}" for other in oldest))
            pipe.hset(
                key, f"device:{device}", codec.dumps({"since": since} | _fields(subscription))
            )
            pipe.expire(key, REACHABILITY_TTL_S)
            pipe.hsetnx(reach_key(code), f"push:{party_id}", 0)
            pipe.expire(reach_key(code), REACHABILITY_TTL_S)
            if is_first:
                if_first(pipe)

        with redis_errors():
            self._redis.transaction(write, key)

    def remove(self, code: str, party_id: str, devices: Iterable[str]) -> None:
        """Remove some devices of a party; removing them twice changes nothing."""
        key, gone = _push(code, party_id), set(devices)

        def write(pipe: Pipeline) -> None:
            kept = _devices_since(pipe.hgetall(key))
            pipe.multi()
            pipe.hdel(key, *(f"device:{device}" for device in gone))
            if not set(kept) - gone:
                pipe.hdel(reach_key(code), f"push:{party_id}")

        if gone:
            with redis_errors():
                self._redis.transaction(write, key)

    def of(self, code: str, party_ids: list[str]) -> dict[str, Devices]:
        """Return the devices of some parties, in one round trip."""
        with redis_errors(), self._redis.pipeline(transaction=False) as pipe:
            for party_id in party_ids:
                pipe.hgetall(_push(code, party_id))
            found = pipe.execute()
        return {
            party_id: _devices(fields) for party_id, fields in zip(party_ids, found, strict=True)
        }

    def note_accepted(self, code: str, accepted: Iterable[tuple[str, str, str]], now: int) -> None:
        """Save what push services accepted: (party id, device, marker); in one round trip."""
        with redis_errors(), self._redis.pipeline() as pipe:
            for party_id, device, marker in accepted:
                pipe.hset(_push(code, party_id), f"told:{device}:{marker}", now)
                pipe.expire(_push(code, party_id), REACHABILITY_TTL_S)
                pipe.hset(reach_key(code), f"push:{party_id}", now)
            pipe.expire(reach_key(code), REACHABILITY_TTL_S)
            pipe.execute()


def delete_all(pipe: Pipeline, code: str, party_ids: Iterable[str]) -> None:
    """Delete, with the rest of a pipeline, everything about reaching the parties of a day."""
    pipe.delete(reach_key(code), *(_push(code, party_id) for party_id in party_ids))


def reach_key(code: str) -> str:
    """Return the key of how the parties of a queue can be reached."""
    return f"queueup:{{{code}}}:reach"


def _push(code: str, party_id: str) -> str:
    return f"queueup:{{{code}}}:push:{party_id}"


def _fields(subscription: Subscription) -> dict[str, str | None]:
    return {name: getattr(subscription, name) for name in Subscription.__slots__}


def _devices_since(fields: Mapping[Any, Any]) -> dict[str, int]:
    """Return when each device subscribed first."""
    return {
        name.decode().partition(":")[2]: codec.loads(kept)["since"]
        for name, kept in fields.items()
        if name.startswith(b"device:")
    }


def _devices(fields: Mapping[Any, Any]) -> Devices:
    kept = [codec.loads(text) for name, text in fields.items() if name.startswith(b"device:")]
    return Devices(
        tuple(_subscription(entry) for entry in sorted(kept, key=lambda entry: entry["since"])),
        frozenset(
            name.decode().removeprefix("told:") for name in fields if name.startswith(b"told:")
        ),
    )


def _subscription(fields: dict[str, Any]) -> Subscription:
    return Subscription(**{name: fields.get(name) for name in Subscription.__slots__})  # type: ignore[arg-type]


def _raw(text: object) -> bytes:
    if not isinstance(text, str):
        return b""
    try:
        return decode_base64url(text)
    except ValueError:
        return b""


def _is_on_curve(point: bytes) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return False
    return True
