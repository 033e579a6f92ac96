"""The RQ job queues in Redis: their names, how to open one, and how a job is retried."""

from typing import Any

from redis import Redis
from rq import Queue as JobQueue
from rq import Retry

# Each has a worker process of its own: RQ hands jobs over without loss only to a worker that has a
# single queue.
URGENT = "urgent"
LATER = "later"
NAMES = (URGENT, LATER)

JOB_TIMEOUT_S = 20
FAILED_JOB_TTL_S = 7 * 24 * 3600


def job_queue(redis: Redis, name: str) -> JobQueue:
    """Return the queue of this name; all of its jobs are JSON."""
    return JobQueue(name, connection=redis, serializer="json")


def retry_policy(delays_s: list[int]) -> dict[str, Any]:
    """Return RQ's options for a job that is retried after each of these delays (s), then kept."""
    # Without retries RQ would not repeat a job whose worker was killed.
    return {
        "job_timeout": JOB_TIMEOUT_S,
        "result_ttl": 0,
        "failure_ttl": FAILED_JOB_TTL_S,
        "retry": Retry(max=len(delays_s), interval=delays_s),
    }
