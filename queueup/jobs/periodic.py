"""Jobs that come back by the clock; each run plans the next one before it does anything.

A planned run is named by its time, so planning it twice, by however many workers, plans it once.
A run that fails is not repeated, only kept to be seen: the next one does the same work. When a run
could not plan its next one, the worker does it: it looks every few seconds.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from rq import Queue as JobQueue
from rq.registry import ScheduledJobRegistry

from queueup.history import HistoryAway
from queueup.services import services
from queueup.storage.redis_client import rewrite_aof

from .outbox import LATER

log = logging.getLogger(__name__)

RECORD_EVERY_S = 60
ERASE_EVERY_S = 3600
# Clocks of machines are minutes apart at most; a run that lies further ahead was planned by a clock
# that has been set back since.
CLOCKS_APART_S = 600
JOB_TIMEOUT_S = 30
FAILURE_KEPT_S = 24 * 3600


def start() -> None:
    """Bring the history's tables up to date, and plan the next run of every job."""
    try:
        services().recorder.upgrade()
    except HistoryAway as error:
        # Calls and timers must not wait for the history; the first job that reaches it catches up.
        log.warning("the history is away: %s", error)
    keep_planned(_line())


def keep_planned(line: JobQueue) -> None:
    """Plan each job of which no run is planned or in line, or only one that is too far ahead."""
    registry = ScheduledJobRegistry(queue=line)
    planned = [*registry.get_job_ids(), *line.get_job_ids()]
    latest_s = time.time() + CLOCKS_APART_S
    for job, every_s in EVERY_S.items():
        runs = [run for run in planned if run.startswith(f"{job.__name__}-")]
        astray = [run for run in runs if int(run.rpartition("-")[2]) > latest_s + every_s]
        for run in astray:
            log.warning("%s lies too far ahead", run)
            registry.remove(run)
            if (found := line.fetch_job(run)) is not None:
                found.delete()
        if len(astray) == len(runs):
            _plan(line, job)


def record_waiting(due_s: int = 0) -> None:
    """Write into the history what waits, also what jobs out of tries have left."""
    _plan(_line(), record_waiting, due_s)
    if services().recorder.record_waiting():
        forget_on_disk()


def erase_old_guests(due_s: int = 0) -> None:
    """Forget the guests of queues that ended long enough ago."""
    _plan(_line(), erase_old_guests, due_s)
    if services().recorder.erase_old_guests():
        forget_on_disk()


def forget_on_disk() -> None:
    """Remove from our own Redis' file what has just been erased."""
    if services().settings.embedded_redis:
        rewrite_aof(services().redis)


def _line() -> JobQueue:
    return JobQueue(LATER, connection=services().redis, serializer="json")


def _plan(line: JobQueue, job: Callable[[int], None], after_s: int = 0) -> None:
    # By a clock behind the scheduler's the next run would be the one that is being done, of which
    # nothing is left when it ends.
    due_s = max(int(time.time()), after_s) // EVERY_S[job] * EVERY_S[job] + EVERY_S[job]
    line.enqueue_at(
        datetime.fromtimestamp(due_s, UTC),
        job,
        due_s,
        job_id=f"{job.__name__}-{due_s}",
        job_timeout=JOB_TIMEOUT_S,
        result_ttl=0,
        failure_ttl=FAILURE_KEPT_S,
    )


EVERY_S: dict[Callable[[int], None], int] = {
    record_waiting: RECORD_EVERY_S,
    erase_old_guests: ERASE_EVERY_S,
}
