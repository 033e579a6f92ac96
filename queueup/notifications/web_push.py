"""The Web Push client (RFC 8030, 8188, 8291, 8292), with an SSRF guard; outcomes are typed."""

import email.utils
import ipaddress
import re
import socket
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from queueup import metrics
from queueup.circuit_breaker import CircuitBreaker
from queueup.vapid import Tokens

from .push_services import is_known_service, origin_of, service_of
from .subscriptions import Subscription

TIMEOUT_S = (3.0, 5.0)  # to connect, and between two bytes of the answer

# Every push service accepts 4,096 bytes; encryption adds 103.
PAYLOAD_LIMIT = 3_000

RETRY_AFTER_LIMIT_S = 3600
REASON_LIMIT = 160


class Outcome(Enum):
    """The outcome of sending one message to one device."""

    ACCEPTED = "accepted"
    GONE = "gone"  # the browser has unsubscribed: remove this subscription
    REFUSED = "refused"  # the same message would be refused again
    TRY_AGAIN = "try again"
    UNREACHED = "unreached"  # no answer: the service is away, or its name leads nowhere
    UNDER_WAY = "under way"  # not answered yet


@dataclass(frozen=True, slots=True)
class Sent:
    """The result of a send; `retry_after_s` is what the push service asked for, if it did."""

    outcome: Outcome
    reason: str = ""
    retry_after_s: int | None = None

    @property
    def is_worth_retrying(self) -> bool:
        """Tell whether the same message may arrive later."""
        return self.outcome in (Outcome.TRY_AGAIN, Outcome.UNREACHED, Outcome.UNDER_WAY)


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its JSON, for how long (s) it may wait for the device, and what it replaces."""

    payload: bytes
    ttl_s: int
    urgency: str
    topic: str


class PushSender:
    """Sends to known push services only, over persistent connections."""

    def __init__(
        self,
        private_key: str,
        subject: str,
        extra_origins: Iterable[str] = (),
        timeout_s: tuple[float, float] = TIMEOUT_S,
    ) -> None:
        self._tokens = Tokens(private_key, subject)
        self._extra_origins = frozenset(extra_origins)
        self._timeout_s = timeout_s
        self._local = threading.local()
        self._breakers: dict[str, CircuitBreaker] = {}

    def send(self, subscription: Subscription, message: Message) -> Sent:
        """Send one message to one device and wait for the push service's response.

        Whatever a guest's device has subscribed with, this returns and never raises: an exception
        would fail the job of all devices.
        """
        try:
            sent = self._send(subscription, message)
        except Exception as error:
            # Only its type: the text may contain the endpoint, with which anyone can send.
            sent = Sent(Outcome.REFUSED, type(error).__name__)
        service = service_of(subscription.endpoint)
        metrics.PUSHES.labels(service, sent.outcome.value).inc()
        return sent

    def _send(self, subscription: Subscription, message: Message) -> Sent:
        # Web processes build the sender too but never send: spare them 20 MB.
        from py_vapid import VapidException
        from pywebpush import WebPusher, WebPushException

        if len(message.payload) > PAYLOAD_LIMIT:
            return Sent(Outcome.REFUSED, f"a push payload of {len(message.payload)} bytes")
        if not is_known_service(subscription.endpoint, self._extra_origins):
            return Sent(Outcome.REFUSED, "not a known push service")
        origin = origin_of(subscription.endpoint)
        breaker = self._breakers.get(origin)
        if breaker is not None and (pause_s := breaker.remaining_s):
            reason = "its push service has just timed out"
            return Sent(Outcome.UNREACHED, reason, int(pause_s) + 1)
        browser = {
            "endpoint": subscription.endpoint,
            "keys": {"p256dh": subscription.p256dh, "auth": subscription.auth},
        }
        try:
            headers = {
                "Authorization": self._tokens.token(origin),
                "Urgency": message.urgency,
                "Topic": message.topic,
            }
            answer = WebPusher(browser, requests_session=self._session()).send(
                message.payload, headers, ttl=message.ttl_s, timeout=self._timeout_s
            )
        except requests.Timeout:
            # One push service that hangs must not delay the messages to the others.
            self._trip(origin)
            return Sent(Outcome.UNREACHED, "timeout")
        except (ValueError, IndexError, VapidException, WebPushException) as error:
            # This device cannot be signed or encrypted for. Raising would fail the whole job, and
            # each retry would send to all the other devices again. Some of these are
            # RequestExceptions, too.
            return Sent(Outcome.REFUSED, type(error).__name__)
        except requests.RequestException as error:
            return Sent(Outcome.UNREACHED, type(error).__name__)
        return _sent(answer)

    def _trip(self, origin: str) -> None:
        # Guests choose the names of some services, so closed breakers must not pile up.
        still_open = {name: one for name, one in self._breakers.items() if one.remaining_s}
        breaker = CircuitBreaker(sum(self._timeout_s))
        breaker.trip()
        self._breakers = still_open | {origin: breaker}

    def _session(self) -> requests.Session:
        # Sessions are not thread-safe, and their connections are worth keeping.
        if not hasattr(self._local, "session"):
            self._local.session = _Session(self._extra_origins)
        session: requests.Session = self._local.session
        return session


class _Session(requests.Session):
    """A session without proxies, redirects and retries.

    Only origins in PUSH_EXTRA_ORIGINS may be in a private network.
    """

    def __init__(self, extra_origins: Iterable[str]) -> None:
        super().__init__()
        self.trust_env = False
        self.mount("https://", _PublicAdapter())
        for origin in extra_origins:
            self.mount(f"{origin}/", HTTPAdapter(max_retries=0))

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["allow_redirects"] = False
        return super().request(*args, **kwargs)


class _PublicAdapter(HTTPAdapter):
    """The SSRF guard: requests go by HTTPS to public addresses only, without retries."""

    def __init__(self) -> None:
        super().__init__(max_retries=0)
        self.poolmanager.pool_classes_by_scheme = {"https": _PublicPool}


class _PublicConnection(HTTPSConnection):
    """A connection that checks which address it has reached before it sends anything."""

    def _new_conn(self) -> socket.socket:
        # Resolving the name beforehand would prove nothing: it may resolve differently next time.
        reached = super()._new_conn()
        if not ipaddress.ip_address(reached.getpeername()[0]).is_global:
            reached.close()
            raise NewConnectionError(self, "the name resolves to an address that is not public")
        return reached


class _PublicPool(HTTPSConnectionPool):
    """A pool of such connections."""

    ConnectionCls = _PublicConnection


def _sent(answer: requests.Response) -> Sent:
    status = answer.status_code
    if 200 <= status < 300:
        return Sent(Outcome.ACCEPTED)
    reason = f"{status} {_excerpt(answer.text)}".strip()
    if status in (404, 410):
        return Sent(Outcome.GONE, reason)
    if status in (408, 429) or status >= 500:
        return Sent(Outcome.TRY_AGAIN, reason, _retry_after_s(answer.headers.get("Retry-After")))
    return Sent(Outcome.REFUSED, reason)


def _excerpt(text: str) -> str:
    """Return what a log may contain of a response: short, in one line, and without URLs."""
    text = re.sub(r"https?:\S+", "", text[:2_000])
    return " ".join(re.sub(r"[^ -~]", " ", text).split())[:REASON_LIMIT]


def _retry_after_s(text: str | None) -> int | None:
    """Read a Retry-After header: seconds, or a date (RFC 9110, section 10.2.3)."""
    if text is None:
        return None
    try:
        if text.strip().isdecimal():
            seconds = int(text)
        else:
            seconds = int(email.utils.parsedate_to_datetime(text).timestamp() - time.time()) + 1
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 0), RETRY_AFTER_LIMIT_S)
