"""Replaces the running web server by a new one, perhaps of another release, with no request lost.

Both listen on the same socket for a moment. The old one is told to stop when all processes of the
new one are ready: it takes no new connection, and says on the others that each answer is the last.
"""

import contextlib
import logging
import os
import subprocess
import time
from collections.abc import Callable

from queueup.config import WEB_GRACE_S

from . import stdio
from .process import ManagedProcess

log = logging.getLogger(__name__)

# Longer than the web server's own patience with connections that are open.
LEAVE_S = WEB_GRACE_S + 5
# Starts a web server; each of its processes writes a byte to this file descriptor when it is ready.
Launch = Callable[[int | None], subprocess.Popen[bytes]]


class NewGeneration:
    """One web server that is to take the place of another."""

    def __init__(self, launch: Launch, count: int) -> None:
        self._count = count
        self._reader, writer = os.pipe()
        os.set_blocking(self._reader, False)
        # Whoever starts the part once more waits for nobody.
        self._writer: int | None = writer
        self.part = ManagedProcess("web", lambda: launch(self._writer))

    def start(self) -> None:
        """Start the new web server."""
        self.part.start()
        if self._writer is not None:
            os.close(self._writer)
            self._writer = None

    def is_ready(self) -> bool:
        """Tell whether all of its processes can answer."""
        with contextlib.suppress(BlockingIOError):
            self._count -= len(os.read(self._reader, 1024))
        return self._count <= 0

    def end(self) -> None:
        """Listen to it no longer."""
        os.close(self._reader)


class GracefulReload:
    """Makes one replacement at a time; to be tended like a part."""

    def __init__(self, web: ManagedProcess, launch: Launch, count: int) -> None:
        self.web = web
        self._launch = launch
        self._count = count
        self._coming: NewGeneration | None = None
        self._leaving: list[tuple[ManagedProcess, float]] = []

    @property
    def parts(self) -> list[ManagedProcess]:
        """Return every web server that runs: the one, and those that come and leave."""
        coming = [self._coming.part] if self._coming else []
        return [self.web, *coming, *(part for part, _ in self._leaving)]

    def begin(self) -> None:
        """Start a new web server, unless one is coming already."""
        if self._coming is None:
            self._coming = NewGeneration(self._launch, self._count)
            self._coming.start()

    def tend(self) -> bool:
        """Look after the web servers, and tell whether a new one has just taken the place."""
        self.web.restart_if_exited()
        for part, until in list(self._leaving):
            if not part.is_alive or time.monotonic() > until:
                part.kill_group()
                self._leaving = [one for one in self._leaving if one[0] is not part]
        coming = self._coming
        if coming is None:
            return False
        is_ready = coming.is_ready()
        if not is_ready and coming.part.is_alive:
            return False
        self._coming = None
        coming.end()
        if not is_ready:
            coming.part.kill_group()
            log.error("The new web server did not start; the old one goes on.")
            return False
        self.web.terminate()
        self._leaving.append((self.web, time.monotonic() + LEAVE_S))
        self.web = coming.part
        stdio.show("QueueUp is replaced: a new web server answers.")
        return True
