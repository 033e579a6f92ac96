"""Graceful reload: replaces the web server, perhaps by another release, without losing a request.

Both listen on the same socket for a moment. The old one is stopped when all processes of the new
one are ready: it accepts no new connections, and closes the others after their next response.
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

# Longer than the web server itself waits for open connections.
STOPPING_S = WEB_GRACE_S + 5
# Starts a web server; each of its processes writes a byte to this file descriptor when it is ready.
Launch = Callable[[int | None], subprocess.Popen[bytes]]


class NewGeneration:
    """A web server that is about to replace another."""

    def __init__(self, launch: Launch, count: int) -> None:
        self._count = count
        self._reader, writer = os.pipe()
        os.set_blocking(self._reader, False)
        # Only the first start is waited for; after a restart, nobody reads the pipe.
        self._writer: int | None = writer
        self.child = ManagedProcess("web", lambda: launch(self._writer))

    def start(self) -> None:
        """Start the new web server."""
        self.child.start()
        if self._writer is not None:
            os.close(self._writer)
            self._writer = None

    def is_ready(self) -> bool:
        """Tell whether all of its processes are ready."""
        with contextlib.suppress(BlockingIOError):
            self._count -= len(os.read(self._reader, 1024))
        return self._count <= 0

    def end(self) -> None:
        """Stop waiting for it to be ready."""
        os.close(self._reader)


class GracefulReload:
    """Replaces the web server, one reload at a time."""

    def __init__(self, web: ManagedProcess, launch: Launch, count: int) -> None:
        self.web = web
        self._launch = launch
        self._count = count
        self._starting: NewGeneration | None = None
        self._stopping: list[tuple[ManagedProcess, float]] = []

    @property
    def children(self) -> list[ManagedProcess]:
        """Return every web server that runs: the present one, and those starting or stopping."""
        starting = [self._starting.child] if self._starting else []
        return [self.web, *starting, *(child for child, _ in self._stopping)]

    def begin(self) -> None:
        """Start a new web server, unless one is starting already."""
        if self._starting is None:
            self._starting = NewGeneration(self._launch, self._count)
            self._starting.start()

    def poll(self) -> bool:
        """Restart, stop and replace what is due; tell if a new web server has just taken over."""
        self.web.restart_if_exited()
        for child, until in list(self._stopping):
            if not child.is_alive or time.monotonic() > until:
                child.kill_group()
                self._stopping = [one for one in self._stopping if one[0] is not child]
        new = self._starting
        if new is None:
            return False
        is_ready = new.is_ready()
        if not is_ready and new.child.is_alive:
            return False
        self._starting = None
        new.end()
        if not is_ready:
            new.child.kill_group()
            log.error("The new web server did not start: the old one keeps running.")
            return False
        self.web.terminate()
        self._stopping.append((self.web, time.monotonic() + STOPPING_S))
        self.web = new.child
        stdio.show("QueueUp was reloaded: the new web server has taken over.")
        return True
