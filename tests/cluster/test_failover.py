"""A primary goes under two hosts at work: what was answered is there, once, and work goes on."""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import requests
from redis import Redis

from queueup.domain.errors import QueueError
from queueup.domain.model import MINUTE, OnExpiry, QueueSettings
from queueup.jobs.outbox import Outbox
from queueup.storage.redis_client import Unavailable, connect
from queueup.storage.store import Store
from queueup.waitlist import Waitlist
from tests.history.reading import read_tables
from tests.support.replicated_redis import ReplicatedRedis, replicated
from tests.support.running_service import Service, eventually
from tests.support.scenario import Remote
from tests.support.waitlists import waitlist_of

pytestmark = pytest.mark.long

SETTINGS = QueueSettings("Lucia", 100, 2 * MINUTE, OnExpiry.FLAG, keeps_code=True)
LINE = {"eventName": "Lucia", "maxGuests": 20}
BEFORE, AFTER = 40, 40


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[ReplicatedRedis]:
    """A primary with two replicas: one may be lost, and changes still wait for another machine."""
    with replicated(tmp_path, replicas=2) as servers:
        yield servers


@pytest.fixture
def address(servers: ReplicatedRedis) -> str:
    """The address of the primary, whichever that is."""
    return servers.watch()


@pytest.fixture
def redis(address: str) -> Iterator[Redis]:
    """A client of the primary."""
    redis = connect(address)
    yield redis
    redis.close()


class Host(threading.Thread):
    """Adds parties to a line, each until it is answered, and notes which were."""

    def __init__(self, waitlist: Waitlist, code: str) -> None:
        super().__init__(daemon=True)
        self.waitlist, self.code = waitlist, code
        self.answered: list[str] = []
        self.refused = 0
        self.stopped = threading.Event()

    def run(self) -> None:
        """Work until stopped."""
        while not self.stopped.is_set():
            key = str(uuid4())
            while not self.stopped.is_set():
                try:
                    _, party = self.waitlist.join(self.code, key, 1, key)
                except Unavailable:
                    self.refused += 1
                    self.stopped.wait(0.05)
                    continue
                except QueueError:
                    # The line is full.
                    self.waitlist.advance(self.code, None, None)
                    break
                assert party.name == key
                self.answered.append(key)
                break


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSTOP])
def test_nothing_that_was_answered_is_lost_or_done_twice(
    servers: ReplicatedRedis, redis: Redis, blow: signal.Signals
) -> None:
    waitlist = waitlist_of(Store(redis, Outbox(redis), replicas=1))
    hosts = [Host(waitlist, waitlist.create(SETTINGS).code) for _ in range(2)]
    for host in hosts:
        host.start()
    for host in hosts:
        eventually(lambda at_work: len(at_work.answered) >= BEFORE, host)

    servers.primary.send(blow)
    done = [len(host.answered) for host in hosts]
    for host, before in zip(hosts, done, strict=True):
        eventually(lambda at_work, so_far: len(at_work.answered) >= so_far + AFTER, host, before)
        assert host.refused, "nobody noticed"
    for host in hosts:
        host.stopped.set()
        host.join()

    for host in hosts:
        names = [
            fields[b"event"].decode()
            for _, fields in redis.xrange(f"queueup:{{{host.code}}}:events")
        ]
        joined = [event for event in names if '"PartyJoined"' in event]
        for key in host.answered:
            assert sum(key in event for event in joined) == 1


def test_a_whole_program_goes_on_with_the_new_primary(
    servers: ReplicatedRedis, address: str, tmp_path: Path
) -> None:
    with Service(tmp_path / "data", REDIS_URL=address, ANSWERED_ON="2") as service:
        client = Remote(service.url)
        code = client.post("/api/queue/create", json=LINE).json["code"]

        def join(name: str) -> bool:
            return client.post(f"/api/queue/{code}/join", json={"name": name}).status_code == 200

        assert join("Anna")
        servers.primary.send(signal.SIGKILL)
        eventually(join, "Ben")
        # What the workers do goes on as well: they write the history.
        history = f"sqlite:///{service.data / 'history.db'}"
        eventually(
            lambda: {"Anna", "Ben"} <= {row["name"] for row in read_tables(history)["parties"]}
        )
        eventually(lambda: requests.get(f"{service.url}/readyz", timeout=60).status_code == 200)
