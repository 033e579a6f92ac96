"""Takes the port, which some proxies add, off the client's address."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from queueup.web import client_address


class PlainAddressMiddleware:
    """WSGI middleware that leaves a plain address of the client, or none."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Pass the request on with a plain address, or none."""
        environ["REMOTE_ADDR"] = client_address.plain(environ.get("REMOTE_ADDR", ""))
        return self._app(environ, start)
