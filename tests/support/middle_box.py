"""What stands between browsers and the server: a login page, or a proxy that alters tags."""

import http.client
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

LOGIN = b"<!doctype html><title>Wi-Fi</title><h1>Log in to the Wi-Fi</h1>"
OF_THE_CONNECTION = ("connection", "keep-alive", "transfer-encoding", "content-length")
WITHOUT_A_BODY = (204, 304)


class MiddleBox:
    """Passes requests on, or answers those that `takes` names by itself."""

    def __init__(self, backend: str) -> None:
        self.backend = urlsplit(backend).netloc
        self.url = ""
        self.status = 200
        self.headers: list[tuple[str, str]] = []
        self.answered: list[str] = []
        self.takes: Callable[[str], bool] = lambda path: False
        self.change_tag: Callable[[str], str | None] = lambda tag: tag

    def answer_all(self) -> None:
        """Answer everything from now on."""
        self.takes = lambda path: True

    def answer_none(self) -> None:
        """Pass everything on again."""
        self.takes = lambda path: False

    def changed(self, headers: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Return the headers of an answer as they are passed on."""
        for name, value in headers:
            changed = self.change_tag(value) if name.lower() == "etag" else value
            if changed is not None and name.lower() not in OF_THE_CONNECTION:
                yield name, changed


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, box: MiddleBox) -> None:
        self.box = box
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _answer(self) -> None:
        box = self.server.box
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if box.takes(self.path):
            box.answered.append(self.path)
            self._send(box.status, [("Content-Type", "text/html"), *box.headers], LOGIN)
            return
        connection = http.client.HTTPConnection(box.backend, timeout=30)
        try:
            # With the Host of the browser: the server must take this address for its own.
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            self._send(answer.status, box.changed(answer.getheaders()), answer.read())
        except OSError:
            self._send(502, [], b"")
        finally:
            connection.close()

    do_GET = do_POST = do_HEAD = _answer

    def _send(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if status not in WITHOUT_A_BODY:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status not in WITHOUT_A_BODY and self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def in_front_of(backend: str) -> Iterator[MiddleBox]:
    """Run one in front of a server."""
    box = MiddleBox(backend)
    with _Server(box) as server:
        box.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield box
        server.shutdown()
