"""What the hybrid saves: one evening, played three ways against the running system."""

import asyncio
import contextlib
import os
import re
import sys
from collections.abc import Iterator
from statistics import median, quantiles

import psutil
import requests

from bench.evening import EVENING_S, GUESTS, RESTAURANTS, SPEED, Evening, Figures
from bench.service import free_port, redis_server, running, wait_for, web

MODES = {
    "before": ("sockets only, pushes in the request", "bench.played:before()"),
    "hybrid": ("hybrid: half old screens, half polling", "bench.played:web()"),
    "pages": ("hybrid: everything on our pages", "bench.played:web()"),
}
PUSH_MS = 80


def run() -> list[tuple[str, str]]:
    """Play the evening in every mode and return rows of what and how much."""
    rows = [
        (
            "the evening",
            f"{RESTAURANTS} restaurants with {GUESTS} guests each and a host,"
            f" {EVENING_S // 60} minutes, {SPEED} times as fast",
        )
    ]
    found = {}
    for mode, (name, target) in MODES.items():
        found[mode] = _play(mode, target)
        rows += [(f"{name}: {what}", shown) for what, shown in _shown(found[mode])]
    rows += _savings(found["before"], found["pages"])
    return rows


def _play(mode: str, target: str) -> dict[str, float]:
    sink_port = free_port()
    sink = f"http://127.0.0.1:{sink_port}"
    with redis_server() as (redis_url, folder), contextlib.ExitStack() as stack:
        (folder / "metrics").mkdir()
        env = {
            "REDIS_URL": redis_url,
            "QUEUEUP_DATA": str(folder),
            "RATE_LIMITS": "0",
            "LOG_LEVEL": "WARNING",
            "PUSH_EXTRA_ORIGINS": sink,
            "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
            "PLAY_SPEED": str(SPEED),
        }
        command = [sys.executable, "-m", "bench.sink", str(sink_port), str(PUSH_MS)]
        stack.enter_context(running(command, env))
        wait_for(f"{sink}/arrivals")
        url = stack.enter_context(web(target, env))
        if mode != "before":
            for part in ("urgent", "later", "scheduler"):
                stack.enter_context(running([sys.executable, "worker.py", part], env))
        processes = _web_processes(url)
        cpu_before, reads_before = _cpu_s(processes), _truth(url)
        figures = asyncio.run(Evening(url, sink, mode).play())
        reads, commits = (a - b for a, b in zip(_truth(url), reads_before, strict=True))
        return {
            "reads": reads,
            "commits": commits,
            "cpu_s": _cpu_s(processes) - cpu_before,
            "memory_mb": sum(p.memory_full_info().pss for p in processes) / 1e6,
            **_of_clients(figures),
        }


def _of_clients(figures: Figures) -> dict[str, float]:
    if figures.failures:
        raise RuntimeError(f"{figures.failures} requests of the evening failed")
    return {
        "client_minutes": figures.client_s / 60,
        "connection_s": figures.connection_s,
        "received_kb": figures.received_bytes / 1000,
        "polls": figures.polls,
        "unchanged": figures.unchanged,
        "action_ms": median(figures.action_ms),
        "action_p99_ms": quantiles(figures.action_ms, n=100)[98],
    }


def _shown(found: dict[str, float]) -> Iterator[tuple[str, str]]:
    yield "client-minutes", f"{found['client_minutes']:,.0f}"
    yield "reads of the truth", f"{found['reads']:,.0f}"
    yield "commits", f"{found['commits']:,.0f}"
    yield "web CPU", f"{found['cpu_s']:.1f} s"
    yield "connection-seconds held", f"{found['connection_s']:,.0f}"
    yield "sent to clients", f"{found['received_kb']:,.0f} kB"
    if found["polls"]:
        yield "polls", f"{found['polls']:,.0f}, {found['unchanged'] / found['polls']:.0%} unchanged"
    action = f"median {found['action_ms']:.0f} ms, p99 {found['action_p99_ms']:.0f} ms"
    yield "a host's action", action
    yield "memory of the web processes", f"{found['memory_mb']:.0f} MB"


def _savings(before: dict[str, float], now: dict[str, float]) -> list[tuple[str, str]]:
    def fewer(name: str) -> str:
        then = before[name] / before["client_minutes"]
        return f"{1 - now[name] / now['client_minutes'] / then:.1%} fewer"

    return [
        ("reads of the truth per client-minute", fewer("reads")),
        ("connection-seconds per client-minute", fewer("connection_s")),
    ]


def _web_processes(url: str) -> list[psutil.Process]:
    port = int(url.rpartition(":")[2])
    found = []
    for process in psutil.Process(os.getpid()).children(recursive=True):
        if "gunicorn" in " ".join(process.cmdline()) and f":{port}" in " ".join(process.cmdline()):
            found.append(process)
    return found


def _cpu_s(processes: list[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def _truth(url: str) -> tuple[float, float]:
    text = requests.get(f"{url}/metrics", timeout=10).text
    return _figure(text, "queueup_truth_reads_total"), _figure(text, "queueup_truth_commits_total")


def _figure(text: str, name: str) -> float:
    found = re.search(rf"^{name} ([0-9.e+]+)$", text, re.MULTILINE)
    return float(found.group(1)) if found else 0.0
