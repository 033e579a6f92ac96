"""The jobs that send notifications: they join the transaction that makes them necessary."""

from redis import Redis
from redis.client import Pipeline
from rq import Queue as JobQueue

from queueup.storage.job_queues import LATER, URGENT, job_queue, retry_policy

from . import notification
from .notification import Notification

# Jobs of earlier releases wait in Redis under these names, so they stay as they are.
TELL = "queueup.jobs.tell"
RING_TEST = "queueup.jobs.ring_test"

# A call is worth retrying for as long as a table is usually held, a nudge for a few minutes.
CALL_DELAYS_S = [1, 2, 4, 8, 15, 30, 30, 60, 60, 120, 120, 180]
NUDGE_DELAYS_S = [5, 15, 60, 120, 300]
TEST_DELAYS_S = [1]
BATCH = 25


class NotificationJobs:
    """Enqueues notifications within a pipeline's MULTI."""

    def __init__(self, redis: Redis) -> None:
        self._urgent = job_queue(redis, URGENT)
        self._later = job_queue(redis, LATER)

    def send(self, pipe: Pipeline, code: str, notifications: list[Notification]) -> None:
        """Send notifications, the urgent ones ahead of all others."""
        urgent = [one for one in notifications if one.kind in notification.URGENT]
        self._enqueue(pipe, self._urgent, code, urgent, CALL_DELAYS_S)
        others = [one for one in notifications if one.kind not in notification.URGENT]
        self._enqueue(pipe, self._later, code, others, NUDGE_DELAYS_S)

    def confirm(self, pipe: Pipeline, code: str, party_id: str) -> None:
        """Confirm to a party that has just subscribed that it is in line."""
        self.send(pipe, code, [Notification(party_id, notification.JOIN_CONFIRM)])

    def repeat_call(self, pipe: Pipeline, code: str, party_id: str, number: int) -> None:
        """Send a call again, for a device that subscribed after it."""
        self.send(pipe, code, [Notification(party_id, notification.CALLED, number)])

    def test(self, pipe: Pipeline, code: str, test_id: str) -> None:
        """Send a test push, for whose result somebody waits."""
        policy = retry_policy(TEST_DELAYS_S)
        self._urgent.enqueue(RING_TEST, code, test_id, pipeline=pipe, **policy)

    def _enqueue(
        self,
        pipe: Pipeline,
        queue: JobQueue,
        code: str,
        notifications: list[Notification],
        delays_s: list[int],
    ) -> None:
        # A message to everybody, or a call to many, must not become one long job: it would time
        # out, and it would hold up the calls behind it.
        for first in range(0, len(notifications), BATCH):
            batch = notifications[first : first + BATCH]
            named = [[one.party_id, one.kind, one.number] for one in batch]
            queue.enqueue(TELL, code, named, pipeline=pipe, **retry_policy(delays_s))
