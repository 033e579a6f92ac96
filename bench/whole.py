"""The whole program as an operator starts it, and what its processes use."""

import contextlib
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests
from redis import Redis

from bench.service import free_port, running
from queueup.config import embedded_redis_url

READY_S = 60
CACHE_BYTES, PID = "queueup_cache_bytes{", re.compile(r'pid="(\d+)"')


@dataclass(frozen=True, slots=True)
class Use:
    """What one process uses at one moment: memory of its own (MB), CPU so far (s), open files.

    `cached_mb` is what it counts in its caches.
    """

    memory_mb: float
    cpu_s: float
    files: int
    cached_mb: float = 0.0


class Whole:
    """A running `python app.py`."""

    def __init__(self, port: int, folder: Path, pid: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.redis = Redis.from_url(embedded_redis_url(folder))
        self._main = psutil.Process(pid)

    def uses(self) -> dict[str, Use]:
        """Return what each process uses, by its name."""
        return uses(self._main, self._cached_mb())

    def _cached_mb(self) -> dict[int, float]:
        """Return what each process counts in its caches (MB), by its id."""
        lines = requests.get(f"{self.url}/metrics", timeout=30).text.splitlines()
        found: dict[int, float] = {}
        for line in lines:
            if line.startswith(CACHE_BYTES) and (pid := PID.search(line)):
                size_mb = float(line.rpartition(" ")[2]) / 1e6
                found[int(pid[1])] = found.get(int(pid[1]), 0.0) + size_mb
        return found

    def figure(self, name: str) -> float:
        """Return one figure of /metrics, added up over its labels."""
        lines = requests.get(f"{self.url}/metrics", timeout=30).text.splitlines()
        found = [line for line in lines if line.startswith((f"{name} ", f"{name}{{"))]
        return sum(float(line.rpartition(" ")[2]) for line in found)


def uses(main: psutil.Process, cached_mb: Mapping[int, float] | None = None) -> dict[str, Use]:
    """Return what each process of a running program uses, by its name."""
    cached_mb = cached_mb or {}
    found: dict[str, Use] = {}
    for process in [main, *main.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess), process.oneshot():
            name = _name(process)
            while name in found:
                name = f"{name}'"
            cpu = process.cpu_times()
            memory = process.memory_full_info().uss / 1e6
            cached = cached_mb.get(process.pid, 0.0)
            found[name] = Use(memory, cpu.user + cpu.system, process.num_fds(), cached)
    return found


def own_cpu_s(pid: int | None = None) -> float:
    """Return the CPU time (s) of this process so far, or of another one."""
    cpu = psutil.Process(pid).cpu_times()
    return cpu.user + cpu.system


def load_average() -> str:
    """Return how many processes have wanted to run lately: in one minute, and in five."""
    return "{:.1f}, {:.1f}".format(*os.getloadavg())


@contextlib.contextmanager
def whole(settings: Mapping[str, str] | None = None) -> Iterator[Whole]:
    """Run everything in a folder of its own until the block ends."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="queueup-bench-") as name:
        env = {
            "PORT": str(port),
            "QUEUEUP_DATA": name,
            "RATE_LIMITS": "0",
            "LOG_LEVEL": "WARNING",
            **(settings or {}),
        }
        for unwanted in ("REDIS_URL", "DATABASE_URL"):
            os.environ.pop(unwanted, None)
        with running([sys.executable, "app.py"], env) as process:
            found = Whole(port, Path(name), process.pid)
            _wait_until_ready(found.url)
            try:
                yield found
            finally:
                found.redis.close()


def _wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{url}/readyz", timeout=5).ok:
                return
        time.sleep(0.1)
    raise RuntimeError(f"not ready within {READY_S} s")


def _name(process: psutil.Process) -> str:
    command = " ".join(process.cmdline())
    if "gunicorn" in command:
        return "web" if process.children() else "web process"
    if "-server " in command:
        return "redis"
    return f"worker {command.split()[-1]}" if "worker.py" in command else "supervisor"
