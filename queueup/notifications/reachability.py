"""How each party of a queue can be reached: by push, on its open page, or not at all.

A poll costs nothing here: who asks is noted in memory, and told to Redis every few seconds. A host
who looks sees only coarse changes, so an open page does not make every poll of the host new.
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

from .subscriptions import REACHED_S, reach_key

log = logging.getLogger(__name__)

EVERY_S = 5
# By then the other processes have written down who asked them.
SETTLED_S = 0.5
# A page asks every ten seconds while somebody looks at it.
OPEN_MS = 45_000
# A page that is known to be open is written down again only after so long.
REPEAT_MS = 20_000
LOOKS_S = 60

# A party's way ("push", "page" or "none"), and the time (ms) of the last telling that a push
# service took, or at which a page that is closed by now was last seen.
Channels = dict[str, tuple[str, int | None]]
NO_WAY: tuple[str, int | None] = ("none", None)


class Reachability:
    """What this process knows about reaching parties, shared with the others through Redis."""

    def __init__(
        self, redis: Redis, clock: Callable[[], int], changed: Callable[[str], None]
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._changed = changed
        self._asked: set[tuple[str, str]] = set()
        self._written: dict[tuple[str, str], int] = {}
        self._looked: dict[str, float] = {}
        self._known: dict[str, Channels] = {}

    def note(self, code: str, reader: str, party_id: str | None) -> None:
        """Note that a guest's page or a host's has asked."""
        if party_id is not None:
            self._asked.add((code, party_id))
        elif reader == "host":
            self._looked[code] = time.monotonic()

    def channels(self, code: str) -> Channels:
        """Return how the parties of a queue can be reached, a few seconds ago at most.

        A party that is not in it cannot be reached. Raises Unavailable.
        """
        known = self._known.get(code)
        if known is None:
            with redis_errors():
                known = self._known[code] = self._read(code)
            self._looked[code] = time.monotonic()
        return known

    def start(self) -> None:
        """Share what is known every few seconds, in a daemon thread."""
        threading.Thread(target=self._run, name="reach", daemon=True).start()

    def share(self, settled_s: float = 0) -> None:
        """Write down who asked, and drop the hosts' copies that this makes old."""
        self._write()
        time.sleep(settled_s)
        self._look()

    def _run(self) -> None:
        while True:
            # All processes do this at the same moments: a host whom several of them answer must not
            # be shown an old state after a new one, and a new tag each time.
            time.sleep(EVERY_S - time.time() % EVERY_S)
            try:
                self.share(SETTLED_S)
            except RedisError as error:
                log.warning("who can be reached is not shared: %s", error)
            except Exception:
                log.exception("who can be reached is not shared")

    def _moment(self) -> int:
        """Return the time (ms) at which all processes shared last, or do so now."""
        return self._clock() // (EVERY_S * SECOND) * EVERY_S * SECOND

    def _look(self) -> None:
        recent = time.monotonic() - LOOKS_S
        for code in [code for code, at in list(self._looked.items()) if at < recent]:
            self._looked.pop(code, None)
            self._known.pop(code, None)
            self._changed(code)
        for code in list(self._looked):
            ways = self._read(code)
            if self._known.get(code) != ways:
                self._known[code] = ways
                self._changed(code)

    def _write(self) -> None:
        now = self._moment()
        asked, self._asked = self._asked, set()
        old = now - REPEAT_MS
        self._written = {who: at for who, at in self._written.items() if at > old}
        news = [who for who in list(asked) if who not in self._written]
        if not news:
            return
        seen: dict[str, dict[Any, Any]] = defaultdict(dict)
        for code, party_id in news:
            seen[code][f"seen:{party_id}"] = now
        with self._redis.pipeline(transaction=False) as pipe:
            for code, fields in seen.items():
                pipe.hset(reach_key(code), mapping=fields)
                pipe.expire(reach_key(code), REACHED_S)
            pipe.execute()
        self._written |= dict.fromkeys(news, now)

    def _read(self, code: str) -> Channels:
        fields: dict[Any, Any] = self._redis.hgetall(reach_key(code))
        now = self._moment()
        ways: Channels = {}
        for name, at in sorted((name.decode(), int(at)) for name, at in fields.items()):
            way, _, party_id = name.partition(":")
            if way == "push":
                ways[party_id] = ("push", at or None)
            elif party_id not in ways:
                is_open = now - at < OPEN_MS
                ways[party_id] = ("page", None) if is_open else ("none", at)
        return ways


def with_reachability(view: HostView, ways: Channels) -> HostView:
    """Return a host's view with `reach` and `reachAt` on each party of its two lists."""
    return {
        **view,
        "queue": [_marked(party, ways) for party in view["queue"]],
        "called": [_marked(party, ways) for party in view["called"]],
    }


def _marked(party: dict[str, Any], ways: Channels) -> dict[str, Any]:
    way, at = ways.get(party["id"], NO_WAY)
    return party | {"reach": way, "reachAt": at}
