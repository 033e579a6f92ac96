"""Which background jobs an event makes necessary; they join the commit that made the event."""

import time
from datetime import UTC, datetime
from typing import Any

from redis import Redis
from redis.client import Pipeline
from rq import Queue as JobQueue
from rq import Retry

from queueup.domain.deadlines import next_due
from queueup.domain.events import Event, QueueClosed, QueueOpened
from queueup.domain.model import SECOND, Queue
from queueup.notifications import notification
from queueup.notifications.notification import Notification
from queueup.notifications.subscriptions import forget_all

# One worker process each: RQ hands jobs over without loss only to a worker with a single queue.
URGENT = "urgent"
LATER = "later"

# Named, and not imported: jobs reach the parts of the program, and this is one of the parts.
TELL = "queueup.jobs.tell"
RING_TEST = "queueup.jobs.ring_test"
APPLY_TIME = "queueup.jobs.apply_time"
RECORD_EVENTS = "queueup.jobs.record_events"

JOB_TIMEOUT_S = 20
FAILURE_KEPT_S = 7 * 24 * 3600
# RQ takes the first interval again and again when there are fewer intervals than tries.
TIMER_WAITS_S = [1, 5, 15, 60, 300]
# A call is worth repeating for as long as a table is usually held, and a nudge for some minutes.
CALL_WAITS_S = [1, 2, 4, 8, 15, 30, 30, 60, 60, 120, 120, 180]
NUDGE_WAITS_S = [5, 15, 60, 120, 300]
TOLD_AT_ONCE = 25
RECORD_EVERY_S = 5
RECORD_WAITS_S = [5, 15, 60, 300, 900]


class Outbox:
    """Puts the jobs that a commit makes necessary into that commit."""

    def __init__(self, redis: Redis) -> None:
        self._urgent = JobQueue(URGENT, connection=redis, serializer="json")
        self._later = JobQueue(LATER, connection=redis, serializer="json")

    def __call__(self, pipe: Pipeline, queue: Queue, events: tuple[Event, ...]) -> None:
        """Enqueue within the pipeline's MULTI."""
        told = notification.of_events(events, queue)
        urgent = [telling for telling in told if telling.kind in notification.URGENT]
        self._tell(pipe, self._urgent, queue.code, urgent, CALL_WAITS_S)
        others = [telling for telling in told if telling.kind not in notification.URGENT]
        self._tell(pipe, self._later, queue.code, others, NUDGE_WAITS_S)
        if any(isinstance(event, QueueClosed | QueueOpened) for event in events):
            forget_all(pipe, queue.code, [party.id for party in queue.parties])
        self._record(pipe, queue.code)
        due = next_due(queue)
        if due is not None:
            # The id names the time: the same timer again replaces itself, another stands beside it.
            self._urgent.enqueue_at(
                datetime.fromtimestamp(-(-due // SECOND), UTC),
                APPLY_TIME,
                queue.code,
                due,
                job_id=f"time-{queue.code}-{due}",
                pipeline=pipe,
                **retry_policy(TIMER_WAITS_S),
            )

    def confirm(self, pipe: Pipeline, code: str, party_id: str) -> None:
        """Tell a party that has just subscribed that it is on the list."""
        told = [Notification(party_id, notification.JOIN_CONFIRM)]
        self._tell(pipe, self._later, code, told, NUDGE_WAITS_S)

    def repeat_call(self, pipe: Pipeline, code: str, party_id: str, number: int) -> None:
        """Tell a party that is called already on a device that has just come."""
        told = [Notification(party_id, notification.CALLED, number)]
        self._tell(pipe, self._urgent, code, told, CALL_WAITS_S)

    def test(self, pipe: Pipeline, code: str, test_id: str) -> None:
        """Ring the phones of a party for a test; somebody waits for it."""
        self._urgent.enqueue(RING_TEST, code, test_id, pipeline=pipe, **retry_policy([1]))

    def _record(self, pipe: Pipeline, code: str) -> None:
        # One job for all commits of five seconds: it writes whatever waits by then.
        due_s = (int(time.time()) // RECORD_EVERY_S + 1) * RECORD_EVERY_S
        self._later.enqueue_at(
            datetime.fromtimestamp(due_s, UTC),
            RECORD_EVENTS,
            code,
            job_id=f"record-{code}-{due_s}",
            pipeline=pipe,
            **retry_policy(RECORD_WAITS_S),
        )

    def _tell(
        self,
        pipe: Pipeline,
        line: JobQueue,
        code: str,
        told: list[Notification],
        waits_s: list[int],
    ) -> None:
        # A message to everybody, or a call to many, must not make one long job: its time would run
        # out, and it would hold up the calls behind it.
        for first in range(0, len(told), TOLD_AT_ONCE):
            some = told[first : first + TOLD_AT_ONCE]
            named = [[telling.party_id, telling.kind, telling.number] for telling in some]
            line.enqueue(TELL, code, named, pipeline=pipe, **retry_policy(waits_s))


def retry_policy(waits_s: list[int]) -> dict[str, Any]:
    """Say that a job is tried again after each of these waits (s), and then kept to be seen."""
    # Without retries RQ would not repeat a job whose worker was killed.
    return {
        "job_timeout": JOB_TIMEOUT_S,
        "result_ttl": 0,
        "failure_ttl": FAILURE_KEPT_S,
        "retry": Retry(max=len(waits_s), interval=waits_s),
    }
