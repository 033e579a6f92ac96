"""What background work waits, and what has given up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from redis import Redis
from rq import Queue as JobQueue
from rq.job import Job

from queueup.jobs.recovery import GivenUp, given_up
from queueup.storage.store import Unavailable, redis_errors

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One line of jobs: how many wait, since when (seconds), and how many are out of tries."""

    name: str
    waiting: int
    oldest_s: float
    failed: int


class Backlog(Collector):
    """The lines of background jobs; Prometheus may collect them."""

    def __init__(self, redis: Redis, names: tuple[str, ...]) -> None:
        self._redis = redis
        self._names = names

    def lines(self) -> list[Line]:
        """Return every line of jobs. Raises store.Unavailable."""
        with redis_errors():
            return [self._line(name) for name in self._names]

    def given_up(self) -> list[GivenUp]:
        """Return the latest jobs that are out of tries. Raises store.Unavailable."""
        return [job for name in self._names for job in given_up(self._redis, name, SHOWN)]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the lines as gauges, and nothing while Redis is away."""
        try:
            lines = self.lines()
        except Unavailable:
            # What the machine itself counts is worth most just then, and must not go with them.
            return
        for name, help_text, figure in (
            ("queueup_jobs_waiting", "Jobs that wait", lambda line: line.waiting),
            ("queueup_jobs_oldest_seconds", "Age of the first of them", lambda line: line.oldest_s),
            ("queueup_jobs_failed", "Jobs that are out of tries", lambda line: line.failed),
        ):
            gauge = GaugeMetricFamily(name, help_text, labels=["queue"])
            for line in lines:
                gauge.add_metric([line.name], figure(line))
            yield gauge

    def _line(self, name: str) -> Line:
        jobs = JobQueue(name, connection=self._redis, serializer="json")
        first = jobs.get_job_ids(0, 1)
        oldest = Job.fetch_many(first, self._redis, serializer="json")
        since = oldest[0].enqueued_at if oldest and oldest[0] else None
        now = datetime.now(UTC)
        return Line(
            name,
            waiting=len(jobs),
            oldest_s=(now - since).total_seconds() if since else 0,
            failed=jobs.failed_job_registry.get_job_count(cleanup=False),
        )
