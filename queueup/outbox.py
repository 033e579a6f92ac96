"""Which background jobs an event makes necessary; they join the commit that made the event."""

from datetime import UTC, datetime

from redis import Redis
from redis.client import Pipeline
from rq import Queue as JobQueue
from rq import Retry

from . import jobs
from .domain.deadlines import next_due
from .domain.events import Event
from .domain.queue import SECOND, Queue

# One worker process each: RQ hands jobs over without loss only to a worker with a single queue.
URGENT = "urgent"
LATER = "later"

JOB_TIMEOUT_S = 20
FAILURE_KEPT_S = 7 * 24 * 3600
RETRY = Retry(max=5, interval=[1, 5, 15, 60, 300])


class Outbox:
    """Puts the jobs that a commit makes necessary into that commit."""

    def __init__(self, redis: Redis) -> None:
        self._urgent = JobQueue(URGENT, connection=redis, serializer="json")

    def __call__(self, pipe: Pipeline, queue: Queue, events: tuple[Event, ...]) -> None:
        """Enqueue within the pipeline's MULTI."""
        due = next_due(queue)
        if due is not None:
            # The id names the time: the same timer again replaces itself, another stands beside it.
            self._urgent.enqueue_at(
                datetime.fromtimestamp(-(-due // SECOND), UTC),
                jobs.apply_time,
                queue.code,
                due,
                job_id=f"time-{queue.code}-{due}",
                job_timeout=JOB_TIMEOUT_S,
                result_ttl=0,
                failure_ttl=FAILURE_KEPT_S,
                retry=RETRY,
                pipeline=pipe,
            )
