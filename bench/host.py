"""The host of one line under load, who follows it and acts every few seconds."""

import asyncio
import random
import secrets
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from bench.client import Answer

if TYPE_CHECKING:
    from bench.crowd import Crowd

# What a host does, and how often out of a hundred times.
WISHES = {"call": 35, "serve": 30, "add": 15, "undo": 10, "no-show": 10}
# Three times as often as in a restaurant where a table becomes free every other minute.
ACTS_EVERY_S = (10, 30)


class Host:
    """The host of one line, at a console or at an older screen that speaks the JSON API."""

    def __init__(self, crowd: "Crowd", line: dict[str, str], is_page: bool) -> None:
        self._crowd = crowd
        self._code = line["code"]
        self._is_page = is_page
        self._who = {"x-host-auth": line["hostAuthToken"]}
        self._address = line["wifi"]
        self._client = crowd.client(self._address)

    async def work(self) -> None:
        """Follow the line and act every few seconds."""
        path = f"/api/queue/{self._code}/snapshot"
        async with asyncio.TaskGroup() as both:
            if self._is_page:
                cookie = {"Cookie": f"queue_host_auth={self._who['x-host-auth']}"}
                follower = self._crowd.client(self._address)
                both.create_task(self._crowd.follow(follower, path, cookie))
            both.create_task(self._act())

    async def _act(self) -> None:
        view: dict[str, Any] = {}
        while True:
            await self._crowd.pause(random.uniform(*ACTS_EVERY_S))
            path = f"/api/queue/{self._code}/snapshot"
            request = self._client.get(path, self._who)
            # Without a new snapshot, the host taps on what the screen still shows.
            found = await self._crowd.ask("poll", request, waits=False)
            view = found.json() if found else view
            wish = view and self._wish(view)
            if wish:
                tapped_us = time.time_ns() // 1000
                answer = await self._crowd.ask("action", self._done(*wish))
                self._note_call(wish, answer, tapped_us)

    def _note_call(
        self, wish: tuple[str, dict[str, Any]], answer: Answer | None, tapped_us: int
    ) -> None:
        action, fields = wish
        is_done = answer is not None and answer.status in (200, 303)
        if action == "call" and is_done and fields["partyId"] in self._crowd.subscribed:
            self._crowd.seen.calls.append((fields["partyId"], tapped_us))

    async def _done(self, action: str, fields: dict[str, Any]) -> Answer:
        key = secrets.token_hex(16)
        if self._is_page:
            cookie = {"Cookie": f"queue_host_auth={self._who['x-host-auth']}", "HX-Request": "true"}
            form = urlencode({**fields, "key": key}).encode()
            return await self._client.post(f"/host/{self._code}/do/{action}", form, cookie)
        headers = {**self._who, "Idempotency-Key": key}
        return await self._client.post(f"/api/queue/{self._code}/{action}", fields, headers)

    def _wish(self, view: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
        waiting, called = view["queue"], view["called"]
        (action,) = random.choices(list(WISHES), list(WISHES.values()))
        if action == "add":
            return action, {"name": "Walk-in", "size": random.randint(1, 2)}
        if action == "undo":
            return (action, {"act": view["undo"]["act"]}) if view.get("undo") else None
        if action == "call" or not called:
            party = waiting[0] if waiting else None
            return ("call", {"partyId": party["id"]}) if party else None
        return action, {"partyId": random.choice(called)["id"]}
