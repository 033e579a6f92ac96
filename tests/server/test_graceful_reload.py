"""A running program is replaced, web server and workers, and no request of anybody fails."""

import http.client
import json
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from typing import Any

import pytest
import requests

from queueup.server.graceful_reload import GracefulReload
from queueup.server.process import ManagedProcess, spawn
from tests.support.running_service import PARTS, Service, eventually, is_running

REPLACED = "QueueUp was reloaded"
HANGS_S = 60
CLIENTS = 6


class Client:
    """One connection that is kept, as a browser or proxy keeps it; what changes is tried once.

    Whoever polls has a quarter second before the server ends the connection. On a stalled machine
    both happen at once; like a browser it then asks again on a new one (RFC 9110, section 9.2.2).
    """

    def __init__(self, service: Service, code: str) -> None:
        self.port = int(service.env["PORT"])
        self.path = f"/api/queue/{code}"
        self.answers: Counter[int] = Counter()
        self.failures: list[str] = []
        self._connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, action: str, body: dict[str, Any] | None = None) -> Any:
        """Ask, and note how it went."""
        is_kept = self._connection is not None
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=HANGS_S)
        content = None if body is None else json.dumps(body)
        try:
            self._connection.request(method, f"{self.path}/{action}", content)
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.hang_up()
            if is_kept and method == "GET" and isinstance(error, ConnectionError):
                return self.ask(method, action)
            self.failures.append(f"{action}: {error!r}")
            return None
        self.answers[answer.status] += 1
        if answer.will_close:
            self.hang_up()
        return json.loads(text) if answer.status == 200 else None

    def hang_up(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@pytest.mark.long
def test_no_request_fails_while_everything_is_replaced_twice(service: Service) -> None:
    code = requests.post(
        f"{service.url}/api/queue/create",
        json={"eventName": "Lucia", "maxGuests": 100},
        timeout=HANGS_S,
    ).json()["code"]
    stopping = threading.Event()
    clients = [Client(service, code) for _ in range(2 * CLIENTS)]

    def poll(client: Client) -> None:
        while not stopping.wait(0.05):
            client.ask("GET", "snapshot")
        client.hang_up()

    def join(client: Client) -> None:
        chance = random.Random(id(client))
        number = 0
        # Long enough for a connection to wait for its next request while its process leaves.
        while not stopping.wait(chance.uniform(0.1, 2)):
            number += 1
            party = client.ask("POST", "join", {"name": f"{id(client)} {number}"})
            if party is not None:
                client.ask("POST", "leave", {"partyId": party["partyId"]})
        client.hang_up()

    threads = [
        threading.Thread(target=(poll if number % 2 else join), args=(client,))
        for number, client in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    try:
        before = {part: service.pid(part) for part in PARTS}
        for times in (1, 2):
            time.sleep(1)
            os.kill(service.pid("supervisor"), signal.SIGUSR2)
            eventually(lambda times=times: said(service, REPLACED) == times)
        eventually(lambda: not is_running(before["web"]))
        for part in ("urgent", "later", "scheduler"):
            assert service.pid(part) != before[part]
        assert service.pid("redis") == before["redis"]
        time.sleep(1)
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
    assert [failure for client in clients for failure in client.failures] == []
    assert {status for client in clients for status in client.answers} == {200}
    assert all(sum(client.answers.values()) for client in clients)


def said(service: Service, text: str) -> int:
    """Count the lines that hold this text."""
    return sum(text in line for line in service.lines)


def test_a_new_web_server_that_does_not_start_leaves_the_old_one_where_it_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    old = ManagedProcess("web", lambda: spawn(["sleep", "1000"], dict(os.environ)))
    old.start()
    replacer = GracefulReload(old, lambda ready: spawn(["false"], dict(os.environ)), 2)
    replacer.begin()
    assert len(replacer.children) == 2
    eventually(lambda: replacer.poll() or len(replacer.children) == 1)
    assert replacer.web is old
    assert old.is_alive
    assert caplog.messages == ["The new web server did not start: the old one keeps running."]
    old.kill_group()


def test_the_old_web_server_leaves_when_every_process_of_the_new_one_is_ready() -> None:
    told: list[int] = []

    def launch(ready: int | None) -> subprocess.Popen[bytes]:
        if ready is not None:
            told.append(os.dup(ready))
        return spawn(["sleep", "1000"], dict(os.environ))

    old = ManagedProcess("web", lambda: spawn(["sleep", "1000"], dict(os.environ)))
    old.start()
    replacer = GracefulReload(old, launch, 2)
    replacer.begin()
    for _ in range(2):
        assert not replacer.poll()
        assert replacer.web is old
        os.write(told[0], b".")
    eventually(replacer.poll)
    assert replacer.web is not old
    eventually(lambda: replacer.poll() or len(replacer.children) == 1)
    assert old.process is None
    # Whoever starts it once more has nobody to tell that it is ready.
    replacer.web.kill_group()
    replacer.web.start()
    assert replacer.web.is_alive
    replacer.web.kill_group()
    os.close(told[0])
