"""How long the web server waits for a connection that says nothing, and for one that dawdles."""

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
# After a poll comes the next one, ten seconds or so later: until then an idle connection is worth
# less than the place that it takes. A load test's next poll comes at once.
AFTER_POLL_S = 0.25
POLL = "/snapshot"
# For the whole body, however often a little of it arrives.
BODY_S = 15
# Bytes, more than the app reads of any body.
READ_AHEAD = 20_000
# For each answer to be taken: most fit into the system's buffer at once.
TAKEN_S = 30
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class SlowClientWorker(GeventWorker):  # type: ignore[misc]  # gunicorn is not typed
    """Answers one connection a greenlet, and holds none for ever."""

    def handle_request(self, listener: Any, req: Request, sock: socket.socket, addr: Any) -> None:
        """Answer a request once its body is here; who does not take the answer is left."""
        _await_body(req, sock)
        sock.settimeout(TAKEN_S)
        try:
            super().handle_request(listener, req, sock, addr)
        except TimeoutError:
            raise StopIteration from None  # gunicorn's word for an ended connection
        sock.settimeout(None)


def _await_body(req: Request, sock: socket.socket) -> None:
    """Wait for what the app will read of the body, so that it never waits for a client itself.

    Raises StopIteration for a body that is late, and what gunicorn makes a 400 of.
    """
    if req._expected_100_continue:
        # gunicorn would say this later, and whoever expects it would wait for us meanwhile.
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
    """Waits for a connection's next request by what the last one was."""

    def timeout_ctx(self) -> gevent.Timeout:
        """Limit the wait for the next request."""
        return gevent.Timeout(getattr(gevent.getcurrent(), "wait_s", FIRST_S), False)

    def handle_request(self, listener: Any, req: Request, sock: socket.socket, addr: Any) -> None:
        """Answer a request, and note what is likely to follow it."""
        gevent.getcurrent().wait_s = AFTER_POLL_S if req.path.endswith(POLL) else AFTER_PAGE_S
        super().handle_request(listener, req, sock, addr)
