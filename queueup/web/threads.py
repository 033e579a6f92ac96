"""Work that would keep a web process from answering polls, in a thread of its own."""

import threading
from collections.abc import Callable
from typing import TypeVar

import gevent

T = TypeVar("T")

# More would take the processor from requests, and threads from who looks up names.
AT_ONCE = 2
_places = threading.BoundedSemaphore(AT_ONCE)


def in_thread(work: Callable[[], T]) -> T:
    """Return what the work returns; other requests are answered meanwhile.

    It must not wait for greenlets: SQLite, which knows of none, is such work.
    """
    with _places:
        result: T = gevent.get_hub().threadpool.apply(work)
        return result
