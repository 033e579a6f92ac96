"""Delivers notifications: to every device of a party once, and only what is still true.

Each device's message is made, sent and noted by itself, so that one which fails, or whose push
service is slow, fails or waits alone. Devices that a push service has ever accepted anything for
have threads of their own: guests can make others up, but not these.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from queueup import log_config
from queueup.domain.errors import UnknownQueue
from queueup.domain.view_types import Views
from queueup.storage.job_queues import JOB_TIMEOUT_S
from queueup.waitlist import Waitlist

from . import notification, texts
from .enqueue import NotificationJobs, Unsent
from .fair_pool import FairPool
from .notification import FRESH_S, Notification
from .patience import Patience
from .service import PushTest
from .subscriptions import Subscription, Subscriptions
from .web_push import TIMEOUT_S, Message, Outcome, PushSender, Sent

log = logging.getLogger(__name__)

# A job waits for its push services so long, if no other job waits for the worker.
SENDING_S = JOB_TIMEOUT_S - sum(TIMEOUT_S)
# Requests in flight from one process.
THREADS = 16


@dataclass(frozen=True, slots=True)
class _Sending:
    """One message to one device."""

    code: str
    notification: Notification
    subscription: Subscription
    message: Message
    is_known: bool
    until_s: float

    @property
    def key(self) -> tuple[str, str, str]:
        return self.notification.party_id, self.subscription.device, self.notification.marker


class Delivery:
    """Sends notifications from a worker. Every method may raise Unavailable."""

    def __init__(
        self,
        waitlist: Waitlist,
        subscriptions: Subscriptions,
        sender: PushSender,
        jobs: NotificationJobs,
        base_url: str | None,
        clock: Callable[[], int],
    ) -> None:
        self._waitlist = waitlist
        self._subscriptions = subscriptions
        self._sender = sender
        self._jobs = jobs
        self._base_url = base_url
        self._clock = clock
        self._patience = Patience()
        self._known = FairPool(THREADS, per_line=12, per_party=5, waiting_per_line=500)
        self._others = FairPool(THREADS, per_line=6, per_party=2, waiting_per_line=50)
        # What this process is sending: a retry must not send it a second time.
        self._under_way: set[tuple[str, str, str]] = set()

    def deliver(
        self,
        code: str,
        notifications: list[Notification],
        others_wait: Callable[[], bool],
        device: str | None = None,
    ) -> None:
        """Send each notification to the devices that have not had it, or to one device only.

        What may arrive later gets a job of its own for each device.
        """
        results = self._deliver(code, notifications, others_wait, device)
        again = [unsent for unsent in results if unsent.sent.is_worth_retrying]
        if again:
            self._jobs.retry(code, again)

    def deliver_again(
        self, code: str, one: Notification, device: str, others_wait: Callable[[], bool]
    ) -> Sent | None:
        """Send a notification to one device; return how it went, None if it is no longer needed."""
        results = self._deliver(code, [one], others_wait, device)
        return results[0].sent if results else None

    def deliver_test(
        self, code: str, test: PushTest, others_wait: Callable[[], bool]
    ) -> list[Sent]:
        """Send a test push to all devices of its party; return how each send went."""
        one = Notification(test.party_id, notification.TEST)
        found = self._subscriptions.of(code, [test.party_id])[test.party_id]
        sendings = []
        for to in found.subscriptions:
            url = self._origin(to) + test.path
            message = notification.test_message(test.text, url, test.party_id)
            sendings.append(self._sending(code, one, to, message, found.is_known(to.device)))
        return [unsent.sent for unsent in self._send(sendings, others_wait)]

    def _deliver(
        self,
        code: str,
        notifications: list[Notification],
        others_wait: Callable[[], bool],
        device: str | None,
    ) -> list[Unsent]:
        # Before the devices are read: what is accepted meanwhile is in what is read then.
        under_way = set(self._under_way)
        try:
            views = self._waitlist.stored_views(code)
        except UnknownQueue:
            return []
        now = self._clock()
        devices = self._subscriptions.of(code, [one.party_id for one in notifications])
        results: list[Unsent] = []
        sendings: list[_Sending] = []
        for one in notifications:
            found = devices[one.party_id]
            for to in found.subscriptions:
                if device not in (None, to.device):
                    continue
                if not one.should_send(to.device, found.delivered):
                    continue
                is_known = found.is_known(to.device)
                message = self._message(views, one, to, now)
                if isinstance(message, Sent):
                    self._log(code, one, to, message)
                    results.append(Unsent(one, to.device, is_known, message))
                elif message is not None:
                    sending = self._sending(code, one, to, message, is_known)
                    if sending.key in under_way:
                        results.append(_unsent(sending, Sent(Outcome.UNDER_WAY, "under way")))
                    else:
                        sendings.append(sending)
        return results + self._send(sendings, others_wait)

    def _message(
        self, views: Views, one: Notification, to: Subscription, now: int
    ) -> Message | Sent | None:
        try:
            text = texts.text_of(views, one, now, to.language)
            if text is None:
                return None
            return notification.message(views, one, text, self._origin(to), now)
        except Exception as error:
            # It must not keep the other devices from ringing; its type says where to look.
            return Sent(Outcome.REFUSED, f"no message could be made: {type(error).__name__}")

    def _origin(self, to: Subscription) -> str:
        """Return where this service is, as configured or as the device found it."""
        return self._base_url or to.page_origin

    @staticmethod
    def _sending(
        code: str, one: Notification, to: Subscription, message: Message, is_known: bool
    ) -> _Sending:
        return _Sending(code, one, to, message, is_known, time.monotonic() + FRESH_S)

    def _send(self, sendings: list[_Sending], others_wait: Callable[[], bool]) -> list[Unsent]:
        """Start to send, wait a while, and return how each went so far.

        Raises what kept an outcome from being noted, after all others have been.
        """
        started = [(one, self._start(one)) for one in sendings]
        futures = [future for _, future in started if future is not None]
        self._patience.wait(futures, SENDING_S, others_wait)
        results: list[Unsent] = []
        failures: list[BaseException] = []
        for one, future in started:
            if future is None:
                sent = Sent(Outcome.TRY_AGAIN, "too many messages of this line are under way")
            elif not future.done():
                sent = Sent(Outcome.UNDER_WAY, "its push service is slow")
            elif future.cancelled():
                sent = Sent(Outcome.TRY_AGAIN, "the worker is stopping")
            elif (failure := future.exception()) is not None:
                failures.append(failure)
                continue
            else:
                sent = future.result()
            results.append(_unsent(one, sent))
        for failure in failures:
            raise failure
        return results

    def _start(self, one: _Sending) -> Future[Sent] | None:
        self._under_way.add(one.key)
        pool = self._known if one.is_known else self._others
        future = pool.submit(one.code, one.notification.party_id, lambda: self._send_one(one))
        if future is None:
            self._under_way.discard(one.key)
        return future

    def _send_one(self, one: _Sending) -> Sent:
        """Send to one device, and note the outcome at once: whatever ends the job, it is kept."""
        try:
            if time.monotonic() > one.until_s:
                return Sent(Outcome.TRY_AGAIN, "its turn has not come in time")
            sent = self._sender.send(one.subscription, one.message)
            self._note(one, sent)
            return sent
        finally:
            self._under_way.discard(one.key)

    def _note(self, one: _Sending, sent: Sent) -> None:
        """Remember what was accepted, remove a subscription that is gone, and log a failure."""
        party_id, device = one.notification.party_id, one.subscription.device
        if sent.outcome is Outcome.ACCEPTED:
            accepted = [(party_id, device, one.notification.marker)]
            self._subscriptions.note_accepted(one.code, accepted, self._clock())
            return
        self._log(one.code, one.notification, one.subscription, sent)
        if sent.outcome is Outcome.GONE:
            self._subscriptions.remove(one.code, party_id, [device])

    @staticmethod
    def _log(code: str, one: Notification, to: Subscription, sent: Sent) -> None:
        log.log(
            logging.ERROR if sent.outcome is Outcome.REFUSED else logging.INFO,
            "push %s in %s for %s on %s: %s",
            sent.outcome.value,
            code,
            log_config.party_hash(one.party_id),
            to.device,
            sent.reason,
        )


def _unsent(one: _Sending, sent: Sent) -> Unsent:
    return Unsent(one.notification, one.subscription.device, one.is_known, sent)
