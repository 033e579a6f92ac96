"""Nothing is done twice for clients without keys while connections to Redis end in transactions.

CHAOS_MINUTES makes it long (`make chaos`), CHAOS_SEED repeats what befalls the connections.
"""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from queueup.domain.model import Queue
from queueup.storage import codec
from tests.chaos.journal import Record
from tests.chaos.people import Caller, NoAnswer
from tests.chaos.town import say
from tests.support.redis_proxy import Cut, Fate, proxied
from tests.support.redis_server import OwnRedis
from tests.support.running_service import Service

pytestmark = pytest.mark.long

MINUTES = float(os.environ.get("CHAOS_MINUTES", "0"))
SEED = int(os.environ.get("CHAOS_SEED", "6"))
CUTS = 60
SHARE = 0.15
LINES = 3
GUESTS = 2
LEAVE_S = 150
# How often a party may be in the line that was answered so.
MAY_BE_THERE = {200: (1,), 409: (0,), 503: (0, 1)}
FULL = {"error": "Queue is full"}


class Client(Caller):
    """A client as they were before there were keys; it never asks a second time."""

    def post(
        self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Return status and answer; 503 when there is no answer."""
        try:
            return self._send("POST", path, body, headers or {})
        except NoAnswer:
            return 503, None


class Line:
    """One line with its host and its guests, and what they were answered."""

    def __init__(self, client: Client) -> None:
        status, answer = client.post("/api/queue/create", {"eventName": "Lucia", "maxGuests": 100})
        assert status == 200, answer
        self.code: str = answer["code"]
        self._host = {"x-host-auth": answer["hostAuthToken"]}
        self.joined: dict[str, int] = {}
        self.called: set[str] = set()
        self.unknown_calls = 0
        self.faults: list[str] = []

    def join(self, client: Client) -> None:
        """Join under a name that nobody else has."""
        name = f"{time.monotonic_ns()}"
        status, answer = client.post(f"/api/queue/{self.code}/join", {"name": name, "size": 2})
        self.joined[name] = status
        if status not in MAY_BE_THERE or (status == 409 and answer != FULL):
            self.faults.append(f"join: {status} {answer}")

    def advance(self, client: Client) -> None:
        """Call the next party."""
        status, answer = client.post(f"/api/queue/{self.code}/advance", {}, self._host)
        if status == 503:
            self.unknown_calls += 1
        elif status != 200:
            self.faults.append(f"advance: {status} {answer}")
        elif answer["nowServing"]:
            # With nobody waiting, it is the party that was called before.
            self.called.add(answer["nowServing"]["id"])

    def check(self, queue: Queue) -> None:
        """Fail for each change that was lost, made twice, or made although it was refused."""
        assert self.faults == []
        assert 200 in self.joined.values()
        names = Counter(party.name for party in queue.parties)
        for name, status in self.joined.items():
            assert names[name] in MAY_BE_THERE[status], (name, status)
        assert self.called
        calls = sum(party.call_count for party in queue.parties)
        assert len(self.called) <= calls <= len(self.called) + self.unknown_calls


class Cuts:
    """Ends some of the connections in the middle of a transaction."""

    def __init__(self, chance: random.Random) -> None:
        self.counts: Counter[Cut] = Counter()
        self._chance = chance

    def __call__(self) -> Fate:
        """Say what befalls a transaction."""
        if self._chance.random() > SHARE:
            return None
        cut = self._chance.choice(list(Cut))
        self.counts[cut] += 1
        return cut


def work(service: Service, lines: list[Line], cuts: Cuts) -> None:
    """Let everybody work until enough connections have been cut."""
    stopping = threading.Event()

    def repeat(act: Callable[[Client], None]) -> None:
        client = client_of(service)
        while not stopping.is_set():
            act(client)
            stopping.wait(0.05)
        client.hang_up()

    acts = [act for line in lines for act in (line.advance, *[line.join] * GUESTS)]
    threads = [threading.Thread(target=repeat, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    began_at = time.monotonic()
    while cuts.counts.total() < CUTS or time.monotonic() - began_at < MINUTES * 60:
        time.sleep(0.2)
    stopping.set()
    for thread in threads:
        thread.join(LEAVE_S)
        assert not thread.is_alive()


def client_of(service: Service) -> Client:
    """Return a client on a connection of its own."""
    return Client([service.url], Record(), random.Random(SEED))


def test_no_change_is_made_twice_for_clients_without_keys(tmp_path: Path) -> None:
    say(f"CHAOS_SEED={SEED} CHAOS_MINUTES={MINUTES:g}")
    redis = OwnRedis(tmp_path)
    cuts = Cuts(random.Random(SEED))
    with (
        proxied(tmp_path / "redis.sock") as proxy,
        Service(tmp_path / "data", REDIS_URL=proxy.url) as service,
    ):
        client = client_of(service)
        lines = [Line(client) for _ in range(LINES)]
        client.hang_up()
        proxy.fate = cuts
        work(service, lines, cuts)
        proxy.next()
    with Redis.from_url(redis.url) as truth:
        kept = [truth.hget(f"queueup:{{{line.code}}}:state", "queue") for line in lines]
    redis.stop()

    unknown = sum(line.unknown_calls for line in lines)
    say(f"{dict(cuts.counts)}; {sum(len(line.called) for line in lines)} calls, {unknown} unknown")
    for line, queue in zip(lines, kept, strict=True):
        assert queue is not None
        line.check(codec.decode_queue(queue))
