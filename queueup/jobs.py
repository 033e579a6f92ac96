"""Work done after the answer has gone: ids in, look again before acting, safe to run twice."""

import time
from datetime import UTC, datetime

from redis import Redis
from redis.client import Pipeline
from rq import Queue as JobQueue
from rq import Retry

from .domain.deadlines import next_due
from .domain.errors import UnknownQueue
from .domain.events import Event
from .domain.queue import SECOND, Queue
from .parts import waitlist
from .waitlist import now_ms

TIMERS = "timers"
JOB_TIMEOUT_S = 20
FAILURE_KEPT_S = 7 * 24 * 3600
RETRY = Retry(max=5, interval=[1, 5, 15, 60, 300])


class Outbox:
    """Puts the jobs that a commit makes necessary into that commit."""

    def __init__(self, redis: Redis) -> None:
        self._timers = JobQueue(TIMERS, connection=redis, serializer="json")

    def __call__(self, pipe: Pipeline, queue: Queue, events: tuple[Event, ...]) -> None:
        """Enqueue within the pipeline's MULTI."""
        due = next_due(queue)
        if due is not None:
            # The id names the time: the same timer again replaces itself, another stands beside it.
            self._timers.enqueue_at(
                datetime.fromtimestamp(-(-due // SECOND), UTC),
                apply_time,
                queue.code,
                due,
                job_id=f"time-{queue.code}-{due}",
                job_timeout=JOB_TIMEOUT_S,
                result_ttl=0,
                failure_ttl=FAILURE_KEPT_S,
                retry=RETRY,
                pipeline=pipe,
            )


def apply_time(code: str, due: int) -> None:
    """Let run out what is due in a queue, unless somebody was faster."""
    # The scheduler counts in whole seconds and may be a moment early.
    time.sleep(max(0, min(due - now_ms(), SECOND)) / SECOND)
    try:
        waitlist().apply_time(code)
    except UnknownQueue:
        return
