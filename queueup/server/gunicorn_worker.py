"""The gunicorn worker classes: how long they wait for idle connections and slow clients."""

import socket
from http import HTTPStatus
from typing import Any

import gevent
from gunicorn import util
from gunicorn.http.message import Request
from gunicorn.workers.ggevent import GeventWorker

# A phone with one bar of signal needs this long to get its first request through.
FIRST_S = 15
# After a page come its styles and scripts, over the same connection.
AFTER_PAGE_S = 5
# The next poll comes some ten seconds later, and until then an idle connection is worth less than
# the slot that it takes. A load test's next poll comes at once.
AFTER_POLL_S = 0.25
POLL = "/snapshot"
# For the whole body, even if a little of it arrives all the time.
BODY_S = 15
# Bytes, more than the app reads of any body.
READ_AHEAD = 20_000
# For each response to be received: most fit into the system's buffer at once.
TAKEN_S = 30
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


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
    """Read the body ahead, so that the app never waits for a client.

    Raises StopIteration for a body that is late, and whatever gunicorn turns into a 400.
    """
    if req._expected_100_continue:
        # gunicorn would send this later, while the client waits for it and we for the body.
        req._expected_100_continue = False
        sock.sendall(CONTINUE)
    with gevent.Timeout(BODY_S) as patience:
        try:
            found = req.body.read(READ_AHEAD)
        except gevent.Timeout as late:
            if late is not patience:
                raise
            util.write_error(sock, HTTPStatus.REQUEST_TIMEOUT, "Request Timeout", "")
            raise StopIteration from None
    req.body.buf.write(found)


class DirectClientWorker(SlowClientWorker):
    """For clients without a proxy: the kind of request limits the wait for the next one."""

    def timeout_ctx(self) -> gevent.Timeout:
        """Limit the wait for the next request."""
        return gevent.Timeout(getattr(gevent.getcurrent(), "wait_s", FIRST_S), False)

    def handle_request(self, listener: Any, req: Request, sock: socket.socket, addr: Any) -> None:
        """Handle a request, and set how long to wait for the next one."""
        gevent.getcurrent().wait_s = AFTER_POLL_S if req.path.endswith(POLL) else AFTER_PAGE_S
        super().handle_request(listener, req, sock, addr)
