"""Honest clients beside each kind of those that misbehave, and whether promises to them are kept.

ABUSE_S (60) is how long each kind lasts, ABUSERS (400) how many clients of it there are.
"""

import asyncio
import contextlib
import dataclasses
import json
import os
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass

from bench import promises
from bench.abuse import KINDS, Target
from bench.client import Client
from bench.crowd import Crowd, Seen
from bench.promises import Judged
from bench.service import ROOT, free_port, running, wait_for
from bench.whole import Use, Whole, load_average, own_cpu_s

ABUSE_S = float(os.environ.get("ABUSE_S", "60"))
ABUSERS = int(os.environ.get("ABUSERS", "400"))
# What has been sent is on its way to a push service for longer only if it never arrives.
ARRIVES_S = 20
# Requests whose clients are gone, such as those with PINs.
ENDS_S = 30
# So that each kind is judged for what it does itself, a moment later too.
REST_S = 2

Row = tuple[str, str] | Judged


@dataclass(frozen=True, slots=True)
class PushServices:
    """The origins of a push service that works, one that hangs, and one that does not exist."""

    working: str
    hanging: str
    refusing: str

    @property
    def origins(self) -> str:
        """The value of PUSH_EXTRA_ORIGINS."""
        return f"{self.working},{self.hanging},{self.refusing}"


@contextlib.contextmanager
def push_services() -> Iterator[PushServices]:
    """Run the push service that works, and keep the ports of the others."""
    port = free_port()
    with (
        running([sys.executable, "-m", "bench.sink", str(port), "0"], {}),
        # Connections are made, as the system does that, and nobody reads what comes in.
        socket.create_server(("127.0.0.1", 0)) as hanging,
        # Without a listener, connections to a port are refused.
        socket.socket() as refusing,
    ):
        refusing.bind(("127.0.0.1", 0))
        found = [f"http://127.0.0.1:{one.getsockname()[1]}" for one in (hanging, refusing)]
        working = f"http://127.0.0.1:{port}"
        wait_for(f"{working}/arrivals")
        yield PushServices(working, *found)


async def beside_abuse(service: Whole, crowd: Crowd, push: PushServices) -> list[Row]:
    """Let each kind misbehave for a while, and judge what honest clients notice of it."""
    target = Target(service.port, crowd.codes, ABUSERS, push.hanging, push.refusing)
    calls = _Calls(push.working)
    rows: list[Row] = []
    if not ABUSE_S:
        return []
    warm: dict[str, Use] = {}
    for kind in KINDS:
        rows.append((f"beside {kind}", f"{ABUSERS} clients, {ABUSE_S:g} s"))
        rows += await _beside(kind, service, crowd, target, calls)
        # With the first kind come as many connections as there will ever be. What they take is
        # judged by itself, and stays with the process; from then on nothing may be added.
        warm = warm or service.uses()
    rows.append(("from after the first of them until after the last", ""))
    return rows + await _weighed(service, warm, {})


async def _beside(
    kind: str, service: Whole, crowd: Crowd, target: Target, calls: "_Calls"
) -> list[Row]:
    crowd.fresh()
    before, ours_before, began_at = service.uses(), own_cpu_s(), time.monotonic()
    async with _abusers(kind, target) as abusers:
        await asyncio.sleep(ABUSE_S)
        seen, after = crowd.fresh(), service.uses()
        took_s = time.monotonic() - began_at
        clients_s = own_cpu_s() - ours_before, own_cpu_s(abusers.pid)
        said = await _stop(abusers)
    await asyncio.sleep(REST_S)
    seen.add(crowd.fresh())
    cpu_s = sum(use.cpu_s for use in after.values()) - sum(use.cpu_s for use in before.values())
    return [
        ("  they were answered", ", ".join(f"{n} {what}" for what, n in sorted(said.items()))),
        ("  CPU of the program, of one core", f"{cpu_s / took_s:.0%}"),
        (
            "  CPU of honest clients, and of these",
            " and ".join(f"{one_s / took_s:.0%}" for one_s in clients_s),
        ),
        ("  load average of the machine", load_average()),
        *await _judge(seen, calls, said),
        *await _weighed(service, before, after),
    ]


async def _weighed(
    service: Whole, before: Mapping[str, Use], beside: Mapping[str, Use]
) -> list[Judged]:
    """Judge the memory, as soon as it is as it was; what is under way may end first."""
    until = time.monotonic() + ENDS_S
    while True:
        judged = promises.memory_flat(before, beside, service.uses())
        if all(is_kept for *_, is_kept in judged) or time.monotonic() > until:
            return judged
        await asyncio.sleep(1)


async def _judge(seen: Seen, calls: "_Calls", said: dict[str, int]) -> list[Judged]:
    return [
        ("they did misbehave", str(sum(said.values())), bool(said)),
        promises.on_time("honest polls", seen.polls_ms),
        promises.on_time("honest taps", seen.actions_ms),
        promises.answered(seen),
        promises.nobody_refused(seen),
        promises.calls_arrived(*await calls.waited(seen.calls)),
    ]


@contextlib.asynccontextmanager
async def _abusers(kind: str, target: Target) -> AsyncIterator[Process]:
    """Run clients of this kind in a process of their own, which ends with its input."""
    command = [sys.executable, "-m", "bench.abuse", kind]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdin=PIPE, stdout=PIPE)
    assert process.stdin is not None
    process.stdin.write(json.dumps(dataclasses.asdict(target)).encode() + b"\n")
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _stop(process: Process) -> dict[str, int]:
    # Python 3.11 closes the input only after something was written to it.
    said, _ = await process.communicate(b"")
    if process.returncode:
        raise RuntimeError(f"bench.abuse ended with {process.returncode}")
    found: dict[str, int] = json.loads(said)
    return found


class _Calls:
    """When calls reached the push service."""

    def __init__(self, origin: str) -> None:
        host, _, port = origin.removeprefix("http://").partition(":")
        self._client = Client(host, int(port))
        self._arrived: dict[str, list[int]] = defaultdict(list)

    async def waited(self, calls: list[tuple[str, int]]) -> tuple[list[float], int]:
        """Return how long each call took (ms), and how many did not arrive."""
        until = time.monotonic() + ARRIVES_S
        while True:
            await self._fetch()
            found = [self._arrival(*call) for call in calls]
            missing = found.count(None)
            if not missing or time.monotonic() > until:
                break
            await asyncio.sleep(0.5)
        waited = zip(found, calls, strict=True)
        return [(at - tapped) / 1000 for at, (_, tapped) in waited if at is not None], missing

    def _arrival(self, party_id: str, tapped_us: int) -> int | None:
        return min((at for at in self._arrived[party_id] if at >= tapped_us), default=None)

    async def _fetch(self) -> None:
        answer = await self._client.get("/arrivals")
        for at, urgency, path in answer.json():
            if urgency == "high":
                self._arrived[path.rpartition("/")[2]].append(at)
