"""The periodic jobs; each run schedules the next one before it does anything else.

The id of a run is its time, so scheduling it twice, by however many workers, schedules it once. A
run that fails is not retried, only kept for inspection: the next one does the same work. When a run
could not schedule its successor, the worker does so within seconds.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from rq import Queue as JobQueue
from rq.registry import ScheduledJobRegistry

from queueup.history import HistoryUnavailable
from queueup.services import services
from queueup.storage.job_queues import LATER, job_queue

log = logging.getLogger(__name__)

RECORD_PENDING_EVERY_S = 60
ERASE_EVERY_S = 3600
# Clocks of machines are minutes apart at most; a run further ahead was scheduled by a clock that
# has been set back since.
CLOCKS_APART_S = 600
RUN_TIMEOUT_S = 30
FAILED_RUN_TTL_S = 24 * 3600


def start() -> None:
    """Migrate the history, and schedule the next run of every job."""
    try:
        services().recorder.upgrade()
    except HistoryUnavailable as error:
        # Calls and timers must not wait for the history; the first job that reaches it migrates it.
        log.warning("history database unavailable: %s", error)
    keep_planned(_queue())


def keep_planned(queue: JobQueue) -> None:
    """Schedule each job that has no run scheduled or enqueued, or only one too far ahead."""
    registry = ScheduledJobRegistry(queue=queue)
    planned = [*registry.get_job_ids(), *queue.get_job_ids()]
    latest_s = time.time() + CLOCKS_APART_S
    for job, every_s in EVERY_S.items():
        runs = [run for run in planned if run.startswith(f"{job.__name__}-")]
        too_far = [run for run in runs if int(run.rpartition("-")[2]) > latest_s + every_s]
        for run in too_far:
            log.warning("rescheduling %s: too far in the future (clock set back?)", run)
            registry.remove(run)
            if (found := queue.fetch_job(run)) is not None:
                found.delete()
        if len(too_far) == len(runs):
            _plan(queue, job)


def record_waiting(due_s: int = 0) -> None:
    """Write all pending events into the history, also those whose own jobs have failed."""
    _plan(_queue(), record_waiting, due_s)
    if services().recorder.record_waiting():
        services().rewrite_own_aof()


def erase_old_guests(due_s: int = 0) -> None:
    """Erase the guests of queues that ended long enough ago."""
    _plan(_queue(), erase_old_guests, due_s)
    if services().recorder.erase_old_guests():
        services().rewrite_own_aof()


def _queue() -> JobQueue:
    return job_queue(services().redis, LATER)


def _plan(queue: JobQueue, job: Callable[[int], None], after_s: int = 0) -> None:
    # With a clock behind the scheduler's, the next run would get the id of the present one, which
    # is deleted when it ends.
    due_s = max(int(time.time()), after_s) // EVERY_S[job] * EVERY_S[job] + EVERY_S[job]
    queue.enqueue_at(
        datetime.fromtimestamp(due_s, UTC),
        job,
        due_s,
        job_id=f"{job.__name__}-{due_s}",
        job_timeout=RUN_TIMEOUT_S,
        result_ttl=0,
        failure_ttl=FAILED_RUN_TTL_S,
    )


EVERY_S: dict[Callable[[int], None], int] = {
    record_waiting: RECORD_PENDING_EVERY_S,
    erase_old_guests: ERASE_EVERY_S,
}
