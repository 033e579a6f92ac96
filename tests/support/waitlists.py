"""A waitlist of its own on a Redis, as one more process would have it."""

import time
from collections.abc import Callable

from redis import Redis

from queueup.clock import now_ms
from queueup.jobs.outbox import Outbox
from queueup.storage.snapshot_cache import SnapshotCache
from queueup.storage.store import Store
from queueup.waitlist import Waitlist


def make_waitlist(
    redis: Redis,
    clock: Callable[[], int] = now_ms,
    stopwatch: Callable[[], float] = time.monotonic,
) -> Waitlist:
    """Make a waitlist with these clocks."""
    return waitlist_of(Store(redis, Outbox(redis)), clock, stopwatch)


def waitlist_of(
    store: Store,
    clock: Callable[[], int] = now_ms,
    stopwatch: Callable[[], float] = time.monotonic,
) -> Waitlist:
    """Make a waitlist on this store."""
    return Waitlist(store, SnapshotCache.of_store(store, clock, stopwatch), clock)
