"""The whole service on loopback for a measurement, with its own Redis and data folder."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import requests

from queueup.config import embedded_redis_url
from queueup.server import embedded_redis

ROOT = Path(__file__).parent.parent
READY_S = 30


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: where it answers, and what it runs on."""

    url: str
    redis_url: str
    folder: Path
    env: Mapping[str, str]


@contextlib.contextmanager
def redis_server() -> Iterator[tuple[str, Path]]:
    """Run an embedded Redis that syncs every write, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="queueup-bench-") as name:
        folder = Path(name)
        url = embedded_redis_url(folder)
        with open(folder / "redis.log", "wb") as log:
            process = embedded_redis.start(folder, log)
            try:
                embedded_redis.wait_until_ready(process, url)
                yield url, folder
            finally:
                embedded_redis.stop(process)


@contextlib.contextmanager
def web(target: str, env: Mapping[str, str], processes: int = 2) -> Iterator[str]:
    """Run a WSGI app on the server that the product uses, and yield its address."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        str(ROOT / "queueup" / "server" / "gunicorn_conf.py"),
        target,
    ]
    command += ["-b", f"127.0.0.1:{port}", "-w", str(processes)]
    with running(command, env):
        url = f"http://127.0.0.1:{port}"
        wait_for(url)
        yield url


@contextlib.contextmanager
def running(command: list[str], env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program until the block ends."""
    log = subprocess.DEVNULL if "BENCH_VERBOSE" not in os.environ else None
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def service(extra: Mapping[str, str] | None = None, processes: int = 2) -> Iterator[Service]:
    """Run Redis and the web app."""
    with redis_server() as (redis_url, folder):
        env = {
            "REDIS_URL": redis_url,
            "QUEUEUP_DATA": str(folder),
            "RATE_LIMITS": "0",
            "LOG_LEVEL": "WARNING",
            **(extra or {}),
        }
        with web("app:web()", env, processes) as url:
            yield Service(url, redis_url, folder, env)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for(url: str) -> None:
    """Return when the service answers anything."""
    started = time.monotonic()
    while time.monotonic() - started < READY_S:
        with contextlib.suppress(requests.ConnectionError):
            requests.get(url, timeout=5)
            return
        time.sleep(0.05)
    raise RuntimeError(f"{url} did not answer within {READY_S} s")


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw: requests per second, the 99th percentile in ms, and answers of 400 and more."""

    per_second: float
    p99_ms: float
    failures: int


def wrk(url: str, headers: Mapping[str, str], seconds: int, connections: int = 64) -> Load:
    """Load one address with keep-alive connections."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    out = subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout
    return Load(
        per_second=float(_found(r"Requests/sec:\s+([0-9.]+)", out)),
        p99_ms=_ms(_found(r"99%\s+([0-9.]+[a-z]+)", out)),
        failures=int(_found(r"Non-2xx or 3xx responses: ([0-9]+)", out, "0")),
    )


def _found(pattern: str, text: str, default: str | None = None) -> str:
    match = re.search(pattern, text)
    if match is None:
        if default is None:
            raise RuntimeError(f"wrk said nothing like {pattern}: {text}")
        return default
    return match.group(1)


def _ms(text: str) -> float:
    number, unit = re.fullmatch(r"([0-9.]+)([a-z]+)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
