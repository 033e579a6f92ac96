"""How background jobs are worked off: one process for each RQ queue, and one that minds the time.

RQ can start its scheduler from a worker, but a killed worker then leaves a child behind that takes
the next job and never does it. So the scheduler is a process of its own.
"""

import fcntl
import logging
import secrets
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import IO

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError
from rq import Queue as JobQueue
from rq import SimpleWorker
from rq.executions import Execution
from rq.job import Job
from rq.scheduler import RQScheduler

from queueup import metrics
from queueup.config import Settings
from queueup.storage.redis_client import RETRY_PAUSE_S, connect, wait_for

from . import periodic
from .outbox import LATER, URGENT
from .recovery import requeue_orphaned, requeue_unstarted

log = logging.getLogger(__name__)

# RQ waits for a job for fifteen seconds less than this, then looks after what is stuck.
WORKER_TTL_S = 20
MAINTENANCE_S = 5
MONITORING_S = 5
BEAT_S = 1
LOOK_S = 0.25
HEARTBEAT_S = 10


class Worker(SimpleWorker):
    """Works in its own process, says one line a job, and asks for a lost Redis every second."""

    max_connection_wait_time = RETRY_PAUSE_S
    _beat_at = 0.0
    _handed_over: frozenset[str] = frozenset()

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Say that this worker lives, once a second: RQ would say it in six writes a job."""
        if pipeline is None and time.monotonic() - self._beat_at < BEAT_S:
            return
        self._beat_at = time.monotonic()
        super().heartbeat(timeout, pipeline)

    def run_maintenance_tasks(self) -> None:
        """Look after what is stuck or no longer planned, in seconds and not in RQ's minute."""
        super().run_maintenance_tasks()
        (line,) = self.queues
        self._handed_over = frozenset(requeue_unstarted(line, set(self._handed_over)))
        if line.name == LATER:
            periodic.keep_planned(line)

    def perform_job(self, job: Job, queue: JobQueue, execution: Execution) -> bool:
        """Do one job and log how it went: its id and function, never its arguments."""
        started = time.monotonic()
        done = super().perform_job(job, queue, execution)
        took_ms = (time.monotonic() - started) * 1000
        kind = str(job.func_name).rpartition(".")[2]
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


def run_worker(queue: str, settings: Settings) -> None:
    """Work off one queue until SIGTERM; a job in hand is finished first."""
    redis = _connect(settings)
    line = JobQueue(queue, connection=redis, serializer="json")
    requeue_orphaned(line)
    worker = Worker(
        [line],
        connection=redis,
        serializer="json",
        worker_ttl=WORKER_TTL_S,
        maintenance_interval=MAINTENANCE_S,
        job_monitoring_interval=MONITORING_S,
        log_job_description=False,
    )
    log.info("working off %s", queue)
    worker.work(logging_level=logging.getLevelName(logging.getLogger("rq").getEffectiveLevel()))


def run_scheduler(settings: Settings) -> None:
    """Put jobs whose time has come into their queues until SIGTERM."""
    with open(settings.data / "scheduler.name", "a+") as identity:
        scheduler = RQScheduler(
            [URGENT, LATER],
            connection=_connect(settings),
            logging_level=logging.WARNING,
            serializer="json",
            name=_claim_name(identity),
        )
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        log.info("minding the time")
        while not stopping.is_set():
            try:
                _schedule(scheduler, stopping)
            except RedisError as error:
                log.warning("Redis is unreachable: %s", error)
                stopping.wait(RETRY_PAUSE_S)


def _schedule(scheduler: RQScheduler, stopping: threading.Event) -> None:
    # RQ's own loop looks once a second and writes each time, which a disk feels that syncs every
    # write; this one looks more often, so that deadlines are prompt, and seldom writes.
    while not stopping.is_set():
        scheduler.register_birth()
        scheduler.acquire_locks()
        heartbeat_at = time.monotonic() + HEARTBEAT_S
        while time.monotonic() < heartbeat_at and not stopping.wait(LOOK_S):
            scheduler.enqueue_scheduled_jobs()
    scheduler.stop()


def _claim_name(identity: IO[str]) -> str:
    """Return the name under which this data folder's scheduler holds its locks in Redis.

    It outlives the process, so that a scheduler started after a crash is known as the owner of the
    locks and need not wait a minute for their end. The file's own lock makes the name safe: a
    second scheduler on the same folder waits here. Other machines have other folders and names.
    """
    fcntl.flock(identity, fcntl.LOCK_EX)
    identity.seek(0)
    name = identity.read().strip()
    if not name:
        name = secrets.token_hex(8)
        identity.write(name)
        identity.flush()
    return name


def _connect(settings: Settings) -> Redis:
    """Return a client of RQ's own, which lengthens its timeouts, once Redis answers."""
    redis = connect(settings.redis_url, connections=10)
    wait_for(redis)
    return redis


PARTS: dict[str, Callable[[Settings], None]] = {
    URGENT: partial(run_worker, URGENT),
    LATER: partial(run_worker, LATER),
    "scheduler": run_scheduler,
}
