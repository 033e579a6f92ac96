"""The jobs: ids in, read the current state before acting, safe to run twice.

Every read bypasses the snapshot cache. Workers receive no commits, and when a Redis comes back
without its last commit, the next one has the same version: a cached copy of the lost commit would
be taken for current.
"""

import math
import time
from typing import NoReturn

from rq import Retry, get_current_job

from queueup.clock import now_ms
from queueup.domain.errors import UnknownQueue
from queueup.domain.model import SECOND
from queueup.notifications.notification import Notification
from queueup.notifications.web_push import Sent
from queueup.services import services
from queueup.storage.job_queues import job_queue

# One is enough unless the clock changes meanwhile, again and again.
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


def tell(code: str, named: list[list[str | int]], device: str | None = None) -> None:
    """Send notifications: each is a party id, a kind and a number; to one device, or to all."""
    services().delivery.deliver(
        code,
        [Notification(str(party_id), str(kind), int(number)) for party_id, kind, number in named],
        _others_wait,
        device,
    )
    if device is not None:
        _make_room(code)


def tell_again(code: str, party_id: str, kind: str, number: int, device: str) -> None:
    """Send a notification to one device that has not received it. Raises NotDelivered."""
    one = Notification(party_id, kind, number)
    sent = services().delivery.deliver_again(code, one, device, _others_wait)
    if sent is not None and sent.is_worth_retrying:
        _require_delivery(sent)
    _make_room(code)


def ring_test(code: str, test_id: str) -> None:
    """Send a test push, unless nobody waits for its result any more."""
    push_service = services().push_service
    test = push_service.open_test(code, test_id)
    if test is not None:
        sent = services().delivery.deliver_test(code, test, _others_wait)
        push_service.close_test(code, test_id, sent)


def _others_wait() -> bool:
    """Return whether other jobs wait for this worker."""
    job = get_current_job()
    return job is not None and job_queue(services().redis, job.origin).count > 0


def _make_room(code: str) -> None:
    job = get_current_job()
    if job is not None:
        services().notification_jobs.ended(code, job.id)


def _require_delivery(sent: Sent) -> NoReturn:
    job = get_current_job()
    if job is not None and job.retries_left and job.retry_intervals:
        # RQ reads this when it sees the exception: the push service's own delay, if it is longer.
        usual_s = job.get_retry_interval()
        delays_s = list(job.retry_intervals)
        at = max(len(delays_s) - job.retries_left, 0)
        delays_s[at] = max(usual_s, sent.retry_after_s or 0)
        job.retry_intervals = delays_s
    raise NotDelivered(sent.reason)
