"""How long the web server waits for a connection that says nothing, and for one that dawdles."""

import socket
import time
from typing import Any

import gevent
from gunicorn.http.body import Body
from gunicorn.http.errors import ParseException
from gunicorn.http.message import Request
from gunicorn.workers.ggevent import GeventWorker

# A phone with one bar of signal needs this long to get its first request through.
FIRST_S = 15
# After a page come its styles and scripts, over the same connection.
AFTER_PAGE_S = 5
# After a poll comes the next one, ten seconds or so later: until then an idle connection is worth
# less than the place that it takes. A load test's next poll comes at once.
AFTER_POLL_S = 0.25
POLL = "/snapshot"
# For the whole body, once somebody wants it, however often a little of it arrives.
BODY_S = 15
# For each answer to be taken: most fit into the system's buffer at once.
TAKEN_S = 30


class HurriedReader:
    """Reads a body for gunicorn's `Body`; one that is late or malformed is a failure to read."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader
        self._late_at: float | None = None

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes. Raises TimeoutError, and OSError for what is no body."""
        if self._late_at is None:
            self._late_at = time.monotonic() + BODY_S
        left_s = self._late_at - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("the body is late")
        try:
            with gevent.Timeout(left_s, TimeoutError("the body is late")):
                found: bytes = self._reader.read(size)
                return found
        except ParseException as error:
            # The framework knows OSError as a bad request; anything else would be our failure.
            raise OSError("the body is malformed") from error


class PatientWorker(GeventWorker):  # type: ignore[misc]  # gunicorn is not typed
    """Answers one connection a greenlet, and holds none for ever."""

    def handle_request(self, listener: Any, req: Request, sock: socket.socket, addr: Any) -> None:
        """Answer a request; whoever does not send its body or take its answer is left."""
        req.body = Body(HurriedReader(req.body.reader))
        sock.settimeout(TAKEN_S)
        try:
            super().handle_request(listener, req, sock, addr)
        except TimeoutError:
            raise StopIteration from None  # gunicorn's word for an ended connection
        sock.settimeout(None)


class PhonesWorker(PatientWorker):
    """Waits for a connection's next request by what the last one was."""

    def timeout_ctx(self) -> gevent.Timeout:
        """Limit the wait for the next request."""
        return gevent.Timeout(getattr(gevent.getcurrent(), "wait_s", FIRST_S), False)

    def handle_request(self, listener: Any, req: Request, sock: socket.socket, addr: Any) -> None:
        """Answer a request, and note what is likely to follow it."""
        gevent.getcurrent().wait_s = AFTER_POLL_S if req.path.endswith(POLL) else AFTER_PAGE_S
        super().handle_request(listener, req, sock, addr)
