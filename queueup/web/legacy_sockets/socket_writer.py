"""A socket wrapper for flask-sock whose sends are atomic and never block."""

import socket
import threading
import time
from contextlib import suppress
from typing import Any

# Small, or the kernel would buffer megabytes for each client that has stopped reading.
SEND_BUFFER = 64 * 1024
BACKLOG = 64
WRITE_S = 20
LINGER_S = 1.0
DRAINED = 64 * 1024


class NonBlockingSocket:
    """Wraps a socket and takes over its sends.

    What does not fit into the kernel's buffer is sent by a thread, in order, so that a slow reader
    delays nobody. All sends pass here, so frames never interleave: greenlets switch only where they
    block, and `send` does not.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        # Clients are silent for hours; the web server's timeout is meant for requests.
        sock.settimeout(None)
        self._sock = sock
        self._backlog: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        """Delegate everything else to the socket."""
        return getattr(self._sock, name)

    def send(self, frame: bytes) -> int:
        """Queue a whole frame; disconnect a reader that is too far behind."""
        rest = frame if self._backlog else self._send_now(frame)
        if len(self._backlog) >= BACKLOG:
            self.cut()
        elif rest:
            self._backlog.append(rest)
            if len(self._backlog) == 1:
                threading.Thread(target=self._send_rest, name="wire", daemon=True).start()
        return len(frame)

    def close(self) -> None:
        """Do nothing: the web server, which opened the socket, closes it."""

    def cut(self) -> None:
        """Shut the connection down at once, for reads and writes."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def hang_up(self, reader: threading.Thread) -> None:
        """Wait up to a second for pending frames, then shut the connection down."""
        deadline = time.monotonic() + LINGER_S
        while self._backlog and time.monotonic() < deadline:
            time.sleep(0.02)
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
            reader.join(max(0.0, deadline - time.monotonic()))
            # Closing with unread input would reset the connection and lose our last frame.
            while not reader.is_alive() and (left := deadline - time.monotonic()) > 0:
                self._sock.settimeout(left)
                if not self._sock.recv(DRAINED):
                    break
        self.cut()
        reader.join(LINGER_S)

    def _send_now(self, frame: bytes) -> bytes:
        """Send what fits at once and return the rest."""
        try:
            self._sock.settimeout(0)
            try:
                return frame[self._sock.send(frame) :]
            except BlockingIOError:
                return frame
            finally:
                self._sock.settimeout(None)
        except OSError:
            self.cut()
            return b""

    def _send_rest(self) -> None:
        # The web server may have closed the socket before this thread ran.
        try:
            self._sock.settimeout(WRITE_S)
            while self._backlog:
                self._sock.sendall(self._backlog[0])
                self._backlog.pop(0)
            self._sock.settimeout(None)
        except OSError:
            self.cut()
