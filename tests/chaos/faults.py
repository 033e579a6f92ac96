"""Everything that may befall a running program: parts that die at any moment, alone or together."""

import contextlib
import os
import random
import signal
import time
from pathlib import Path

from tests.chaos.journal import Blow, Record
from tests.support.running_service import PARTS, Service, is_running

WEB_PROCESS = "one web process"
EVERYTHING = "everything"
SINGLE = (*PARTS, WEB_PROCESS)
TOGETHER = (
    ("web", "redis"),
    ("urgent", "redis"),
    ("urgent", "later", "scheduler"),
    (WEB_PROCESS, "urgent"),
    tuple(PARTS),
)


def kill(service: Service, *parts: str) -> None:
    """Kill (-9) these parts at the same moment."""
    pids = [_web_process(service) if part == WEB_PROCESS else service.pid(part) for part in parts]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def strike(service: Service, record: Record, parts: tuple[str, ...]) -> None:
    """Kill these parts and note it."""
    began_at = time.monotonic()
    kill(service, *parts)
    name = "all parts" if set(parts) == set(PARTS) else " + ".join(parts)
    record.blows.append(Blow(f"kill -9 {name}", began_at, time.monotonic()))


def silence_redis(service: Service, record: Record, for_s: float) -> None:
    """Let Redis answer nothing for a while, then kill it."""
    began_at = time.monotonic()
    pid = service.pid("redis")
    os.kill(pid, signal.SIGSTOP)
    time.sleep(for_s)
    os.kill(pid, signal.SIGKILL)
    record.blows.append(Blow(f"Redis silent for {for_s:g} s, killed", began_at, time.monotonic()))


def cut_power(service: Service, record: Record) -> None:
    """Kill all processes at once, the one that watches too, and start again on the same data."""
    began_at = time.monotonic()
    service.kill_everything()
    killed_at = time.monotonic()
    service.start()
    record.blows.append(Blow("kill -9 everything, started again", began_at, killed_at))


def shower(
    service: Service, record: Record, chance: random.Random, for_s: float, pause_s: float
) -> None:
    """Strike at random moments; each part at least once, and some together."""
    planned = [(part,) for part in SINGLE] + list(TOGETHER)
    chance.shuffle(planned)
    until = time.monotonic() + for_s
    while planned or time.monotonic() < until:
        parts = planned.pop() if planned else chance.choice(TOGETHER)
        strike(service, record, parts)
        time.sleep(chance.uniform(0.2, 2 * pause_s))


def _web_process(service: Service) -> int:
    master = service.pid("web")
    while True:
        listed = Path(f"/proc/{master}/task/{master}/children")
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            alive = [int(pid) for pid in listed.read_text().split() if is_running(int(pid))]
            if alive:
                return random.choice(alive)
        master = service.pid("web")
        time.sleep(0.02)
