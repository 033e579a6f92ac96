"""A socket made fit for flask-sock: sends are whole, never wait, and end when nobody reads."""

import socket
import threading
import time
from contextlib import suppress
from typing import Any

# Kept small, or the system would store megabytes for each reader that has stopped reading.
SEND_BUFFER = 64 * 1024
BACKLOG = 64
WRITE_S = 20
LINGER_S = 1.0
DRAINED = 64 * 1024


class NonBlockingSocket:
    """Stands in for a socket, whose sends it takes over.

    What does not fit into the system's buffer at once follows from a thread, in order, so a slow
    reader keeps nobody waiting. All that is sent goes through here, so frames never mix: greenlets
    change over only where they wait, and `send` does not wait.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        # Screens are silent for hours, and the web server's patience is for requests.
        sock.settimeout(None)
        self._sock = sock
        self._backlog: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        """Leave everything else to the socket."""
        return getattr(self._sock, name)

    def send(self, frame: bytes) -> int:
        """Take a frame to be sent whole; a reader too far behind is cut off instead."""
        rest = frame if self._backlog else self._send_now(frame)
        if len(self._backlog) >= BACKLOG:
            self.cut()
        elif rest:
            self._backlog.append(rest)
            if len(self._backlog) == 1:
                threading.Thread(target=self._send_rest, name="wire", daemon=True).start()
        return len(frame)

    def close(self) -> None:
        """Leave the closing to the web server, which opened the socket."""

    def cut(self) -> None:
        """End the connection at once; whoever reads or writes notices."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def hang_up(self, reader: threading.Thread) -> None:
        """Let what is on its way arrive, for a second at most, and end the connection."""
        deadline = time.monotonic() + LINGER_S
        while self._backlog and time.monotonic() < deadline:
            time.sleep(0.02)
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
            reader.join(max(0.0, deadline - time.monotonic()))
            # To close with input unread would reset the connection, and our last frame with it.
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
        # The web server may have closed the socket by the time this thread has its turn.
        try:
            self._sock.settimeout(WRITE_S)
            while self._backlog:
                self._sock.sendall(self._backlog[0])
                self._backlog.pop(0)
            self._sock.settimeout(None)
        except OSError:
            self.cut()
