"""The Redis streams on their way to SQL: each queue's events, and the reports of screens.

Keys: `queueup:tracks`, a stream of at most about ten thousand reports, the oldest leaving first,
and `queueup:{CODE}:tracked:PARTY`, how many a party has sent today. The store writes the streams
of events.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.exceptions import WatchError

from . import codec
from .redis_client import redis_errors
from .store import KEEP_S, UNRECORDED, events_key

TRACKS = "queueup:tracks"
TRACKS_LIMIT = 10_000
# A phone reports each notification that is tapped or dismissed.
TRACKS_OF_A_PARTY = 100
DAY_S = 24 * 3600
BATCH = 500

# An entry of a stream: its id and its fields.
Entries = Any


@dataclass(frozen=True, slots=True)
class UnrecordedEvent:
    """An event as its commit left it: numbered from 1 within the session."""

    number: int
    session_id: str
    fields: dict[str, Any]


class Tracks:
    """What screens report that they saw: taps on notifications and the like."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def add(self, code: str, party_id: str, fields: dict[str, str]) -> None:
        """Keep one report of a party, unless it has sent too many. Raises Unavailable."""
        entry: dict[Any, Any] = fields | {"code": code, "party": party_id}
        counter = f"queueup:{{{code}}}:tracked:{party_id}"
        with redis_errors():
            with self._redis.pipeline() as pipe:
                pipe.incr(counter)
                pipe.expire(counter, DAY_S)
                sent, _ = pipe.execute()
            if sent <= TRACKS_OF_A_PARTY:
                self._redis.xadd(TRACKS, entry, maxlen=TRACKS_LIMIT, approximate=True)


class PendingEvents:
    """Reads what the history does not have yet, and drops it when it does.

    Every method may raise Unavailable.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def codes(self) -> list[str]:
        """Return the codes of the queues with pending events."""
        with redis_errors():
            codes: set[Any] = self._redis.smembers(UNRECORDED)
        return [code.decode() for code in codes]

    def events(self, code: str) -> list[UnrecordedEvent]:
        """Return the oldest pending events, at most 500."""
        with redis_errors():
            entries: Entries = self._redis.xrange(events_key(code), count=BATCH)
        return [
            UnrecordedEvent(_number(entry), fields[b"session"].decode(), _event(fields))
            for entry, fields in entries
        ]

    def has_expired(self, code: str) -> bool:
        """Tell whether the pending events of this queue have expired."""
        with redis_errors():
            return not self._redis.exists(events_key(code))

    def drop_events(self, code: str, last: int) -> None:
        """Drop the events up to this number, and the code when none is left."""
        with redis_errors(), self._redis.pipeline() as pipe:
            pipe.xtrim(events_key(code), minid=f"{last + 1}-0", approximate=False)
            pipe.execute()
            self.drop_code(code)

    def drop_code(self, code: str) -> None:
        """Drop a code without events; a commit at this moment keeps it."""
        with redis_errors(), self._redis.pipeline() as pipe:
            pipe.watch(events_key(code))
            if pipe.xlen(events_key(code)):
                return
            pipe.multi()
            pipe.srem(UNRECORDED, code)
            try:
                pipe.execute()
            except WatchError:
                return

    def rewrite_events(
        self, code: str, session_id: str, rewrite: Callable[[dict[str, Any]], dict[str, Any]]
    ) -> None:
        """Replace the fields of a session's events, however many commits come in between."""
        with redis_errors(), self._redis.pipeline() as pipe:
            while True:
                pipe.watch(events_key(code))
                entries: Entries = pipe.xrange(events_key(code))
                if not entries:
                    return
                pipe.multi()
                pipe.delete(events_key(code))
                for entry, fields in entries:
                    kept = fields
                    if fields[b"session"] == session_id.encode():
                        kept = fields | {b"event": codec.dumps(rewrite(_event(fields)))}
                    pipe.xadd(events_key(code), kept, id=entry)
                pipe.expire(events_key(code), KEEP_S)
                try:
                    pipe.execute()
                except WatchError:
                    continue
                return

    def tracks(self) -> list[tuple[str, dict[str, str]]]:
        """Return id and fields of the oldest pending tracks, at most 500."""
        with redis_errors():
            entries: Entries = self._redis.xrange(TRACKS, count=BATCH)
        return [
            (entry.decode(), {name.decode(): value.decode() for name, value in fields.items()})
            for entry, fields in entries
        ]

    def drop_tracks(self, last: str) -> None:
        """Drop the tracks up to this id."""
        at, number = last.split("-")
        with redis_errors():
            self._redis.xtrim(TRACKS, minid=f"{at}-{int(number) + 1}", approximate=False)


def _number(entry: bytes) -> int:
    return int(entry.split(b"-")[0])


def _event(fields: dict[bytes, bytes]) -> dict[str, Any]:
    event: dict[str, Any] = codec.loads(fields[b"event"])
    return event
