"""Load shedding: reject requests with 503, early and cheaply, when this process is overloaded.

A rejection costs a fraction of a response, so the process soon has time again; a growing queue
would serve nobody. First rejected is who asks for most: each address has its share of the time and
of the places, and whom a line knows comes before strangers. Static files and polls answered from
memory do not pass here: they cost no more than a rejection. WebSockets and operators' requests are
never rejected.
"""

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import NoReturn
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from queueup import metrics
from queueup.storage import codec
from queueup.web.client_address import client
from queueup.web.errors import MARK, NOTICE, OURS

from .senders import Senders
from .shares import Fading, Shares

log = logging.getLogger(__name__)

EXTENSION = "queueup.shedding"
BUSY = "We're very busy right now. Please try again in a moment."
# Seconds; chosen at random, so that rejected clients do not all retry at the same moment. Longer
# while many are rejected for each that is admitted, or their retries would be all that is done.
RETRY_AFTER_RANGE_S, RETRY_AFTER_MOST_S = (2, 6), 30
MEASURE_EVERY_S = 0.05
# How late the event loop may be (s); a request waits for several turns of the loop.
LATE_S = 0.25
# Reads are rejected first: a page can go on showing what it has, but a tap should succeed.
CHANGES_FACTOR = 2
# Whom the line in the path knows is rejected later than strangers: a party that waits, a host.
KNOWN_FACTOR = 2
# Strangers at one address have this part of the places, with a few at least.
PART_OF_AN_ADDRESS, FEW_PLACES = 4, 2
# The loop is always late by as much as one measurement: less says nothing.
LEAST_LATE_S = 0.08
# With fewer requests than this in one turn, a late loop means that the machine was suspended.
FEW_REQUESTS = 20
LOG_EVERY_S = 10
OPERATOR_PATHS = ("/healthz", "/readyz", "/metrics", "/ops")


class LoadSheddingMiddleware:
    """WSGI middleware that rejects requests while this process has too many in flight."""

    def __init__(
        self,
        app: WSGIApplication,
        most: int,
        senders: Senders | None = None,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._most = most
        self._senders = senders or Senders()
        self._stopwatch = stopwatch
        self._shares = Shares(stopwatch)
        self._admitted, self._rejected = Fading(stopwatch), Fading(stopwatch)
        self._in_flight = 0
        self._in_flight_of: Counter[str] = Counter()
        self._accept_queue = 0
        self._last_turn_at: float | None = None
        self._this_turn = 0
        self._logged_at = float("-inf")

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Pass the request to the app, or answer 503 with Retry-After."""
        if _is_always_admitted(environ):
            return self._app(environ, start)
        who, is_known = client(environ.get("REMOTE_ADDR")), self._senders.is_known(environ)
        is_read = environ["REQUEST_METHOD"] in ("GET", "HEAD")
        if self._is_overloaded(who, is_known, is_read):
            return self._refuse(environ, start)
        self._shares.count(who, is_known)
        self._admitted.add()
        self._in_flight += 1
        self._this_turn += 1
        if not is_known:
            self._in_flight_of[who] += 1
        try:
            return self._app(environ, start)
        finally:
            self._in_flight -= 1
            if not is_known:
                self._in_flight_of[who] -= 1
                if not self._in_flight_of[who]:
                    del self._in_flight_of[who]

    def watch(self, accept_queue_length: Callable[[], int]) -> None:
        """Start to measure the lag of the event loop and the length of the accept queue."""
        threading.Thread(
            target=self._measure_lag, args=(accept_queue_length,), name="measure-lag", daemon=True
        ).start()

    def _measure_lag(self, accept_queue_length: Callable[[], int]) -> NoReturn:
        while True:
            self.begin_turn(accept_queue_length())
            time.sleep(MEASURE_EVERY_S)

    def begin_turn(self, accept_queue_length: int) -> None:
        """Note that the event loop has come round, and how many connections are not accepted."""
        self._accept_queue = accept_queue_length
        self._this_turn = 0
        self._last_turn_at = self._stopwatch()

    def _is_overloaded(self, who: str, is_known: bool, is_read: bool) -> bool:
        factor = (1 if is_read else CHANGES_FACTOR) * (KNOWN_FACTOR if is_known else 1)
        if self._in_flight >= self._most or self._accept_queue >= self._most * factor:
            return True
        places = max(FEW_PLACES, self._most // PART_OF_AN_ADDRESS)
        if not is_known and self._in_flight_of[who] >= places:
            return True
        if self._this_turn < FEW_REQUESTS or self._last_turn_at is None:
            return False
        late_s = max(LEAST_LATE_S, LATE_S * factor * self._shares.of(who, is_known))
        return self._stopwatch() - self._last_turn_at > late_s

    def _refuse(self, environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        metrics.SHED.inc()
        now = self._stopwatch()
        if now - self._logged_at > LOG_EVERY_S:
            self._logged_at = now
            counts = {"in_flight": self._in_flight, "accept_queue_length": self._accept_queue}
            log.warning("overloaded: rejecting requests with 503", extra=counts)
        self._rejected.add()
        times = 1 + self._rejected.lately() / max(1.0, self._admitted.lately())
        least_s, most_s = RETRY_AFTER_RANGE_S
        wait_s = random.uniform(least_s, min(RETRY_AFTER_MOST_S, most_s * times))
        retry_after_s = str(round(wait_s))
        headers = [
            ("Retry-After", retry_after_s),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            (NOTICE, quote(BUSY)),
            (OURS, MARK),
        ]
        if environ.get("PATH_INFO", "").startswith("/api/"):
            body, mimetype = codec.dumps({"error": BUSY}).encode(), "application/json"
        else:
            body, mimetype = BUSY.encode(), "text/plain; charset=utf-8"
            if environ["REQUEST_METHOD"] == "GET":
                # Makes a browser reload the page by itself.
                headers.append(("Refresh", retry_after_s))
        headers += [("Content-Type", mimetype), ("Content-Length", str(len(body)))]
        status = HTTPStatus.SERVICE_UNAVAILABLE
        start(f"{status.value} {status.phrase}", headers)
        # Yield to the other connections of this process.
        time.sleep(0)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def _is_always_admitted(environ: WSGIEnvironment) -> bool:
    path: str = environ.get("PATH_INFO", "")
    # A WebSocket lasts for hours and has limits of its own.
    is_socket = "HTTP_UPGRADE" in environ and path.endswith("/connect")
    return is_socket or path in OPERATOR_PATHS
