"""One evening of some restaurants, played fast by as many clients as there would be screens."""

import asyncio
import json
import math
import random
import time
from dataclasses import dataclass, field

import aiohttp
from aiohttp import ClientSession, TCPConnector, WSMsgType

from bench.browser_keys import subscription
from queueup.server.gunicorn_worker import AFTER_POLL_S

SPEED = 45
EVENING_S = 5_400
RESTAURANTS = 5
GUESTS = 60
OLD_POLL_S = 10.0
FRAME_BYTES = 4


@dataclass
class Figures:
    """What the clients of one evening saw; times in the evening's seconds, unless said."""

    polls: int = 0
    unchanged: int = 0
    received_bytes: int = 0
    connection_s: float = 0
    client_s: float = 0
    action_ms: list[float] = field(default_factory=list)  # real time
    failures: int = 0


class Evening:
    """Plays the evening against a service; how each screen follows the line is the mode."""

    def __init__(self, url: str, sink: str, mode: str) -> None:
        self._url = url
        self._sink = sink
        self._mode = mode
        self.figures = Figures()
        self._started = 0.0

    async def play(self) -> Figures:
        """Play it from opening to closing."""
        # At the evening's own pace, the server has closed each connection before its next use.
        connector = TCPConnector(limit=0, force_close=True)
        timeout = aiohttp.ClientTimeout(total=30)
        async with ClientSession(connector=connector, timeout=timeout) as session:
            self._started = time.monotonic()
            await asyncio.gather(
                *(self._restaurant(session, number) for number in range(RESTAURANTS))
            )
        return self.figures

    def _now(self) -> float:
        return (time.monotonic() - self._started) * SPEED

    async def _until(self, evening_s: float) -> None:
        await asyncio.sleep(max(0, (evening_s - self._now()) / SPEED))

    async def _restaurant(self, session: ClientSession, number: int) -> None:
        dice = random.Random(number)
        await self._until(dice.uniform(0, 60))
        created = await self._post(
            session, "/api/queue/create", {"eventName": f"Restaurant {number}", "maxGuests": 100}
        )
        code, token = created["code"], created["hostAuthToken"]
        joins = sorted(dice.uniform(60, EVENING_S * 0.7) for _ in range(GUESTS))
        # In the mixed mode, every other restaurant still has its old screens.
        sockets = self._mode == "before" or (self._mode == "hybrid" and number % 2 == 0)
        host = {"x-host-auth": token}
        tasks = [asyncio.create_task(self._follow(session, code, host, None, sockets))]
        for place, at in enumerate(joins):
            tasks.append(asyncio.create_task(self._guest(session, code, at, place, sockets)))
        tasks.append(asyncio.create_task(self._host(session, code, host, joins[0])))
        await asyncio.gather(*tasks)

    async def _host(
        self, session: ClientSession, code: str, host: dict[str, str], first_at: float
    ) -> None:
        """Call the next party every 75 seconds and serve the one before, then close."""
        served: str | None = None
        at = first_at + 30
        while at < EVENING_S - 60:
            await self._until(at)
            body = {"servedParty": served} if served else {}
            started = time.perf_counter()
            answer = await self._post(session, f"/api/queue/{code}/advance", body, host)
            self.figures.action_ms.append((time.perf_counter() - started) * 1000)
            called = answer.get("nowServing")
            served = called["id"] if called else None
            at += 75
        await self._until(EVENING_S)
        await self._post(session, f"/api/queue/{code}/close", {}, host)

    async def _guest(
        self, session: ClientSession, code: str, at: float, number: int, sockets: bool
    ) -> None:
        await self._until(at)
        joined = await self._post(
            session, f"/api/queue/{code}/join", {"name": f"Guest {number}", "size": 1 + number % 3}
        )
        party_id = joined["partyId"]
        device = subscription(f"{self._sink}/p/{party_id}")
        await self._post(
            session,
            "/api/push/subscribe",
            {"sessionId": joined["sessionId"], "partyId": party_id, "subscription": device},
        )
        await self._follow(session, code, {}, party_id, sockets)

    async def _follow(
        self,
        session: ClientSession,
        code: str,
        host: dict[str, str],
        party_id: str | None,
        sockets: bool,
    ) -> None:
        started = self._now()
        if sockets:
            await self._listen(session, code, host, party_id)
            self.figures.connection_s += self._now() - started
        else:
            await self._poll(session, code, host, party_id)
        self.figures.client_s += self._now() - started

    async def _listen(
        self, session: ClientSession, code: str, host: dict[str, str], party_id: str | None
    ) -> None:
        query = f"?partyId={party_id}" if party_id else ""
        url = f"{self._url}/api/queue/{code}/connect{query}"
        async with session.ws_connect(url, headers=host) as socket:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self.figures.received_bytes += len(message.data.encode()) + FRAME_BYTES

    async def _poll(
        self, session: ClientSession, code: str, host: dict[str, str], party_id: str | None
    ) -> None:
        query = f"?partyId={party_id}" if party_id else ""
        url = f"{self._url}/api/queue/{code}/snapshot{query}"
        headers = dict(host)
        if self._mode == "pages":
            headers["HX-Request"] = "true"
        pause_s = OLD_POLL_S
        until = math.inf
        while self._now() < until:
            started = time.monotonic()
            async with session.get(url, headers=headers) as answer:
                body = await answer.text()
            self.figures.polls += 1
            self.figures.unchanged += answer.status == 304
            self.figures.failures += answer.status not in (200, 304)
            self.figures.received_bytes += len(body.encode()) + sum(
                len(name) + len(value) + 4 for name, value in answer.raw_headers
            )
            took = time.monotonic() - started
            if answer.status == 200:
                headers["If-None-Match"] = answer.headers["ETag"]
                asked = _pause_s(body) if self._mode == "pages" else _old_pause_s(body)
                if asked is None:
                    self.figures.connection_s += took + AFTER_POLL_S
                    return
                pause_s = asked
                until = self._now() + _left_s(body)
            pause = pause_s * random.uniform(0.85, 1.15)
            self.figures.connection_s += took + min(pause, AFTER_POLL_S)
            await asyncio.sleep(max(0, pause / SPEED - took))

    async def _post(
        self,
        session: ClientSession,
        path: str,
        body: dict,
        headers: dict[str, str] | None = None,
    ) -> dict:
        async with session.post(self._url + path, json=body, headers=headers or {}) as answer:
            text = await answer.text()
            if answer.status != 200:
                self.figures.failures += 1
                return {}
            return json.loads(text) if text.startswith("{") else {}


def _pause_s(fragment: str) -> float | None:
    """Return what the fragment asks for, and None when it asks for nothing more."""
    _, found, rest = fragment.partition('data-poll-after="')
    return int(rest.partition('"')[0]) / 1000 if found else None


def _left_s(fragment: str) -> float:
    """Return for how long the page goes on asking, seconds: after a visit only for a while."""
    _, found, rest = fragment.partition('data-poll-until="')
    return int(rest.partition('"')[0]) / 1000 - time.time() if found else math.inf


def _old_pause_s(body: str) -> float | None:
    view = json.loads(body)
    is_over = view["type"] in ("removed", "closed") or view.get("closed")
    return None if is_over else OLD_POLL_S
