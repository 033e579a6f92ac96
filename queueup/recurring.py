"""Jobs that come back by the clock; each run plans the next one before it does anything.

A planned run is named by its time, so planning it twice, by however many workers, plans it once.
A run that fails is not repeated, only kept to be seen: the next one does the same work.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from redis import Redis
from rq import Queue as JobQueue

from .history import HistoryAway
from .outbox import LATER
from .parts import parts

log = logging.getLogger(__name__)

RECORD_EVERY_S = 60
ERASE_EVERY_S = 3600
JOB_TIMEOUT_S = 30
FAILURE_KEPT_S = 24 * 3600


def start() -> None:
    """Bring the history's tables up to date, and plan the next run of every job."""
    try:
        parts().recorder.upgrade()
    except HistoryAway as error:
        # Calls and timers must not wait for the history; the first job that reaches it catches up.
        log.warning("the history is away: %s", error)
    _plan(parts().redis, record_waiting, RECORD_EVERY_S)
    _plan(parts().redis, erase_old_guests, ERASE_EVERY_S)


def record_waiting() -> None:
    """Write into the history what waits, also what jobs out of tries have left."""
    _plan(parts().redis, record_waiting, RECORD_EVERY_S)
    parts().recorder.record_waiting()


def erase_old_guests() -> None:
    """Forget the guests of queues that ended long enough ago."""
    _plan(parts().redis, erase_old_guests, ERASE_EVERY_S)
    erased = parts().recorder.erase_old_guests()
    if erased and parts().settings.embedded_redis:
        # The append-only file would hold the names until it is next rewritten by its size.
        parts().redis.bgrewriteaof()


def _plan(redis: Redis, job: Callable[[], None], every_s: int) -> None:
    due_s = (int(time.time()) // every_s + 1) * every_s
    JobQueue(LATER, connection=redis, serializer="json").enqueue_at(
        datetime.fromtimestamp(due_s, UTC),
        job,
        job_id=f"{job.__name__}-{due_s}",
        job_timeout=JOB_TIMEOUT_S,
        result_ttl=0,
        failure_ttl=FAILURE_KEPT_S,
    )
