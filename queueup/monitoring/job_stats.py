"""Statistics of the job queues: waiting and failed jobs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis import Redis
from rq.job import Job

from queueup.storage.job_queues import NAMES, job_queue
from queueup.storage.redis_client import Unavailable, redis_errors

FAILED_JOBS_SHOWN = 10
REASON_LIMIT = 200
# Ids of parties, and push endpoints.
SECRET = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|https?://[^\s'\"]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that has failed for good: its id, its function, when it ended (ms), and why."""

    job_id: str
    task: str
    ended_at: int
    reason: str


@dataclass(frozen=True, slots=True)
class QueueStats:
    """One job queue: how many jobs wait, the age of the oldest (s), and how many have failed."""

    name: str
    waiting: int
    oldest_s: float
    failed: int


class JobStats(Collector):
    """The statistics of all job queues, also for Prometheus."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def queues(self) -> list[QueueStats]:
        """Return the statistics of each queue. Raises Unavailable."""
        with redis_errors():
            return [self._queue(name) for name in NAMES]

    def failed_jobs(self) -> list[FailedJob]:
        """Return the latest failed jobs. Raises Unavailable."""
        return [job for name in NAMES for job in failed_jobs(self._redis, name, FAILED_JOBS_SHOWN)]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the statistics as gauges, and nothing while Redis is unavailable."""
        try:
            queues = self.queues()
        except Unavailable:
            # The machine's own metrics matter most just then, and must not be lost with these.
            return
        for name, help_text, figure in (
            ("queueup_jobs_waiting", "Waiting jobs", lambda queue: queue.waiting),
            (
                "queueup_jobs_oldest_seconds",
                "Age of the oldest waiting job",
                lambda queue: queue.oldest_s,
            ),
            ("queueup_jobs_failed", "Failed jobs", lambda queue: queue.failed),
        ):
            gauge = GaugeMetricFamily(name, help_text, labels=["queue"])
            for queue in queues:
                gauge.add_metric([queue.name], figure(queue))
            yield gauge

    def _queue(self, name: str) -> QueueStats:
        jobs = job_queue(self._redis, name)
        first = jobs.get_job_ids(0, 1)
        oldest = Job.fetch_many(first, self._redis, serializer="json")
        since = oldest[0].enqueued_at if oldest and oldest[0] else None
        now = datetime.now(UTC)
        return QueueStats(
            name,
            waiting=len(jobs),
            oldest_s=(now - since).total_seconds() if since else 0,
            failed=jobs.failed_job_registry.get_job_count(cleanup=False),
        )


def failed_jobs(redis: Redis, name: str, limit: int = 50) -> list[FailedJob]:
    """Return the latest failed jobs of a queue. Raises Unavailable."""
    queue = job_queue(redis, name)
    with redis_errors():
        ids = queue.failed_job_registry.get_job_ids(-limit, -1, cleanup=False)
        jobs = [queue.fetch_job(job_id) for job_id in reversed(ids)]
        return [
            FailedJob(
                job.id,
                # Never its arguments: they have ids of parties.
                job.func_name or job.id,
                int(job.ended_at.timestamp() * 1000) if job.ended_at else 0,
                _reason(job),
            )
            for job in jobs
            if job is not None
        ]


def _reason(job: Job) -> str:
    result = job.latest_result()
    reason = ((result and result.exc_string) or "").strip().rpartition("\n")[2]
    # An exception may name what it was about.
    return SECRET.sub("…", reason)[:REASON_LIMIT]
