"""The use cases of Web Push: subscribe a device, unsubscribe it, and send a test push.

Keys: `queueup:{CODE}:test:ID` is a test push that waits to be sent, `queueup:{CODE}:test:ID:answer`
a list with its result; both live for a minute.
"""

import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from redis import Redis

from queueup.domain.errors import UnknownParty, UnknownQueue
from queueup.domain.view_types import Views
from queueup.storage import codec
from queueup.storage.redis_client import redis_errors
from queueup.waitlist import Waitlist

from . import notification
from .enqueue import NotificationJobs
from .notification import Text
from .push_services import is_known_service
from .subscriptions import BadSubscription, Subscription, Subscriptions, read_subscription
from .web_push import Outcome, Sent

TEST_TTL_S = 60
RESULT_WAIT_S = 4
# Each request that waits for a result holds a connection to Redis.
MAX_WAITING = 8
# Longer texts would not fit into a message if every letter took four bytes.
TITLE_LIMIT = 60
BODY_LIMIT = 120


class PushTestResult(StrEnum):
    """The result of a test push."""

    SENT = "sent"  # accepted by a push service, or still on its way there
    NO_SUBSCRIPTION = "no subscription"
    STALE_REMOVED = "stale removed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PushTest:
    """A test push that was requested."""

    party_id: str
    text: Text
    path: str


class PushService:
    """The use cases of push. Each may raise UnknownParty and Unavailable."""

    def __init__(
        self,
        redis: Redis,
        waitlist: Waitlist,
        subscriptions: Subscriptions,
        jobs: NotificationJobs,
        extra_origins: Iterable[str],
        clock: Callable[[], int],
        result_wait_s: int = RESULT_WAIT_S,
    ) -> None:
        self._redis = redis
        self._waitlist = waitlist
        self._subscriptions = subscriptions
        self._jobs = jobs
        self._extra_origins = frozenset(extra_origins)
        self._clock = clock
        self.result_wait_s = result_wait_s
        self._waiting = threading.BoundedSemaphore(MAX_WAITING)

    def read(self, raw: object, page_origin: str, language: str | None = None) -> Subscription:
        """Return a subscription that can be used. Raises BadSubscription."""
        subscription = read_subscription(raw, page_origin, language)
        if not is_known_service(subscription.endpoint, self._extra_origins):
            raise BadSubscription("unknown_service", "Unknown push service")
        return subscription

    def subscribe(self, session_id: str, party_id: str, subscription: Subscription) -> None:
        """Notify the party on this device too, and confirm its place on its first device."""
        code = self._active(session_id, party_id)["code"]
        self._subscriptions.add(
            code,
            party_id,
            subscription,
            self._clock(),
            lambda pipe: self._jobs.confirm(pipe, code, party_id),
            unless=self._jobs.confirmation_key(party_id),
        )
        try:
            guest = self._active(session_id, party_id)["guests"][party_id]
        except UnknownParty:
            # The party, or even the day, has ended in between.
            self._subscriptions.remove(code, party_id, [subscription.device])
            raise
        if guest["view"]["type"] == "called":
            # The call was sent before this device subscribed, or to an endpoint that it has lost.
            number = guest["party"]["callCount"]
            device = subscription.device
            is_known = self._subscriptions.of(code, [party_id])[party_id].is_known(device)
            self._jobs.repeat_call(code, party_id, number, device, is_known)

    def unsubscribe(self, session_id: str, party_id: str, endpoint: str) -> None:
        """Remove a device; an unknown one is removed already."""
        code = self._views(session_id)["code"]
        device = Subscription(endpoint, "", "", "").device
        self._subscriptions.remove(code, party_id, [device])

    def test(
        self,
        session_id: str,
        party_id: str,
        title: str | None,
        body: str | None,
        path: str,
        language: str | None = None,
    ) -> PushTestResult:
        """Send a test push to the party's devices, and wait a few seconds for the result.

        A worker sends it. When the worker is late, or many requests wait already, the result is
        SENT: the push is on its way, and is dropped only after a minute.
        """
        views = self._active(session_id, party_id)
        code = views["code"]
        if not self._subscriptions.of(code, [party_id])[party_id].subscriptions:
            return PushTestResult.NO_SUBSCRIPTION
        in_language = language or views["guests"][party_id]["party"].get("language")
        default = notification.test_text(views, in_language)
        text = Text((title or default.title)[:TITLE_LIMIT], (body or default.body)[:BODY_LIMIT])
        test_id = secrets.token_hex(8)
        test = {"party_id": party_id, "title": text.title, "body": text.body, "path": path}
        with redis_errors(), self._redis.pipeline() as pipe:
            pipe.multi()
            pipe.set(_test(code, test_id), codec.dumps(test), ex=TEST_TTL_S)
            self._jobs.test(pipe, code, test_id)
            pipe.execute()
        if not self._waiting.acquire(blocking=False):
            return PushTestResult.SENT
        try:
            return self._wait(code, test_id)
        finally:
            self._waiting.release()

    def open_test(self, code: str, test_id: str) -> PushTest | None:
        """Return a test push that has not been sent yet, or None."""
        with redis_errors():
            text = self._redis.get(_test(code, test_id))
        if text is None:
            return None
        test = codec.loads(text)
        # One of 0.2.0 has a whole address, and is sent no more.
        path = test.get("path", "/")
        return PushTest(test["party_id"], Text(test["title"], test["body"]), path)

    def close_test(self, code: str, test_id: str, results: list[Sent]) -> None:
        """Report the outcome of a test push to the request that waits for it."""
        answer = _answer(code, test_id)
        with redis_errors(), self._redis.pipeline() as pipe:
            pipe.delete(_test(code, test_id))
            pipe.rpush(answer, _result(results).value)
            pipe.expire(answer, TEST_TTL_S)
            pipe.execute()

    def _wait(self, code: str, test_id: str) -> PushTestResult:
        for _ in range(self.result_wait_s):
            with redis_errors():
                # The connection itself times out half a second later.
                found: Any = self._redis.blpop([_answer(code, test_id)], timeout=1)
            if found:
                return PushTestResult(found[1].decode())
        return PushTestResult.SENT

    def _active(self, session_id: str, party_id: str) -> Views:
        views = self._views(session_id)
        guest = views["guests"].get(party_id)
        if guest is None or guest["view"]["type"] not in ("position", "called"):
            raise UnknownParty
        return views

    def _views(self, session_id: str) -> Views:
        try:
            views = self._waitlist.fresh_snapshot(session_id.partition("-")[0]).views
        except UnknownQueue:
            raise UnknownParty from None
        if not secrets.compare_digest(views["sessionId"].encode(), session_id.encode()):
            raise UnknownParty
        return views


def _result(results: list[Sent]) -> PushTestResult:
    outcomes = {sent.outcome for sent in results}
    if outcomes & {Outcome.ACCEPTED, Outcome.UNDER_WAY}:
        return PushTestResult.SENT
    if outcomes <= {Outcome.GONE}:
        return PushTestResult.STALE_REMOVED
    return PushTestResult.FAILED


def _test(code: str, test_id: str) -> str:
    return f"queueup:{{{code}}}:test:{test_id}"


def _answer(code: str, test_id: str) -> str:
    return f"{_test(code, test_id)}:answer"
