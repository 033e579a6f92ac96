"""How each party of a queue can be reached: by push, on its open page, or not at all.

A poll costs nothing here: it is noted in memory, and written to Redis every few seconds. A host
sees only coarse changes, so that an open page does not change the response to every host's poll.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from queueup.domain.model import SECOND
from queueup.domain.view_types import HostView
from queueup.storage.redis_client import redis_errors

from .subscriptions import REACHABILITY_TTL_S, reach_key

log = logging.getLogger(__name__)

EVERY_S = 5
# By then the other processes have written the polls that they received.
SETTLED_S = 0.5
# A page polls every ten seconds while it is visible.
OPEN_MS = 45_000
# A page that is known to be open is written again only after so long.
REPEAT_MS = 20_000
HOST_POLL_S = 60

# A party's channel ("push", "page" or "none"), and the time (ms) of the last notification that a
# push service accepted, or at which a page that is closed by now polled last.
Channels = dict[str, tuple[str, int | None]]
UNREACHABLE: tuple[str, int | None] = ("none", None)


class Reachability:
    """What this process knows about reaching parties, shared with other processes in Redis."""

    def __init__(
        self, redis: Redis, clock: Callable[[], int], changed: Callable[[str], None]
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._changed = changed
        self._polled: set[tuple[str, str]] = set()
        self._written: dict[tuple[str, str], int] = {}
        self._hosts_polled: dict[str, float] = {}
        self._known: dict[str, Channels] = {}

    def note(self, code: str, reader: str, party_id: str | None) -> None:
        """Note a poll by a guest's page or a host's."""
        if party_id is not None:
            self._polled.add((code, party_id))
        elif reader == "host":
            self._hosts_polled[code] = time.monotonic()

    def channels(self, code: str) -> Channels:
        """Return how the parties of a queue can be reached, a few seconds ago at most.

        A party that is missing cannot be reached. Raises Unavailable.
        """
        known = self._known.get(code)
        if known is None:
            with redis_errors():
                known = self._known[code] = self._read(code)
            self._hosts_polled[code] = time.monotonic()
        return known

    def start(self) -> None:
        """Share what is known with other processes every few seconds, in a daemon thread."""
        threading.Thread(target=self._run, name="reachability", daemon=True).start()

    def share(self, settled_s: float = 0) -> None:
        """Write the polls, and invalidate the hosts' snapshots that this makes stale."""
        self._write()
        time.sleep(settled_s)
        self._refresh()

    def _run(self) -> None:
        while True:
            # All processes do this at the same moments: a host whose polls go to several of them
            # must not see an old state after a new one, and a new ETag each time.
            time.sleep(EVERY_S - time.time() % EVERY_S)
            try:
                self.share(SETTLED_S)
            except RedisError as error:
                log.warning("reachability not updated, Redis is unreachable: %s", error)
            except Exception:
                log.exception("reachability not updated")

    def _moment(self) -> int:
        """Return the time (ms) at which all processes shared last, or do now."""
        return self._clock() // (EVERY_S * SECOND) * EVERY_S * SECOND

    def _refresh(self) -> None:
        recent = time.monotonic() - HOST_POLL_S
        for code in [code for code, at in list(self._hosts_polled.items()) if at < recent]:
            self._hosts_polled.pop(code, None)
            self._known.pop(code, None)
            self._changed(code)
        for code in list(self._hosts_polled):
            channels = self._read(code)
            if self._known.get(code) != channels:
                self._known[code] = channels
                self._changed(code)

    def _write(self) -> None:
        now = self._moment()
        polled, self._polled = self._polled, set()
        old = now - REPEAT_MS
        self._written = {who: at for who, at in self._written.items() if at > old}
        new = [who for who in list(polled) if who not in self._written]
        if not new:
            return
        seen: dict[str, dict[Any, Any]] = defaultdict(dict)
        for code, party_id in new:
            seen[code][f"seen:{party_id}"] = now
        with self._redis.pipeline(transaction=False) as pipe:
            for code, fields in seen.items():
                pipe.hset(reach_key(code), mapping=fields)
                pipe.expire(reach_key(code), REACHABILITY_TTL_S)
            pipe.execute()
        self._written |= dict.fromkeys(new, now)

    def _read(self, code: str) -> Channels:
        fields: dict[Any, Any] = self._redis.hgetall(reach_key(code))
        now = self._moment()
        channels: Channels = {}
        for name, at in sorted((name.decode(), int(at)) for name, at in fields.items()):
            kind, _, party_id = name.partition(":")
            if kind == "push":
                channels[party_id] = ("push", at or None)
            elif party_id not in channels:
                is_open = now - at < OPEN_MS
                channels[party_id] = ("page", None) if is_open else ("none", at)
        return channels


def with_reachability(view: HostView, channels: Channels) -> HostView:
    """Return a host's view with `reach` and `reachAt` on each party of its two lists."""
    return {
        **view,
        "queue": [_marked(party, channels) for party in view["queue"]],
        "called": [_marked(party, channels) for party in view["called"]],
    }


def _marked(party: dict[str, Any], channels: Channels) -> dict[str, Any]:
    channel, at = channels.get(party["id"], UNREACHABLE)
    return party | {"reach": channel, "reachAt": at}
