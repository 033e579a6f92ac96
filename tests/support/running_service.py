"""The whole program as an operator starts it, for tests that need the real thing."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
# Only there so that a test that waits in vain ends.
PATIENCE_S = 120
READY = "QueueUp is ready: "

# How the command line of each part is known.
PARTS = {
    "web": "gunicorn",
    "urgent": "worker.py urgent",
    "later": "worker.py later",
    "scheduler": "worker.py scheduler",
    "redis": "-server ",
}


class Service:
    """`python app.py` on a free port of this machine, with a data folder of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.data = folder
        self.env = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "HOST": "127.0.0.1",
            "PORT": str(free_port()),
            "QUEUEUP_DATA": str(folder),
            "RATE_LIMITS": "0",
            **settings,
        }
        self.url = f"http://127.0.0.1:{self.env['PORT']}"
        self.lines: list[str] = []
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Service":
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> "Service":
        """Start it, again on the same data if it ran before, and wait until it is ready."""
        self.launch()
        self.wait_for_line(READY)
        return self

    def launch(self, is_read: bool = True) -> "Service":
        """Start it without waiting; unless it is read, nobody takes what it says."""
        self.lines = []
        self.process = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader: threading.Thread | None = None
        if is_read:
            self.read()
        return self

    def read(self) -> None:
        """Take what it says from now on, and what it has said before."""
        assert self.process is not None
        if self._reader is None:
            self._reader = threading.Thread(
                target=self._read, args=(self.process.stdout, self.lines), daemon=True
            )
            self._reader.start()

    def stop(self) -> int:
        """Stop it as an operator does, and return its exit code."""
        if self.process is None:
            return 0
        self.process.terminate()
        return self.wait()

    def wait(self) -> int:
        """Wait until it ends by itself and all its lines are read, and return its exit code."""
        assert self.process is not None
        code = self.process.wait(PATIENCE_S)
        if self._reader is not None:
            self._reader.join(PATIENCE_S)
        return code

    def has_ended(self) -> bool:
        """Tell whether it was stopped or killed."""
        return self.process is None or self.process.poll() is not None

    def kill(self, part: str) -> int:
        """Kill one part (-9), or the "supervisor", and return the process id it had."""
        pid = self.pid(part)
        os.kill(pid, signal.SIGKILL)
        if part == "supervisor":
            self.wait()
        return pid

    def kill_everything(self) -> None:
        """Kill all processes at once (-9), as a power cut would."""
        pids = self.pids()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.wait()

    def pause(self, part: str) -> None:
        """Let one part answer no more, without ending it."""
        os.kill(self.pid(part), signal.SIGSTOP)

    def resume(self, part: str) -> None:
        """Let a paused part go on."""
        os.kill(self.pid(part), signal.SIGCONT)

    def pid(self, part: str) -> int:
        """Return the process id of a part, as soon as it has one."""
        assert self.process is not None
        if part == "supervisor":
            return self.process.pid
        return eventually(lambda: self._running(PARTS[part]))

    def pids(self) -> list[int]:
        """Return the process ids of everything that runs."""
        assert self.process is not None
        return [self.process.pid, *self.pids_below(self.process.pid)]

    @staticmethod
    def pids_below(pid: int) -> list[int]:
        """Return the process ids of all that a process has started."""
        found = _children(pid)
        for child in found:
            found += _children(child)
        return found

    def wait_for_line(self, text: str) -> str:
        """Return the first line that holds this text, as soon as it is said."""
        return eventually(self._line, text)

    def _line(self, text: str) -> str | None:
        for line in list(self.lines):
            if text in line:
                return line
        if self.process is not None and self.process.poll() is not None:
            raise AssertionError("It has ended:\n" + "\n".join(self.lines))
        return None

    def _running(self, command: str) -> int | None:
        assert self.process is not None
        for pid in _children(self.process.pid):
            if command in _command(pid):
                return pid
        return None

    @staticmethod
    def _read(output: IO[str] | None, lines: list[str]) -> None:
        for line in output or ():
            lines.append(line.rstrip("\n"))
        if output is not None:
            output.close()


def eventually(ask, *arguments):
    """Ask until there is an answer, and return it."""
    started = time.monotonic()
    while time.monotonic() - started < PATIENCE_S:
        answer = ask(*arguments)
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(f"It did not happen within {PATIENCE_S} s: {ask} {arguments}")


def is_running(pid: int) -> bool:
    """Tell whether a process exists and is not only waiting to be buried."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for path in Path("/proc").glob(f"{pid}/task/*/children"):
        found += [int(child) for child in _text(path).split()]
    return found


def _command(pid: int) -> str:
    return _text(Path(f"/proc/{pid}/cmdline")).replace("\0", " ")


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
