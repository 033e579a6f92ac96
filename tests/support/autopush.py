"""A push service for Firefox on loopback: its protocol on one side, RFC 8030 on the other."""

import asyncio
import base64
import json
import threading
import uuid
from typing import Any

from aiohttp import WSMsgType, web

PROTOCOL = "push-notification"
PATH = "/p/"


class Autopush:
    """Runs in a thread; browsers connect to `ws_url`, and messages are posted to its endpoints."""

    def __init__(self, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.ws_url = f"ws://127.0.0.1:{port}/"
        self.delivered: list[dict[str, str]] = []
        self._port = port
        self._browser: web.WebSocketResponse | None = None
        self._channels: set[str] = set()
        self._has_forgotten = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._started = threading.Event()

    def __enter__(self) -> "Autopush":
        self._thread.start()
        assert self._started.wait(60)
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application()
        app.add_routes([web.get("/", self._talk), web.post(PATH + "{channel}", self._deliver)])
        runner = web.AppRunner(app, shutdown_timeout=1)
        self._loop.run_until_complete(runner.setup())
        self._loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", self._port).start())
        self._started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    def forget_browser(self) -> None:
        """Lose all subscriptions, as a service does after a failure; the browser hears so."""
        self._channels.clear()
        self._has_forgotten = True
        assert self._browser is not None
        asyncio.run_coroutine_threadsafe(self._browser.close(), self._loop).result(60)

    async def _talk(self, request: web.Request) -> web.WebSocketResponse:
        self._browser = browser = web.WebSocketResponse(protocols=[PROTOCOL])
        await browser.prepare(request)
        async for frame in browser:
            if frame.type is WSMsgType.TEXT:
                answer = self._answer(json.loads(frame.data))
                if answer is not None:
                    await browser.send_json(answer)
        return browser

    def _answer(self, said: dict[str, Any]) -> dict[str, Any] | None:
        channel = said.get("channelID", "")
        match said.get("messageType"):
            case None:
                return {}
            case "hello":
                # A new id makes the browser drop all of its subscriptions.
                known = None if self._has_forgotten else said.get("uaid")
                self._has_forgotten = False
                uaid = known or uuid.uuid4().hex
                hello = {"messageType": "hello", "status": 200, "uaid": uaid}
                return hello | {"use_webpush": True, "broadcasts": {}}
            case "register":
                self._channels.add(channel)
                registered = {"messageType": "register", "channelID": channel, "status": 200}
                return registered | {"pushEndpoint": f"{self.origin}{PATH}{channel}"}
            case "unregister":
                self._channels.discard(channel)
                return {"messageType": "unregister", "channelID": channel, "status": 200}
        return None

    async def _deliver(self, request: web.Request) -> web.Response:
        channel = request.match_info["channel"]
        if channel not in self._channels:
            return web.Response(status=410)
        if not request.headers.get("Authorization", "").startswith(("vapid ", "WebPush ")):
            return web.Response(status=401)
        body = await request.read()
        names = ("TTL", "Urgency", "Topic", "Content-Encoding")
        self.delivered.append({name: request.headers.get(name, "") for name in names})
        assert self._browser is not None
        await self._browser.send_json(
            {
                "messageType": "notification",
                "channelID": channel,
                "version": uuid.uuid4().hex,
                "data": base64.urlsafe_b64encode(body).rstrip(b"=").decode(),
                "headers": {"encoding": request.headers.get("Content-Encoding", "")},
            }
        )
        return web.Response(status=201, headers={"Location": f"{self.origin}/m/{channel}"})
