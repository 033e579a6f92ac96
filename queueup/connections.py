"""How long the web server keeps a connection that says nothing."""

import socket
from typing import Any

import gevent
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


class PhonesWorker(GeventWorker):  # type: ignore[misc]  # gunicorn is not typed
    """Waits for a connection's next request by what the last one was; a greenlet a connection."""

    def timeout_ctx(self) -> gevent.Timeout:
        """Limit the wait for the next request."""
        return gevent.Timeout(getattr(gevent.getcurrent(), "wait_s", FIRST_S), False)

    def handle_request(self, listener: Any, req: Request, sock: socket.socket, addr: Any) -> None:
        """Answer a request, and note what is likely to follow it."""
        gevent.getcurrent().wait_s = AFTER_POLL_S if req.path.endswith(POLL) else AFTER_PAGE_S
        super().handle_request(listener, req, sock, addr)
