"""The snapshots that this process has served recently, each trusted for one second at most.

A commit announced over Redis invalidates the entry immediately. As a fallback, entries older than
one second, and all entries while the change feed is disconnected, are compared with Redis first
(one small read). An entry is never used past the time at which a deadline changes the queue. All
entries together take no more than so many bytes.
"""

import itertools
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Self

from queueup import metrics
from queueup.domain.view_types import Views

from .store import Snapshot, Store

TRUST_S = 1.0
# Bytes that the objects take which are decoded from one byte of JSON, and an entry besides them.
OBJECT_BYTES, ENTRY = 5, 2_000
MOST = 64 * 1024 * 1024
# Entries that nobody has read for this long (s) are dropped.
IDLE_S = 120

_serials = itertools.count(1)


class CachedSnapshot:
    """A snapshot in memory; `serial` is another one for every read."""

    def __init__(self, snapshot: Snapshot, checked_at: float) -> None:
        self.version = snapshot.version
        self.views: Views = snapshot.views
        self.size = ENTRY + OBJECT_BYTES * snapshot.length
        self.checked_at = checked_at
        self.serial = next(_serials)


class SnapshotCache:
    """Snapshots by code, dropped least recently used first; a listener of the change feed."""

    def __init__(
        self,
        read: Callable[[str], Snapshot],
        read_version: Callable[[str], int | None],
        now_ms: Callable[[], int],
        stopwatch: Callable[[], float] = time.monotonic,
        most: int = MOST,
    ) -> None:
        self._most = most
        self.size = 0
        self._read = read
        self._read_version = read_version
        self._now_ms = now_ms
        self._stopwatch = stopwatch
        self._kept: OrderedDict[str, CachedSnapshot] = OrderedDict()
        self._is_connected = False
        # The latest read in progress of each queue, unless a commit has made it stale.
        self._reading: dict[str, object] = {}

    @classmethod
    def of_store(
        cls,
        store: Store,
        clock: Callable[[], int],
        stopwatch: Callable[[], float] = time.monotonic,
        most: int = MOST,
    ) -> Self:
        """Cache the snapshots of a store, as they are at the time (ms) of this clock."""

        def read(code: str) -> Snapshot:
            return store.current_snapshot(code, clock())

        return cls(read, store.read_version, clock, stopwatch, most)

    def get(self, code: str) -> CachedSnapshot:
        """Return the current snapshot, from memory or else from `read`.

        Raises what `read` and `read_version` raise.
        """
        kept = self.fresh(code)
        if kept is not None:
            metrics.SNAPSHOTS.labels("memory").inc()
        else:
            # The age counts from before the read: the data may be that old already.
            started = self._stopwatch()
            reading = self._reading[code] = object()
            try:
                kept = CachedSnapshot(self._read(code), started)
                if self._reading.get(code) is not reading:
                    # A commit during the read may have made this snapshot stale: use it only once.
                    return kept
            finally:
                if self._reading.get(code) is reading:
                    del self._reading[code]
            self._drop(code)
            self._kept[code] = kept
            self.size += kept.size
            self._make_room(started)
            metrics.CACHE_BYTES.labels("snapshots").set(self.size)
        return kept

    def has(self, code: str) -> bool:
        """Return whether there is an entry, current or not."""
        return code in self._kept

    def fresh(self, code: str) -> CachedSnapshot | None:
        """Return the entry if it is known to be current."""
        kept = self._kept.get(code)
        if kept is None:
            return None
        due = kept.views["due"]
        if due is not None and due <= self._now_ms():
            self.invalidate(code)
            return None
        started = self._stopwatch()
        if not self._is_connected or started - kept.checked_at > TRUST_S:
            if self._read_version(code) != kept.version:
                self.invalidate(code)
                return None
            kept.checked_at = started
            if code in self._kept:
                self._kept.move_to_end(code)
        return kept

    def expire(self, code: str) -> None:
        """Have the entry compared with Redis before it is used again."""
        if code in self._kept:
            self._kept[code].checked_at = float("-inf")

    def invalidate(self, code: str) -> None:
        """Drop the entry of one queue, and any read in progress."""
        self._reading.pop(code, None)
        self._drop(code)

    def on_connect(self) -> None:
        """Trust entries from now on, and none from before."""
        self._kept.clear()
        self.size = 0
        self._reading.clear()
        self._is_connected = True

    def on_disconnect(self) -> None:
        """Trust no entry until the change feed is connected again."""
        self._is_connected = False

    def on_commit(self, code: str, version: int, body: str) -> None:
        """Drop the entry that a commit made stale."""
        self.invalidate(code)

    def _drop(self, code: str) -> None:
        kept = self._kept.pop(code, None)
        if kept is not None:
            self.size -= kept.size

    def _make_room(self, now_s: float) -> None:
        # In the order of last use: an entry in use is compared every second.
        while self._kept:
            code, first = next(iter(self._kept.items()))
            if self.size <= self._most and now_s - first.checked_at < IDLE_S:
                break
            self._drop(code)
