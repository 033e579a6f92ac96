"""A verifier of the bot check on this machine, which says what a test wants."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

YES = b'{"success": true}'


@dataclass
class Verifier:
    """Answers every question in the same way, and keeps what it was asked."""

    url: str
    answer: bytes | None = YES
    status: int = 200
    hangs: threading.Event | None = None
    asked: list[dict[str, list[str]]] = field(default_factory=list)


@contextmanager
def running_verifier() -> Iterator[Verifier]:
    """Run a real HTTP server on the loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            found.asked.append(parse_qs(self.rfile.read(length).decode()))
            if found.hangs:
                found.hangs.wait()
            if found.answer is None:
                self.close_connection = True
                return
            self.send_response(found.status)
            if found.status == 302:
                self.send_header("Location", found.url)
            self.send_header("Content-Length", str(len(found.answer)))
            self.end_headers()
            self.wfile.write(found.answer)

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Verifier(f"http://127.0.0.1:{server.server_port}/siteverify")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield found
    finally:
        if found.hangs:
            found.hangs.set()
        server.shutdown()
        server.server_close()
        thread.join()
