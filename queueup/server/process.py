"""Managed processes: their output is shown, and they are restarted when they exit."""

import contextlib
import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import IO

from . import stdio

log = logging.getLogger(__name__)

Launch = Callable[[], subprocess.Popen[bytes]]

NAME_WIDTH = 9
HEALTHY_S = 10
FIRST_PAUSE_S = 0.1
LAST_LINES_S = 1
LONGEST_PAUSE_S = 5.0
PR_SET_PDEATHSIG = 1  # prctl(2)


class ManagedProcess:
    """One process of the program, with the processes that it starts itself."""

    def __init__(self, name: str, launch: Launch) -> None:
        self.name = name
        self.process: subprocess.Popen[bytes] | None = None
        self._launch = launch
        self._pause_s = FIRST_PAUSE_S
        self._started_at = 0.0
        self._start_at = 0.0
        self._lines: threading.Thread | None = None

    @property
    def is_alive(self) -> bool:
        """Tell whether the process runs."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the process and show its output."""
        self.process = self._launch()
        self._started_at = time.monotonic()
        self._lines = threading.Thread(
            target=_show_lines, args=(self.name, self.process.stdout), daemon=True
        )
        self._lines.start()

    def restart_if_exited(self) -> None:
        """Restart the process if it has exited; the pause grows while it keeps exiting."""
        if self.process is None:
            if time.monotonic() >= self._start_at:
                self.start()
        elif not self.is_alive:
            now = time.monotonic()
            if now - self._started_at > HEALTHY_S:
                self._pause_s = FIRST_PAUSE_S
            log.warning(
                "%s exited (%s), restarting in %.1f s",
                self.name,
                _ending(self.process.returncode),
                self._pause_s,
            )
            self._start_at = now + self._pause_s
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
            self.kill_group()

    def terminate(self) -> None:
        """Send SIGTERM: work in progress is finished first."""
        if self.process is not None and self.is_alive:
            self.process.terminate()

    def quit(self) -> None:
        """Send SIGQUIT: work in progress is no longer waited for."""
        if self.process is not None and self.is_alive:
            self.process.send_signal(signal.SIGQUIT)

    def kill_group(self) -> None:
        """Kill what is left of the process and of those that it started.

        Returns when its last lines, which may say why it exited, are about to be shown.
        """
        if self.process is None or self._lines is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._lines.join(LAST_LINES_S)
        if self.process.stdout is not None and not self._lines.is_alive():
            self.process.stdout.close()
        self.process = None


def die_with_parent() -> Callable[[], None] | None:
    """Return what a child runs between fork and exec, so that it never outlives this process.

    Linux only. The child gets SIGTERM when the thread that started it ends, so processes must be
    started by the main thread.
    """
    if not sys.platform.startswith("linux"):
        return None
    # Loaded before the fork: after it, a lock of the loader might never be released.
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def in_child() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return in_child


def spawn(
    command: list[str], env: dict[str, str], keep: tuple[int, ...] = ()
) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own that inherits these file descriptors."""
    return subprocess.Popen(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=keep,
        # Ctrl-C reaches only the supervisor, which then stops the others in the right order.
        start_new_session=True,
        preexec_fn=die_with_parent(),
    )


def _show_lines(name: str, lines: IO[bytes] | None) -> None:
    for line in lines or ():
        text = line.decode(errors="replace").rstrip()
        # JSON logs are for programs: keep one object a line.
        stdio.show(text if text.startswith("{") else f"{name:{NAME_WIDTH}} | {text}")


def _ending(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"
