"""What old sockets cost: memory, HTTP meanwhile, and the time until a change reaches them."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import requests
from websockets.asyncio.client import ClientConnection, connect

from bench.service import Service, service, wrk

PER_PARTY = 10
PARTIES = 100
OPENED_AT_ONCE = 20
CHANGES = 20
POLLS = 2000
LOAD_S = 5
LOAD_CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Line:
    """A queue with its guests, all of whom may hold sockets."""

    url: str
    code: str
    token: str
    party_ids: list[str]

    def address(self, number: int) -> str:
        """Return the address of one of its thousand sockets."""
        party_id = self.party_ids[number // PER_PARTY]
        return f"{self.url.replace('http', 'ws', 1)}/connect?partyId={party_id}"


def run() -> list[tuple[str, str]]:
    """Measure and return rows of what and how much."""
    rows = []
    with service(processes=1) as running:
        rows += asyncio.run(_thousand(running))
    with service(processes=2) as running:
        rows += asyncio.run(_four_thousand(running))
    return rows


async def _thousand(running: Service) -> list[tuple[str, str]]:
    line = _line(running)
    # What the first requests and sockets load is no socket's cost.
    _polls(line)
    warm = await _open([line.address(number) for number in range(PER_PARTY)])
    await _close(warm)
    before = _memory_kb(running)
    quiet = await asyncio.to_thread(_polls, line)
    screens = await _open([line.address(number) for number in range(PARTIES * PER_PARTY)])
    added = _memory_kb(running) - before
    busy = await asyncio.to_thread(_polls, line)
    times = await _reach(line, screens)
    await _close(screens)
    return [
        ("memory of 1,000 idle sockets", f"{added / 1000:.1f} MB"),
        ("polls one after another, no socket", _shown(quiet)),
        ("polls one after another, beside 1,000 idle sockets", _shown(busy)),
        ("from a tap until each of 1,000 sockets heard", _shown(times)),
    ]


async def _four_thousand(running: Service) -> list[tuple[str, str]]:
    lines = [_line(running) for _ in range(4)]
    screens = []
    for line in lines:
        screens += await _open([line.address(number) for number in range(PARTIES * PER_PARTY)])
    load = await asyncio.to_thread(_load, lines[0])
    await _close(screens)
    return [("polls by wrk, beside 4,000 sockets, two processes", load)]


async def _reach(line: Line, screens: list[ClientConnection]) -> list[float]:
    """Remove the first party again and again; return ms from the tap until each socket heard."""
    times: list[float] = []
    for party_id in line.party_ids[:CHANGES]:
        heard = [asyncio.create_task(_heard(screen)) for screen in screens]
        await asyncio.sleep(0)
        started = time.perf_counter()
        await asyncio.to_thread(_kick, line, party_id)
        times += [(at - started) * 1000 for at in await asyncio.gather(*heard)]
        screens = screens[PER_PARTY:]
    return times


async def _heard(screen: ClientConnection) -> float:
    """Return when the next news came."""
    while True:
        message = json.loads(await screen.recv())
        if message["type"] != "ping":
            return time.perf_counter()


def _kick(line: Line, party_id: str) -> None:
    answer = requests.post(
        f"{line.url}/kick",
        json={"partyId": party_id},
        headers={"x-host-auth": line.token},
        timeout=10,
    )
    answer.raise_for_status()


async def _open(addresses: list[str]) -> list[ClientConnection]:
    """Open sockets, some at once, and read their greetings."""
    gate = asyncio.Semaphore(OPENED_AT_ONCE)

    async def open_one(address: str) -> ClientConnection:
        async with gate:
            screen = await connect(address, proxy=None, ping_interval=None, open_timeout=60)
            await screen.recv()
            return screen

    return await asyncio.gather(*map(open_one, addresses))


async def _close(screens: list[ClientConnection]) -> None:
    gate: Callable[[ClientConnection], Awaitable[None]] = ClientConnection.close
    await asyncio.gather(*map(gate, screens))


def _line(running: Service) -> Line:
    with requests.Session() as session:
        api = f"{running.url}/api/queue"
        created = session.post(f"{api}/create", json={"eventName": "Bench", "maxGuests": 100})
        code = created.json()["code"]
        token = created.json()["hostAuthToken"]
        party_ids = [
            session.post(f"{api}/{code}/join", json={"name": f"Guest {number}"}).json()["partyId"]
            for number in range(PARTIES)
        ]
    return Line(f"{api}/{code}", code, token, party_ids)


def _polls(line: Line) -> list[float]:
    """Poll one after another over one connection; return ms to each answer."""
    times = []
    with requests.Session() as session:
        url = f"{line.url}/snapshot?partyId={line.party_ids[-1]}"
        tag = {"If-None-Match": session.get(url, timeout=10).headers["ETag"]}
        for _ in range(POLLS):
            started = time.perf_counter()
            session.get(url, headers=tag, timeout=10).raise_for_status()
            times.append((time.perf_counter() - started) * 1000)
    return times


def _load(line: Line) -> str:
    url = f"{line.url}/snapshot?partyId={line.party_ids[-1]}"
    tag = requests.get(url, timeout=10).headers["ETag"]
    load = wrk(url, {"If-None-Match": tag}, LOAD_S, LOAD_CONNECTIONS)
    return f"{load.per_second:,.0f}/s, p99 {load.p99_ms:.1f} ms, {load.failures} failures"


def _memory_kb(running: Service) -> int:
    """Add up the resident memory of the web server's processes."""
    place = running.url.removeprefix("http://")
    found = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if place in (process / "cmdline").read_text():
                status = (process / "status").read_text().splitlines()
                found += sum(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))
        except OSError:
            continue
    return found


def _shown(times: list[float]) -> str:
    return f"median {median(times):.1f} ms, p99 {quantiles(times, n=100)[98]:.1f} ms"


if __name__ == "__main__":
    for what, how_much in run():
        print(f"  {what:<56} {how_much}", flush=True)  # noqa: T201
