"""The jobs: ids in, read the current state before acting, safe to run twice.

Every read bypasses the snapshot cache. Workers receive no commits, and when a Redis comes back
without its last commit, the next one has the same version: a cached copy of the lost commit would
be taken for current.
"""

import math
import time

from rq import Retry, get_current_job

from queueup.clock import now_ms
from queueup.domain.errors import UnknownQueue
from queueup.domain.model import SECOND
from queueup.notifications.notification import Notification
from queueup.notifications.web_push import Outcome, Sent
from queueup.services import services

# One is enough unless clocks differ, but every commit of the queue meanwhile costs one more.
TIMER_RETRIES = 1_000


class NotDelivered(Exception):
    """A push service wants the same message once more, later."""


def apply_time(code: str, due: int) -> Retry | None:
    """Apply what is due in a queue, unless that is done already; ask for a retry if too early."""
    early = due - now_ms()
    if 0 < early <= SECOND:
        # The scheduler counts in whole seconds and may be a moment early.
        time.sleep(early / SECOND)
    try:
        # Reading is enough: a read after the time applies it.
        views = services().waitlist.stored_views(code)
    except UnknownQueue:
        return None
    if views["due"] != due:
        return None
    # This clock is behind the scheduler's, and RQ uses both: this one for the start of the delay,
    # the other one for its end. An exception would do the same, but log a traceback each time.
    return Retry(max=TIMER_RETRIES, interval=max(1, math.ceil(2 * early / SECOND)))


def record_events(code: str) -> None:
    """Write the pending events of a queue into the history."""
    if services().recorder.record_queue(code):
        services().rewrite_own_aof()


def tell(code: str, named: list[list[str | int]]) -> None:
    """Send notifications: each is a party id, a kind and a number. Raises NotDelivered."""
    sent = services().delivery.deliver(
        code,
        [Notification(str(party_id), str(kind), int(number)) for party_id, kind, number in named],
    )
    _require_delivered(sent)


def ring_test(code: str, test_id: str) -> None:
    """Send a test push, unless nobody waits for its result any more."""
    push_service = services().push_service
    test = push_service.open_test(code, test_id)
    if test is not None:
        push_service.close_test(code, test_id, services().delivery.deliver_test(code, test))


def _require_delivered(results: list[Sent]) -> None:
    again = [sent for sent in results if sent.outcome is Outcome.TRY_AGAIN]
    if not again:
        return
    job = get_current_job()
    requested_s = max(sent.retry_after_s or 0 for sent in again)
    if job is not None and job.retries_left and job.retry_intervals:
        # RQ reads this when it sees the exception: the push service's own delay, if it is longer.
        usual_s = job.get_retry_interval()
        delays_s = list(job.retry_intervals)
        delays_s[max(len(delays_s) - job.retries_left, 0)] = max(usual_s, requested_s)
        job.retry_intervals = delays_s
    raise NotDelivered("; ".join(sorted({sent.reason for sent in again})))
