"""What the program itself writes out: whole lines, for which nobody waits but a thread of theirs.

A write takes for ever when a terminal is held (Ctrl-S), a log driver hangs, or nobody reads a pipe.
Some lines wait for it meanwhile; more are left out, and counted.
"""

import contextlib
import os
import select
import sys
import threading
import time
from collections import deque
from typing import TextIO

# Some seconds of a full house.
LINES = 2_000
# For the last lines of a program that ends, together.
MOMENT_S = 2


class Output:
    """Lines on their way to one output, in their order."""

    def __init__(self, stream: TextIO | None) -> None:
        # The stream itself stays unused: at its end Python would wait for whoever writes to it.
        self._number = None if stream is None else stream.fileno()
        self._encoding = "utf-8" if stream is None else stream.encoding
        self._changed = threading.Condition()
        self._waiting: deque[str] = deque()
        self._left_out = 0
        self._is_writing = False
        self._writer: threading.Thread | None = None

    def write(self, lines: str) -> None:
        """Have whole lines written, together, when their turn comes; never wait."""
        with self._changed:
            if self._number is None:
                return
            # Once some are left out, all are until there is room: it is then said once for all.
            if self._left_out or len(self._waiting) >= LINES:
                self._left_out += lines.count("\n")
                return
            self._waiting.append(lines)
            if self._writer is None:
                self._writer = threading.Thread(target=self._write_all, daemon=True)
                self._writer.start()
            self._changed.notify_all()

    def finish(self, until: float) -> None:
        """Return when everything is written, or else at this time of the monotonic clock."""
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
                if self._left_out and len(self._waiting) <= LINES // 2:
                    self._waiting.append(
                        f"QueueUp left out {self._left_out} lines here: nobody read them.\n"
                    )
                    self._left_out = 0
            # That nobody listens any more is no reason to stop.
            with contextlib.suppress(OSError):
                self._put(lines.encode(self._encoding, "replace"))

    def _put(self, text: bytes) -> None:
        """Write until it is written. Raises OSError."""
        if self._number is None:
            return
        while text:
            try:
                text = text[os.write(self._number, text) :]
            except BlockingIOError:
                # Whoever started us lets nobody wait in a write.
                select.select([], [self._number], [])


out = Output(sys.__stdout__)
errors = Output(sys.__stderr__)


def show(text: str) -> None:
    """Write lines to standard output."""
    out.write(text + "\n")


def complain(text: str) -> None:
    """Write lines to standard error, below what was on its way to standard output."""
    out.finish(time.monotonic() + MOMENT_S)
    errors.write(text + "\n")


def finish() -> None:
    """Return when all is written, or after a moment."""
    until = time.monotonic() + MOMENT_S
    for output in (out, errors):
        output.finish(until)
