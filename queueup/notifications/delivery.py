"""Delivers notifications: to every device of a party once, and only what is still true."""

import logging
import time
from collections.abc import Callable

from queueup import log_config
from queueup.domain.errors import UnknownQueue
from queueup.domain.view_types import Views
from queueup.storage.job_queues import JOB_TIMEOUT_S
from queueup.waitlist import Waitlist

from . import notification, texts
from .notification import Notification, Text
from .service import PushTest
from .subscriptions import Subscription, Subscriptions
from .web_push import MAX_CONCURRENT, TIMEOUT_S, Message, Outcome, PushSender, Sent

log = logging.getLogger(__name__)

# The last requests may take as long as a push service may take, and still be noted in time.
SENDING_S = JOB_TIMEOUT_S - sum(TIMEOUT_S)


class Delivery:
    """Sends notifications from a worker. Every method may raise Unavailable."""

    def __init__(
        self,
        waitlist: Waitlist,
        subscriptions: Subscriptions,
        sender: PushSender,
        base_url: str | None,
        clock: Callable[[], int],
    ) -> None:
        self._waitlist = waitlist
        self._subscriptions = subscriptions
        self._sender = sender
        self._base_url = base_url
        self._clock = clock

    def deliver(self, code: str, notifications: list[Notification]) -> list[Sent]:
        """Send each notification to the devices that have not had it; return how each send went."""
        try:
            views = self._waitlist.stored_views(code)
        except UnknownQueue:
            return []
        now = self._clock()
        devices = self._subscriptions.of(code, [one.party_id for one in notifications])
        return self._send(
            code,
            [
                (one, subscription, self._message(views, one, text, subscription, now))
                for one in notifications
                for subscription in devices[one.party_id].subscriptions
                if one.should_send(subscription.device, devices[one.party_id].delivered)
                if (text := texts.text_of(views, one, now, subscription.language))
            ],
        )

    def deliver_test(self, code: str, test: PushTest) -> list[Sent]:
        """Send a test push to all devices of its party; return how each send went."""
        one = Notification(test.party_id, notification.TEST)
        message = notification.test_message(test.text, test.url, test.party_id)
        devices = self._subscriptions.of(code, [test.party_id])[test.party_id].subscriptions
        return self._send(code, [(one, device, message) for device in devices])

    def _send(
        self, code: str, sends: list[tuple[Notification, Subscription, Message]]
    ) -> list[Sent]:
        """Send in batches, and note the outcomes of each batch before the next one.

        Whatever ends a job, its retry must not send again what has been accepted.
        """
        results: list[Sent] = []
        until_s = time.monotonic() + SENDING_S
        for first in range(0, len(sends), MAX_CONCURRENT):
            if first and time.monotonic() > until_s:
                rest = len(sends) - first
                return results + [Sent(Outcome.TRY_AGAIN, "its push services are slow")] * rest
            batch = sends[first : first + MAX_CONCURRENT]
            sent = self._sender.send_all([(device, message) for _, device, message in batch])
            outcomes = zip(batch, sent, strict=True)
            self._note(code, [(one, to, how) for (one, to, _), how in outcomes])
            results += sent
        return results

    def _note(self, code: str, outcomes: list[tuple[Notification, Subscription, Sent]]) -> None:
        """Remember what was accepted, remove subscriptions that are gone, and log all failures."""
        accepted: list[tuple[str, str, str]] = []
        gone: dict[str, list[str]] = {}
        for one, subscription, sent in outcomes:
            if sent.outcome is Outcome.ACCEPTED:
                accepted.append((one.party_id, subscription.device, one.marker))
                continue
            if sent.outcome is Outcome.GONE:
                gone.setdefault(one.party_id, []).append(subscription.device)
            log.log(
                logging.ERROR if sent.outcome is Outcome.REFUSED else logging.INFO,
                "push %s in %s for %s on %s: %s",
                sent.outcome.value,
                code,
                log_config.party_hash(one.party_id),
                subscription.device,
                sent.reason,
            )
        for party_id, devices in gone.items():
            self._subscriptions.remove(code, party_id, devices)
        if accepted:
            self._subscriptions.note_accepted(code, accepted, self._clock())

    def _message(
        self,
        views: Views,
        one: Notification,
        text: Text,
        subscription: Subscription,
        now: int,
    ) -> Message:
        origin = self._base_url or subscription.page_origin
        return notification.message(views, one, text, origin, now)
