"""Jobs that come back by the clock; each run plans the next one before it does anything.

A planned run is named by its time, so planning it twice, by however many workers, plans it once.
A run that fails is not repeated, only kept to be seen: the next one does the same work.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from redis import Redis
from redis.exceptions import ResponseError
from rq import Queue as JobQueue

from .history import HistoryAway
from .outbox import LATER
from .parts import parts

log = logging.getLogger(__name__)

RECORD_EVERY_S = 60
ERASE_EVERY_S = 3600
JOB_TIMEOUT_S = 30
FAILURE_KEPT_S = 24 * 3600
REWRITE_TRIES = 20
REWRITE_PAUSE_S = 0.2


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
    if parts().recorder.record_waiting():
        forget_on_disk()


def erase_old_guests() -> None:
    """Forget the guests of queues that ended long enough ago."""
    _plan(parts().redis, erase_old_guests, ERASE_EVERY_S)
    if parts().recorder.erase_old_guests():
        forget_on_disk()


def forget_on_disk() -> None:
    """Let our own Redis write its file anew, which holds all that has been overwritten.

    It would do so by itself only when the file has grown.
    """
    if not parts().settings.embedded_redis:
        return
    for _ in range(REWRITE_TRIES):
        try:
            parts().redis.bgrewriteaof()
        except ResponseError:
            # The file that is being written began with what has just gone.
            time.sleep(REWRITE_PAUSE_S)
        else:
            return
    log.warning("the file of Redis is not written anew before the next forgetting")


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
