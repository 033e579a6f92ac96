"""Hosts and guests who keep working whatever happens to the program, and never lose patience."""

import http.client
import itertools
import json
import random
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from bench import addresses
from tests.chaos.journal import Asked, Record
from tests.support.push_service import PushService

ANSWER_S = 20  # Only a request that hangs takes longer; whoever gets none asks again.
PATIENCE_S = 120
AGAIN = (500, 502, 503, 504)
WALK_MS = 1_500
CREATE = "/api/queue/create"
# Of the addresses of guests, each of whom comes from another one.
NUMBERS = itertools.count()


class NoAnswer(Exception):
    """The request may have been carried out, or not."""


class Caller:
    """One client on one kept connection."""

    def __init__(
        self,
        origins: list[str],
        record: Record,
        chance: random.Random,
        address: str = "127.0.0.1",
    ) -> None:
        self.record = record
        self.address = address
        self.chance = chance
        self._origins = origins
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str, headers: dict[str, str] | None = None) -> Any:
        """Return a JSON answer, or None when there is none just now."""
        try:
            status, answer = self._send("GET", path, None, headers or {})
        except NoAnswer:
            return None
        return answer if status == 200 else None

    def ask(
        self,
        code: str,
        action: str,
        body: dict[str, Any],
        headers: dict[str, str] | None = None,
        path: str | None = None,
    ) -> Asked:
        """Ask for a change until it is answered, sometimes once more, and return how it went."""
        asked = self.record.ask(code, action, body)
        path = path or f"/api/queue/{code}/{action}"
        named = {"Idempotency-Key": asked.key} | (headers or {})
        until = time.monotonic() + PATIENCE_S
        while asked.status is None and time.monotonic() < until:
            asked.tries += 1
            began_at = time.monotonic()
            try:
                status, answer = self._send("POST", path, body, named)
            except NoAnswer:
                time.sleep(self.chance.uniform(0.05, 0.3))
                continue
            if status in AGAIN:
                if status == 500:
                    self.record.faults.append(f"500 for {action}: {answer}")
                time.sleep(self.chance.uniform(0.1, 0.4))
                continue
            asked.answer, asked.answered_at = answer, time.monotonic()
            asked.status = status
            if asked.is_done:
                self.record.change(began_at)
        if asked.is_done and self.chance.random() < 0.1:
            self._ask_again(asked, path, named)
        return asked

    def _ask_again(self, asked: Asked, path: str, headers: dict[str, str]) -> None:
        try:
            status, answer = self._send("POST", path, asked.body, headers)
        except NoAnswer:
            return
        if status in AGAIN:
            return
        if asked.action == "subscribe" and status == 404:
            return  # The host has ended the visit in between, and only a line remembers keys.
        if status != asked.status:
            self.record.faults.append(f"{asked.action} again: {status}, not {asked.status}")
        elif asked.action == "join" and answer["partyId"] != asked.answer["partyId"]:
            self.record.faults.append(f"the same key let in two parties: {asked.key}")

    def _send(
        self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]
    ) -> tuple[int, Any]:
        try:
            if self._connection is None:
                origin = urlsplit(self.chance.choice(self._origins))
                self._connection = http.client.HTTPConnection(
                    origin.hostname or "",
                    origin.port,
                    timeout=ANSWER_S,
                    source_address=(self.address, 0),
                )
            content = None if body is None else json.dumps(body)
            typed = headers | ({"Content-Type": "application/json"} if content else {})
            began_at = time.monotonic()
            self._connection.request(method, path, content, typed)
            response = self._connection.getresponse()
            text = response.read().decode()
            self.record.answer(method, path, response.status, began_at)
            if response.will_close:
                self.hang_up()
            is_json = response.headers.get_content_type() == "application/json"
            return response.status, json.loads(text) if is_json else text
        except (OSError, http.client.HTTPException) as error:
            self.hang_up()
            raise NoAnswer from error

    def hang_up(self) -> None:
        """Close the connection; the next request makes a new one, perhaps to another process."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Restaurant:
    """One queue, its host and its guests, each in a thread of its own."""

    def __init__(
        self,
        name: str,
        caller: Callable[[], Caller],
        push: PushService,
        stopping: threading.Event,
        guests: int,
    ) -> None:
        self._caller = caller
        self._push = push
        self._stopping = stopping
        first = caller()
        opened = first.ask("", "create", {"eventName": name, "maxGuests": 100}, None, CREATE)
        self.code: str = opened.answer["code"]
        self.session_id: str = opened.answer["sessionId"]
        self.host = {"x-host-auth": opened.answer["hostAuthToken"]}
        self.devices: dict[str, str] = {}
        first.hang_up()
        self.threads = [threading.Thread(target=self._run, args=(self._host,))]
        self.threads += [
            threading.Thread(target=self._run, args=(self._guest,)) for _ in range(guests)
        ]
        for thread in self.threads:
            thread.start()

    def _run(self, live: Callable[[Caller], None]) -> None:
        caller = self._caller()
        try:
            while not self._stopping.is_set():
                live(caller)
                self._stopping.wait(caller.chance.uniform(0.02, 0.3))
        except Exception as error:
            caller.record.faults.append(f"{live.__name__} of {self.code}: {error!r}")
            raise
        finally:
            caller.hang_up()

    def _guest(self, caller: Caller) -> None:
        chance = caller.chance
        caller.hang_up()
        caller.address = addresses.stranger(next(NUMBERS))
        body = {"name": f"Party {chance.randrange(10**9)}", "size": chance.randint(1, 3)}
        joined = caller.ask(self.code, "join", body)
        if not joined.is_done:
            return
        party_id = joined.answer["partyId"]
        if chance.random() < 0.8:
            self._subscribe(caller, party_id)
        place = f"/api/queue/{self.code}/snapshot?partyId={party_id}"
        for _ in range(chance.randrange(4)):
            seen = caller.get(place)
            if seen and seen["type"] == "called" and chance.random() < 0.5:
                caller.ask(self.code, "on-my-way", {"partyId": party_id, "minutes": 5})
            self._stopping.wait(0.1)
        if chance.random() < 0.1:
            caller.ask(self.code, "not-coming", {"partyId": party_id})

    def _subscribe(self, caller: Caller, party_id: str) -> None:
        device = self._push.device()
        body = {"sessionId": self.session_id, "partyId": party_id}
        body |= {"subscription": device.subscription()}
        told = caller.ask(self.code, "subscribe", body, None, "/api/push/subscribe")
        if told.is_done:
            self.devices[party_id] = device.id

    def _host(self, caller: Caller) -> None:
        view = caller.get(f"/api/queue/{self.code}/snapshot", self.host)
        if view is None:
            return
        action, body = self._wish(view, caller.chance)
        if action:
            caller.ask(self.code, action, body, self.host)

    def _wish(self, view: dict[str, Any], chance: random.Random) -> tuple[str, dict[str, Any]]:
        waiting = [party for party in view["queue"] if party["status"] == "waiting"]
        # A guest takes a while to come; a phone hears of it in less.
        now = time.time() * 1000
        called = [party for party in view["called"] if now - party["calledAt"] > WALK_MS]
        roll = chance.random()
        if roll < 0.05:
            return "add", {"name": "Walk-in", "size": chance.randint(1, 4)}
        if roll < 0.08 and view.get("undo"):
            return "undo", {"act": view["undo"]["act"]}
        if roll < 0.11 and waiting:
            return "message", {"partyId": chance.choice(waiting)["id"], "text": "Nearly there."}
        if called and (len(called) > 4 or roll < 0.5):
            chosen = chance.choice(called)["id"]
            return ("no-show" if roll < 0.15 else "serve"), {"partyId": chosen}
        if waiting:
            party = waiting[0]
            return "call", {"partyId": party["id"], "calls": party.get("callCount", 0)}
        return "", {}
