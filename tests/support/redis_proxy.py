"""A way to Redis over TCP that loses, delays or replaces the answers to transactions."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from enum import Enum
from pathlib import Path

# Who waits longer than this (s) for an answer that is held back has given up.
HELD_S = 60


class Cut(Enum):
    """When the connection ends: before Redis is sent the transaction, or before its answer."""

    BEFORE = "before"
    AFTER = "after"


# What befalls a transaction: a cut, an error that Redis answers each command with, or nothing.
Fate = Cut | str | None


class RedisProxy:
    """Passes everything on, but asks `fate` what befalls each transaction."""

    def __init__(self, redis_socket: Path, fate: Callable[[], Fate] = lambda: None) -> None:
        self.fate = fate
        self.answers = threading.Event()
        self.answers.set()
        self._socket = str(redis_socket)
        self._stack = ExitStack()
        self._listener = self._stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def next(self, *fates: Fate) -> None:
        """Let these befall the next transactions, one each, and nothing the later ones."""
        coming = iter(fates)
        self.fate = lambda: next(coming, None)

    def close(self) -> None:
        """Accept no more connections, and end those that there are."""
        self.answers.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._stack.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._stack.enter_context(client)
            server = self._stack.enter_context(socket.socket(socket.AF_UNIX))
            server.connect(self._socket)
            threading.Thread(target=self._serve, args=(client, server), daemon=True).start()

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        swallows = threading.Event()
        threading.Thread(target=self._answer, args=(server, client, swallows), daemon=True).start()
        with suppress(OSError):
            for request in _requests(client):
                fate = self.fate() if b"\r\nEXEC\r\n" in request else None
                if fate is Cut.BEFORE:
                    break
                if isinstance(fate, str):
                    client.sendall(_refusal(request, fate))
                    continue
                if fate is Cut.AFTER:
                    swallows.set()
                server.sendall(request)
        if not swallows.is_set():
            _end(client, server)

    def _answer(
        self, server: socket.socket, client: socket.socket, swallows: threading.Event
    ) -> None:
        with suppress(OSError):
            while piece := server.recv(65536):
                if swallows.is_set():
                    break
                self.answers.wait(HELD_S)
                client.sendall(piece)
        _end(client, server)


@contextmanager
def proxied(redis_socket: Path) -> Iterator[RedisProxy]:
    """Run a proxy in front of a Redis."""
    proxy = RedisProxy(redis_socket)
    yield proxy
    proxy.close()


def _end(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _requests(client: socket.socket) -> Iterator[bytes]:
    """Yield what a client sends, a transaction in one piece."""
    pending = b""
    while piece := client.recv(65536):
        pending += piece
        # A client that sends MULTI by itself waits for its answer; others send all in one piece.
        is_begun = b"\r\nMULTI\r\n" in pending and not pending.endswith(b"\r\nMULTI\r\n")
        if is_begun and not pending.endswith((b"\r\nEXEC\r\n", b"\r\nDISCARD\r\n")):
            continue
        yield pending
        pending = b""


def _refusal(transaction: bytes, error: str) -> bytes:
    """Return what Redis answers when it refuses each command between MULTI and EXEC."""
    # A command begins with the count of its words; no word of ours looks like one.
    count = transaction.count(b"\r\n*") - 1
    refused = f"-{error}\r\n".encode() * count
    return b"+OK\r\n" + refused + b"-EXECABORT Transaction discarded because of errors.\r\n"
