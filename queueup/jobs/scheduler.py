"""The scheduler: moves jobs whose time has come into their queues, in a process of its own.

RQ can start its scheduler from a worker, but a killed worker then leaves a child process behind
that takes the next job and never does it.
"""

import logging
import secrets
import signal
import threading
import time
from typing import IO

from redis.exceptions import RedisError
from rq.scheduler import RQScheduler

from queueup.config import Settings
from queueup.files import lock
from queueup.storage.job_queues import NAMES
from queueup.storage.redis_client import RETRY_PAUSE_S, connect, wait_for

log = logging.getLogger(__name__)

CONNECTIONS = 10
POLL_EVERY_S = 0.25
HEARTBEAT_S = 10


def run(settings: Settings) -> None:
    """Enqueue jobs whose time has come until SIGTERM."""
    redis = connect(settings.redis_url, CONNECTIONS)
    wait_for(redis)
    # The lock makes the name safe: a second scheduler on the same folder waits here.
    with open(settings.data / "scheduler.name", "a+") as file:
        lock(file)
        scheduler = RQScheduler(
            NAMES,
            connection=redis,
            logging_level=logging.WARNING,
            serializer="json",
            name=_name(file),
        )
        stopping = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopping.set())
        log.info("scheduler started")
        while not stopping.is_set():
            try:
                _schedule(scheduler, stopping)
            except RedisError as error:
                log.warning("Redis is unreachable: %s", error)
                stopping.wait(RETRY_PAUSE_S)


def _schedule(scheduler: RQScheduler, stopping: threading.Event) -> None:
    # RQ's own loop looks once a second and writes each time, which is costly on a disk that syncs
    # every write; this one looks more often, so that deadlines are prompt, and rarely writes.
    while not stopping.is_set():
        scheduler.register_birth()
        scheduler.acquire_locks()
        heartbeat_at = time.monotonic() + HEARTBEAT_S
        while time.monotonic() < heartbeat_at and not stopping.wait(POLL_EVERY_S):
            scheduler.enqueue_scheduled_jobs()
    scheduler.stop()


def _name(file: IO[str]) -> str:
    """Return the name under which this data folder's scheduler holds its locks in Redis.

    It outlives the process, so that a scheduler started after a crash still owns the locks and need
    not wait a minute for them to expire. Other machines have other folders and other names.
    """
    file.seek(0)
    name = file.read().strip()
    if not name:
        name = secrets.token_hex(8)
        file.write(name)
        file.flush()
    return name
