"""Work done after the answer has gone: ids in, look again before acting, safe to run twice.

Each look is past the memory. Workers hear of no commit, and when a Redis comes back without its
last one, the next has the same version: a copy of the lost one would pass for current.
"""

import logging
import math
import time

from rq import Retry, get_current_job

from queueup import log_config
from queueup.clock import now_ms
from queueup.domain.errors import UnknownQueue
from queueup.domain.model import SECOND
from queueup.domain.views import View
from queueup.notifications import notification, texts
from queueup.notifications.notification import Notification
from queueup.notifications.subscriptions import Subscription
from queueup.notifications.web_push import AT_ONCE, TIMEOUT_S, Message, Outcome, Sent
from queueup.services import services, waitlist

from .outbox import JOB_TIMEOUT_S
from .periodic import forget_on_disk

log = logging.getLogger(__name__)

# One is enough unless clocks move, but every commit of the queue meanwhile costs one more.
TIMER_LOOKS = 1_000
# What is sent last can take as long as a push service may take, and be settled in time.
RINGING_S = JOB_TIMEOUT_S - sum(TIMEOUT_S)


class NotYetTold(Exception):
    """A push service wants the same message once more, later."""


def apply_time(code: str, due: int) -> Retry | None:
    """Let run out what is due in a queue, unless somebody was faster; ask for another look."""
    early = due - now_ms()
    if 0 < early <= SECOND:
        # The scheduler counts in whole seconds and may be a moment early.
        time.sleep(early / SECOND)
    try:
        # A look is enough: whoever looks after the time applies it.
        views = waitlist().stored_views(code)
    except UnknownQueue:
        return None
    if views["due"] != due:
        return None
    # This clock is behind the scheduler's, and RQ reckons with both: with this one from when to
    # wait, with the other until when. An exception would ask too, but write a traceback each time.
    return Retry(max=TIMER_LOOKS, interval=max(1, math.ceil(2 * early / SECOND)))


def record_events(code: str) -> None:
    """Write into the history what has happened in a queue and is not there yet."""
    if services().recorder.record_queue(code):
        forget_on_disk()


def tell(code: str, named: list[list[str | int]]) -> None:
    """Tell parties what is still true, on each of their devices once.

    Each name is a party id, a kind and a number. Raises NotYetTold.
    """
    told = [Notification(str(party_id), str(kind), int(number)) for party_id, kind, number in named]
    try:
        views = waitlist().stored_views(code)
    except UnknownQueue:
        return
    now = now_ms()
    devices = services().subscriptions.of(code, [telling.party_id for telling in told])
    sends: list[tuple[Notification, Subscription, Message]] = [
        (telling, subscription, _message(views, telling, said, subscription, now))
        for telling in told
        for subscription in devices[telling.party_id].subscriptions
        if telling.should_send(subscription.device, devices[telling.party_id].told)
        if (said := texts.text_of(views, telling, now, subscription.language))
    ]
    _require_all_told(_ring(code, sends))


def ring_test(code: str, test_id: str) -> None:
    """Ring the phones of a party for a test, unless nobody waits for it any more."""
    test = services().push_service.open_test(code, test_id)
    if test is None:
        return
    telling = Notification(test.party_id, notification.TEST)
    devices = services().subscriptions.of(code, [test.party_id])[test.party_id].subscriptions
    message = notification.test_message(test.words, test.url, test.party_id)
    answers = _ring(code, [(telling, device, message) for device in devices])
    services().push_service.close_test(code, test_id, answers)


def _ring(code: str, sends: list[tuple[Notification, Subscription, Message]]) -> list[Sent]:
    """Send as many messages as go at the same time, settle how it went, and then the next.

    Whatever ends a job, its next try must not ring again the phones that have rung.
    """
    answers: list[Sent] = []
    until_s = time.monotonic() + RINGING_S
    for first in range(0, len(sends), AT_ONCE):
        if first and time.monotonic() > until_s:
            rest = len(sends) - first
            return answers + [Sent(Outcome.TRY_AGAIN, "its push services are slow")] * rest
        some = sends[first : first + AT_ONCE]
        sent = services().push_sender.send_all([(device, message) for _, device, message in some])
        settle(code, [(told, to, how) for (told, to, _), how in zip(some, sent, strict=True)])
        answers += sent
    return answers


def settle(code: str, outcomes: list[tuple[Notification, Subscription, Sent]]) -> None:
    """Remember what was taken, forget the devices that are gone, and log all that failed."""
    taken: list[tuple[str, str, str]] = []
    gone: dict[str, list[str]] = {}
    for telling, subscription, sent in outcomes:
        if sent.outcome is Outcome.ACCEPTED:
            taken.append((telling.party_id, subscription.device, telling.marker))
            continue
        if sent.outcome is Outcome.GONE:
            gone.setdefault(telling.party_id, []).append(subscription.device)
        log.log(
            logging.ERROR if sent.outcome is Outcome.REFUSED else logging.INFO,
            "push %s in %s for %s on %s: %s",
            sent.outcome.value,
            code,
            log_config.mark(telling.party_id),
            subscription.device,
            sent.reason,
        )
    for party_id, devices in gone.items():
        services().subscriptions.remove(code, party_id, devices)
    if taken:
        services().subscriptions.note_taken(code, taken, now_ms())


def _message(
    views: View,
    telling: Notification,
    said: notification.Text,
    subscription: Subscription,
    now: int,
) -> Message:
    origin = services().settings.app_base_url or subscription.page_origin
    return notification.message(views, telling, said, origin, now)


def _require_all_told(answers: list[Sent]) -> None:
    again = [sent for sent in answers if sent.outcome is Outcome.TRY_AGAIN]
    if not again:
        return
    job = get_current_job()
    asked_s = max(sent.retry_after_s or 0 for sent in again)
    if job is not None and job.retries_left and job.retry_intervals:
        # RQ reads this when it sees the exception: the push service's own wait, if that is longer.
        usual_s = job.get_retry_interval()
        waits_s = list(job.retry_intervals)
        waits_s[max(len(waits_s) - job.retries_left, 0)] = max(usual_s, asked_s)
        job.retry_intervals = waits_s
    raise NotYetTold("; ".join(sorted({sent.reason for sent in again})))
