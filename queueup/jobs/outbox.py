"""The transactional outbox: the jobs that an event makes necessary join the commit of the event."""

import time
from datetime import UTC, datetime

from redis import Redis
from redis.client import Pipeline

from queueup.domain.deadlines import next_due
from queueup.domain.events import (
    ClosingBecameFinal,
    ClosingUndone,
    Event,
    QueueClosed,
    QueueOpened,
)
from queueup.domain.model import SECOND, Queue
from queueup.notifications import notification
from queueup.notifications.enqueue import NotificationJobs
from queueup.notifications.subscriptions import delete_all
from queueup.storage.job_queues import LATER, URGENT, job_queue, retry_policy

# Jobs wait in Redis under these names.
APPLY_TIME = "queueup.jobs.apply_time"
RECORD_EVENTS = "queueup.jobs.record_events"

OVER = (QueueClosed, ClosingUndone, ClosingBecameFinal, QueueOpened)

TIMER_DELAYS_S = [1, 5, 15, 60, 300]
RECORD_WITHIN_S = 5
RECORD_DELAYS_S = [5, 15, 60, 300, 900]


class Outbox:
    """Puts the jobs that a commit makes necessary into that commit."""

    def __init__(self, redis: Redis) -> None:
        self._urgent = job_queue(redis, URGENT)
        self._later = job_queue(redis, LATER)
        self._notifications = NotificationJobs(redis)

    def __call__(
        self, pipe: Pipeline, before: Queue | None, queue: Queue, events: tuple[Event, ...]
    ) -> None:
        """Enqueue within the pipeline's MULTI what the change from `before` to `queue` needs."""
        self._notifications.send(pipe, queue.code, notification.of_events(events, queue))
        is_over = any(isinstance(event, OVER) for event in events)
        is_new = any(isinstance(event, QueueOpened) for event in events)
        # Until the closing is final, the phones must be able to ring again.
        if is_over and (queue.is_closed or is_new) and queue.reopen_until is None:
            parties = (*(before.parties if before else ()), *queue.parties)
            delete_all(pipe, queue.code, dict.fromkeys(party.id for party in parties))
        self._record(pipe, queue.code)
        due = next_due(queue)
        # The commit that first had this time has planned its timer.
        if due is not None and (before is None or due != next_due(before)):
            self._apply_time(pipe, queue.code, due)

    def _record(self, pipe: Pipeline, code: str) -> None:
        # One job for all commits of five seconds: it writes everything that is pending by then.
        due_s = (int(time.time()) // RECORD_WITHIN_S + 1) * RECORD_WITHIN_S
        self._later.enqueue_at(
            datetime.fromtimestamp(due_s, UTC),
            RECORD_EVENTS,
            code,
            job_id=f"record-{code}-{due_s}",
            pipeline=pipe,
            **retry_policy(RECORD_DELAYS_S),
        )

    def _apply_time(self, pipe: Pipeline, code: str, due: int) -> None:
        # The time is in the id: a time that comes back has its one job, another time has another.
        self._urgent.enqueue_at(
            datetime.fromtimestamp(-(-due // SECOND), UTC),
            APPLY_TIME,
            code,
            due,
            job_id=f"time-{code}-{due}",
            pipeline=pipe,
            **retry_policy(TIMER_DELAYS_S),
        )
