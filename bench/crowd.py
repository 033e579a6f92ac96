"""The clients of a load test: guests who poll, hosts who act, and legacy clients."""

import asyncio
import contextlib
import json
import random
import re
import resource
import secrets
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bench import addresses
from bench.browser_keys import subscription
from bench.client import Answer, Client
from bench.host import Host

PACE = re.compile(r'data-poll-after="(\d+)"')
UNTIL = "data-poll-until="
# Longer than the load lasts: parties leave when a host has seated them, or given them up.
STAYS_S = (600, 1800)
AWAY_S = (1, 3)
BACK_OFF_S = 30
# The first half of so many, whatever their addresses.
SUBSCRIBED_EVERY = 4


@dataclass
class Seen:
    """What all clients have measured since the last reset."""

    polls_ms: list[float] = field(default_factory=list)
    actions_ms: list[float] = field(default_factory=list)
    # Parties with a subscribed device that were called, and when (µs since the epoch).
    calls: list[tuple[str, int]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    # Who was asked to come back later, and by which status.
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, later: "Seen") -> None:
        """Add what was seen a moment later, but for the times."""
        self.calls += later.calls
        self.counts += later.counts
        self.errors += later.errors
        self.refused += later.refused


class Crowd:
    """All clients of one service; `hurry` makes them so many times as fast.

    Half of the guests have a device that is subscribed at the push service, if there is one.
    """

    def __init__(
        self, port: int, queues: int, guests: int, sockets: int, push: str | None = None
    ) -> None:
        self.seen = Seen()
        self.subscribed: set[str] = set()
        self.hurry = 1.0
        self.polling = 0
        self._port = port
        self._sizes = queues, guests, sockets
        self._push = push
        self._tasks: list[asyncio.Task[None]] = []
        self._lines: list[dict[str, str]] = []

    @property
    def codes(self) -> list[str]:
        """The codes of the lines, in the order of their numbers."""
        return [line["code"] for line in self._lines]

    async def gather(self, within_s: float) -> None:
        """Open the queues and let the guests in, not all at the same moment."""
        queues, guests, sockets = self._sizes
        # A file for each screen, where most systems let a program have a thousand.
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        self._lines = lines = [await self._open(number) for number in range(queues)]
        for place, line in enumerate(lines):
            self._start(Host(self, line, is_page=place % 2 == 0).work(), within_s)
        for number in range(guests):
            place, of = divmod(number, queues)
            self._start(self._guest(lines[of], addresses.guest(of, place), place), within_s)
        for number in range(sockets):
            line = lines[number // 2 % queues]
            self._start(self._old_host(line) if number % 2 else self._old_guest(line), within_s)
        await asyncio.sleep(within_s)

    async def leave(self) -> None:
        """Stop all clients, and raise the exception of one that failed."""
        for task in self._tasks:
            task.cancel()
        for ending in await asyncio.gather(*self._tasks, return_exceptions=True):
            if not isinstance(ending, asyncio.CancelledError | None):
                raise ending

    async def close_lines(self) -> None:
        """Close all lines, as hosts do at the end of an evening."""
        for line in self._lines:
            client = self.client(line["wifi"])
            path = f"/api/queue/{line['code']}/close"
            await self.ask("close", client.post(path, {}, {"x-host-auth": line["hostAuthToken"]}))
            client.close()

    def client(self, address: str) -> Client:
        """Return a new browser that has this address."""
        return Client("127.0.0.1", self._port, address)

    def fresh(self) -> Seen:
        """Return what has been measured, and reset it."""
        seen, self.seen = self.seen, Seen()
        return seen

    async def ask(self, kind: str, request: Any, waits: bool = True) -> Answer | None:
        """Return the answer, and None when there was none or only a refusal to answer now.

        A refused client then waits for as long as it was asked to, unless `waits` is false.
        """
        try:
            answer: Answer = await request
        except (OSError, TimeoutError) as error:
            self.seen.errors[f"{kind}: {type(error).__name__}"] += 1
            await asyncio.sleep(random.uniform(*AWAY_S))
            return None
        if answer.status in (429, 503) and "retry-after" in answer.headers:
            self.seen.counts["shed"] += 1
            self.seen.counts[f"shed {kind}"] += 1
            self.seen.refused[f"{kind}: {answer.status}"] += 1
            if waits:
                wait_s = float(answer.headers["retry-after"])
                await asyncio.sleep(wait_s * random.uniform(1, 1.3))
            return None
        # The rules may refuse: what a host or a guest wants has just been done by somebody else.
        if answer.status not in (200, 303, 304, 404, 409):
            self.seen.errors[f"{kind}: {answer.status}"] += 1
            return None
        self.seen.counts[f"{kind} {answer.status}"] += 1
        times = self.seen.polls_ms if kind == "poll" else self.seen.actions_ms
        if kind in ("poll", "action"):
            times.append(answer.ms)
        return answer

    async def pause(self, seconds: float) -> None:
        """Wait, less in a hurry."""
        await asyncio.sleep(seconds / self.hurry)

    def _start(self, live: Any, within_s: float) -> None:
        async def later() -> None:
            await asyncio.sleep(random.uniform(0, within_s))
            await live

        self._tasks.append(asyncio.create_task(later()))

    async def _open(self, number: int) -> dict[str, str]:
        body = {"eventName": f"Restaurant {number}", "maxGuests": 100}
        wifi = addresses.wifi(number)
        created = await self.client(wifi).post("/api/queue/create", body)
        return {**created.json(), "wifi": wifi}

    async def _join(self, client: Client, line: dict[str, str]) -> str | None:
        page = await self.ask("page", client.get(f"/queue/{line['code']}"))
        if page is None:
            return None
        body = {"name": f"Party {secrets.token_hex(4)}", "size": random.randint(1, 2)}
        key = {"Idempotency-Key": secrets.token_hex(8)}
        request = client.post(f"/api/queue/{line['code']}/join", body, key)
        joined = await self.ask("join", request)
        return joined.json()["partyId"] if joined and joined.status == 200 else None

    async def _guest(self, line: dict[str, str], address: str, place: int) -> None:
        """Join, poll until the visit ends or patience does, and start over as another guest."""
        while True:
            client = self.client(address)
            party_id = await self._join(client, line)
            if party_id:
                if self._push and place % SUBSCRIBED_EVERY < SUBSCRIBED_EVERY / 2:
                    await self._subscribe(client, line, party_id)
                await self._look(client, line, party_id)
                self.subscribed.discard(party_id)
            client.close()
            await self.pause(random.uniform(*AWAY_S))

    async def _subscribe(self, client: Client, line: dict[str, str], party_id: str) -> None:
        device = subscription(f"{self._push}/p/{party_id}")
        body = {"sessionId": line["sessionId"], "partyId": party_id, "subscription": device}
        answer = await self.ask("subscribe", client.post("/api/push/subscribe", body))
        if answer and answer.status == 200:
            self.subscribed.add(party_id)

    async def _look(self, client: Client, line: dict[str, str], party_id: str) -> None:
        path = f"/api/queue/{line['code']}/snapshot?partyId={party_id}"
        leaves_at = time.monotonic() + random.uniform(*STAYS_S)
        with self._counted():
            if not await self.follow(client, path, {}, leaves_at):
                return
        request = client.post(f"/api/queue/{line['code']}/leave", {"partyId": party_id})
        await self.ask("leave", request)

    async def follow(
        self, client: Client, path: str, who: dict[str, str], until: float = float("inf")
    ) -> bool:
        """Poll as a page does until this time; return False if the page stopped polling before."""
        headers = {"HX-Request": "true", "Accept-Language": "en", **who}
        pace_s, failures = 5.0, 0
        while time.monotonic() < until:
            answer = await self.ask("poll", client.get(path, headers))
            failures = 0 if answer else failures + 1
            if answer and answer.status == 404:
                return False
            if answer and answer.status == 200:
                headers["If-None-Match"] = answer.headers["etag"]
                asked = PACE.search(answer.text)
                if asked is None or UNTIL in answer.text:
                    return False
                pace_s = int(asked[1]) / 1000
            wait_s = min(max(BACK_OFF_S, pace_s), pace_s * 2**failures)
            await self.pause(wait_s * random.uniform(0.85, 1.15))
        return True

    @contextlib.contextmanager
    def _counted(self):
        self.polling += 1
        try:
            yield
        finally:
            self.polling -= 1

    async def _old_host(self, line: dict[str, str]) -> None:
        while True:
            await self._listen(line, "", {"x-host-auth": line["hostAuthToken"]})

    async def _old_guest(self, line: dict[str, str]) -> None:
        while True:
            party_id = await self._join(self.client(line["wifi"]), line)
            if party_id:
                await self._listen(line, f"?partyId={party_id}", {})
            await self.pause(random.uniform(*AWAY_S))

    async def _listen(self, line: dict[str, str], query: str, headers: dict[str, str]) -> None:
        url = f"ws://127.0.0.1:{self._port}/api/queue/{line['code']}/connect{query}"
        options: dict[str, Any] = {"proxy": None, "ping_interval": None, "open_timeout": 30}
        options["local_addr"] = line["wifi"], 0
        try:
            async with connect(url, additional_headers=headers, **options) as screen:
                async for message in screen:
                    self.seen.counts[f"socket {json.loads(message)['type']}"] += 1
            if screen.close_code != 1000:
                self.seen.errors[f"socket: {screen.close_code}"] += 1
        except InvalidStatus as refusal:
            status = refusal.response.status_code
            if status in (429, 503):
                self.seen.counts["shed"] += 1
                self.seen.refused[f"socket: {status}"] += 1
            else:
                self.seen.errors[f"socket: {status}"] += 1
            await asyncio.sleep(random.uniform(*AWAY_S))
        except (OSError, TimeoutError, ConnectionClosed) as error:
            self.seen.errors[f"socket: {type(error).__name__}"] += 1
            await asyncio.sleep(random.uniform(*AWAY_S))
