"""The worker of one RQ queue: does its jobs one after another, in this process."""

import logging
import time

from redis.client import Pipeline
from rq import Queue as JobQueue
from rq import SimpleWorker
from rq.executions import Execution
from rq.job import Job

from queueup import metrics
from queueup.config import Settings
from queueup.storage.job_queues import LATER, job_queue
from queueup.storage.redis_client import RETRY_PAUSE_S, connect, wait_for

from . import periodic
from .named_job import NAMES, NamedJob
from .recovery import requeue_orphaned, requeue_unstarted

log = logging.getLogger(__name__)

CONNECTIONS = 10
# RQ waits for a job for fifteen seconds less than this, then looks for orphaned jobs.
WORKER_TTL_S = 20
MAINTENANCE_S = 5
MONITORING_S = 5
HEARTBEAT_S = 1


class Worker(SimpleWorker):
    """Runs our jobs only, logs one line a job, and retries a lost connection every second."""

    max_connection_wait_time = RETRY_PAUSE_S
    _heartbeat_at = 0.0
    _unstarted: frozenset[str] = frozenset()

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Send a heartbeat, at most once a second: RQ would write six of them a job."""
        if pipeline is None and time.monotonic() - self._heartbeat_at < HEARTBEAT_S:
            return
        self._heartbeat_at = time.monotonic()
        super().heartbeat(timeout, pipeline)

    def run_maintenance_tasks(self) -> None:
        """Requeue and reschedule what was lost: within seconds, not in RQ's minute."""
        super().run_maintenance_tasks()
        (queue,) = self.queues
        self._unstarted = frozenset(requeue_unstarted(queue, set(self._unstarted)))
        if queue.name == LATER:
            periodic.keep_planned(queue)

    def perform_job(self, job: Job, queue: JobQueue, execution: Execution) -> bool:
        """Do one job and log the outcome: its id and function, never its arguments."""
        started = time.monotonic()
        done = super().perform_job(job, queue, execution)
        took_ms = (time.monotonic() - started) * 1000
        kind = str(job.func_name).rpartition(".")[2] if job.func_name in NAMES else "unknown"
        metrics.JOBS.labels(kind, "done" if done else "failed").inc()
        log.log(
            logging.INFO if done else logging.WARNING,
            "job",
            extra={
                "job": job.id,
                "task": kind,
                "outcome": "done" if done else "failed",
                "tries_left": job.retries_left,
                "ms": round(took_ms, 1),
            },
        )
        return done


def worker_of(queue: JobQueue) -> Worker:
    """Return a worker of this queue."""
    return Worker(
        [queue],
        connection=queue.connection,
        job_class=NamedJob,
        serializer="json",
        worker_ttl=WORKER_TTL_S,
        maintenance_interval=MAINTENANCE_S,
        job_monitoring_interval=MONITORING_S,
        log_job_description=False,
    )


def run(name: str, settings: Settings) -> None:
    """Process one queue until SIGTERM; a job in progress is finished first."""
    # RQ lengthens the timeouts of its client, so it gets its own.
    redis = connect(settings.redis_url, CONNECTIONS)
    wait_for(redis)
    queue = job_queue(redis, name)
    requeue_orphaned(queue)
    worker = worker_of(queue)
    log.info("worker started (queue=%s)", name)
    worker.work(logging_level=logging.getLevelName(logging.getLogger("rq").getEffectiveLevel()))
