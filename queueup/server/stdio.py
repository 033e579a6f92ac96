"""Non-blocking standard output and error: lines are queued, and a thread writes them.

A write blocks for ever when a terminal is stopped (Ctrl-S), a log driver hangs, or nobody reads a
pipe. Lines then wait in a bounded queue; those beyond it are dropped, and counted.
"""

import contextlib
import os
import select
import sys
import threading
import time
from collections import deque
from typing import TextIO

# A few seconds of logs in a busy hour.
LINES = 2_000
# How long the last lines of a program may delay its exit.
FINISH_S = 2


class NonBlockingWriter:
    """A queue of lines for one stream."""

    def __init__(self, stream: TextIO | None) -> None:
        # Only its file descriptor is used: on exit, Python would wait for the stream's lock.
        self._number = None if stream is None else stream.fileno()
        self._encoding = "utf-8" if stream is None else stream.encoding
        self._changed = threading.Condition()
        self._waiting: deque[str] = deque()
        self._dropped = 0
        self._is_writing = False
        self._writer: threading.Thread | None = None

    def write(self, lines: str, /) -> None:
        """Enqueue whole lines, to be written together; never wait."""
        with self._changed:
            if self._number is None:
                return
            # Once some are dropped, all are until there is room, so that one line can report them.
            if self._dropped or len(self._waiting) >= LINES:
                self._dropped += lines.count("\n")
                return
            self._waiting.append(lines)
            if self._writer is None:
                self._writer = threading.Thread(target=self._write_all, daemon=True)
                self._writer.start()
            self._changed.notify_all()

    def finish(self, until: float) -> None:
        """Return when everything is written, or at this time of the monotonic clock."""
        with self._changed:
            self._changed.wait_for(
                lambda: not self._waiting and not self._is_writing, until - time.monotonic()
            )

    def _write_all(self) -> None:
        while True:
            with self._changed:
                self._is_writing = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._waiting)
                lines = self._waiting.popleft()
                self._is_writing = True
                if self._dropped and len(self._waiting) <= LINES // 2:
                    self._waiting.append(
                        f"QueueUp dropped {self._dropped} log lines: the output was blocked.\n"
                    )
                    self._dropped = 0
            # A closed pipe is no reason to stop.
            with contextlib.suppress(OSError):
                self._put(lines.encode(self._encoding, "replace"))

    def _put(self, text: bytes) -> None:
        """Write everything. Raises OSError."""
        if self._number is None:
            return
        while text:
            try:
                text = text[os.write(self._number, text) :]
            except BlockingIOError:
                # The descriptor was made non-blocking by the program that started us.
                select.select([], [self._number], [])


out = NonBlockingWriter(sys.__stdout__)
errors = NonBlockingWriter(sys.__stderr__)


def show(text: str) -> None:
    """Write lines to standard output."""
    out.write(text + "\n")


def show_error(text: str) -> None:
    """Write lines to standard error, after everything queued for standard output."""
    out.finish(time.monotonic() + FINISH_S)
    errors.write(text + "\n")


def finish() -> None:
    """Return when everything is written, or after a moment."""
    until = time.monotonic() + FINISH_S
    for writer in (out, errors):
        writer.finish(until)
