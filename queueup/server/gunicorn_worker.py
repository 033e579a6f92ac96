"""The gunicorn worker classes: how long they wait for idle connections and slow clients."""

import socket
from http import HTTPStatus
from typing import Any

import gevent
from gunicorn import util
from gunicorn.http.body import ChunkedReader
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.workers.ggevent import GeventWorker

from queueup.body_limits import READ_AHEAD

# A phone with one bar of signal needs this long to get its first request through.
FIRST_S = 15
# After a page come its styles and scripts, over the same connection.
AFTER_PAGE_S = 5
# The next poll comes some ten seconds later, and until then an idle connection is worth less than
# the slot that it takes. A load test's next poll comes at once.
AFTER_POLL_S = 0.25
POLL = "/snapshot"
# For all headers together. gunicorn's own limit is that of one header times their number: a
# megabyte of each connection, which is copied for each piece that arrives. Bodies are read with the
# last piece (8 KB), so that 32 KB of headers always fit.
HEADERS = 40 * 1024
# For the whole body, even if a little of it arrives all the time.
BODY_S = 15
# Of a body that is too long, so many more bytes are read and dropped: a client that is cut off
# while it sends may never read the response.
DROPPED = 4 * 1024 * 1024
# For each response to be received: most fit into the system's buffer at once.
TAKEN_S = 30
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class BoundedRequest(Request):  # type: ignore[misc]
    """A request with a limit on all of its headers together."""

    @property
    def max_buffer_headers(self) -> int:
        """Return after how many bytes without the end of the headers the request is refused."""
        return HEADERS

    @max_buffer_headers.setter
    def max_buffer_headers(self, computed: int) -> None:
        """Ignore what gunicorn computes."""


RequestParser.mesg_class = BoundedRequest


class SlowClientWorker(GeventWorker):  # type: ignore[misc]  # gunicorn is not typed
    """Serves each connection in a greenlet, with a limit on every wait for the client."""

    def handle_request(self, listener: Any, req: Request, sock: socket.socket, addr: Any) -> None:
        """Handle a request once its body is complete; drop clients that never read responses."""
        _await_body(req, sock)
        sock.settimeout(TAKEN_S)
        try:
            super().handle_request(listener, req, sock, addr)
        except TimeoutError:
            raise StopIteration from None  # how gunicorn is told that a connection has ended
        sock.settimeout(None)


def _await_body(req: Request, sock: socket.socket) -> None:
    """Read the body to its end or to READ_AHEAD, so that the app never waits for a client.

    Raises StopIteration for a body that is late, and whatever gunicorn turns into a 400.
    """
    if req._expected_100_continue:
        # gunicorn would send this later, while the client waits for it and we for the body.
        req._expected_100_continue = False
        sock.sendall(CONTINUE)
    with gevent.Timeout(BODY_S) as patience:
        try:
            found = req.body.read(READ_AHEAD)
            is_too_long = len(found) == READ_AHEAD and not _drop_rest(req)
        except gevent.Timeout as late:
            if late is not patience:
                raise
            util.write_error(sock, HTTPStatus.REQUEST_TIMEOUT, "Request Timeout", "")
            raise StopIteration from None
    if isinstance(req.body.reader, ChunkedReader):
        # Of a body without a length the app would read as much as its limit, and not know of more.
        kept = [header for header in req.headers if header[0] != "TRANSFER-ENCODING"]
        req.headers = [*kept, ("CONTENT-LENGTH", str(len(found)))]
    if is_too_long:
        req.body.reader = _Ended()
        req.must_close = True
    req.body.buf.write(found)


class _Ended:
    """What the app reads behind the part of a long body that was read ahead: nothing."""

    def read(self, size: int) -> bytes:
        """Return no bytes, without asking the client."""
        return b""


def _drop_rest(req: Request) -> bool:
    """Drop the rest of a body that no route accepts, and return whether this reached its end."""
    return any(not req.body.read(READ_AHEAD) for _ in range(DROPPED // READ_AHEAD))


class DirectClientWorker(SlowClientWorker):
    """For clients without a proxy: the kind of request limits the wait for the next one."""

    def timeout_ctx(self) -> gevent.Timeout:
        """Limit the wait for the next request."""
        return gevent.Timeout(getattr(gevent.getcurrent(), "wait_s", FIRST_S), False)

    def handle_request(self, listener: Any, req: Request, sock: socket.socket, addr: Any) -> None:
        """Handle a request, and set how long to wait for the next one."""
        gevent.getcurrent().wait_s = AFTER_POLL_S if req.path.endswith(POLL) else AFTER_PAGE_S
        super().handle_request(listener, req, sock, addr)
