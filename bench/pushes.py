"""How soon a call is on its way to the push service, and how many pushes a worker sends."""

import contextlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median, quantiles

import requests

from bench.browser_keys import subscription
from bench.service import Service, free_port, running, service, wait_for
from queueup.notifications.enqueue import NotificationJobs
from queueup.notifications.notification import JOIN_CONFIRM, Notification
from queueup.storage.redis_client import connect

CALLS = 60
WAITING = 200
GUESTS = 100
WAIT_S = 60


@dataclass(frozen=True, slots=True)
class Line:
    """A queue with subscribed guests."""

    code: str
    session_id: str
    token: str
    party_ids: list[str]


def run() -> list[tuple[str, str]]:
    """Measure and return rows of what and how much."""
    with _everything() as (running_service, sink):
        url = running_service.url
        rows = [("host's tap to the push service, idle", _taps(url, sink))]
        rows.append(_throughput(running_service, sink))
        rows.append(
            (f"the same, {WAITING} nudges waiting", _taps(url, sink, running_service, WAITING))
        )
        rows.append(_with_and_without_guests(url, sink))
    return rows


@contextlib.contextmanager
def _everything(delay_ms: int = 0) -> Iterator[tuple[Service, str]]:
    port = free_port()
    sink = f"http://127.0.0.1:{port}"
    with (
        running([sys.executable, "-m", "bench.sink", str(port), str(delay_ms)], {}),
        service({"PUSH_EXTRA_ORIGINS": sink}) as found,
        running([sys.executable, "worker.py", "urgent"], found.env),
        running([sys.executable, "worker.py", "later"], found.env),
        running([sys.executable, "worker.py", "scheduler"], found.env),
    ):
        wait_for(f"{sink}/arrivals")
        time.sleep(3)  # until the workers listen
        yield found, sink


def _line(url: str, sink: str, guests: int, subscribed: bool = True) -> Line:
    created = _post(f"{url}/api/queue/create", {"eventName": "Bench", "maxGuests": 100})
    code, session_id = created["code"], created["sessionId"]
    party_ids = []
    for number in range(guests):
        joined = _post(f"{url}/api/queue/{code}/join", {"name": f"Guest {number}"})
        party_ids.append(joined["partyId"])
        if subscribed:
            device = subscription(f"{sink}/p/{joined['partyId']}")
            who = {"sessionId": session_id, "partyId": joined["partyId"]}
            requests.post(
                f"{url}/api/push/subscribe", json={**who, "subscription": device}, timeout=10
            ).raise_for_status()
    return Line(code, session_id, created["hostAuthToken"], party_ids)


def _taps(url: str, sink: str, busy: Service | None = None, waiting: int = 0) -> str:
    """Call parties one by one, and compare the tap's time with the arrival's."""
    line = _line(url, sink, CALLS)
    crowd = _line(url, sink, GUESTS) if busy else None
    _settle(sink)
    took: list[float] = []
    for party_id in line.party_ids:
        if busy and crowd:
            _enqueue_nudges(busy, crowd, waiting)
        tapped_us = time.time_ns() // 1000
        _advance(url, line)
        arrived_us = _arrival(sink, party_id)
        took.append((arrived_us - tapped_us) / 1000)
        if not busy:
            time.sleep(0.05)
    return f"median {median(took):.0f} ms, p99 {quantiles(took, n=100)[98]:.0f} ms"


def _throughput(busy: Service, sink: str) -> tuple[str, str]:
    """Let one worker send a pile of pushes, one job each, and count from first to last."""
    crowd = _line(busy.url, sink, GUESTS)
    _settle(sink)
    jobs = 5 * GUESTS
    _enqueue_nudges(busy, crowd, jobs)
    times: list[int] = []
    deadline = time.monotonic() + WAIT_S
    while len(times) < GUESTS and time.monotonic() < deadline:
        times += [at for at, _, _ in requests.get(f"{sink}/arrivals", timeout=10).json()]
        time.sleep(0.1)
    per_second = (len(times) - 1) / ((max(times) - min(times)) / 1e6)
    return "pushes a second of one worker, a job each", f"{per_second:.0f}"


def _with_and_without_guests(url: str, sink: str) -> tuple[str, str]:
    """Advance two queues in turn, one of them with a hundred subscribed guests."""
    with_guests, without = _line(url, sink, GUESTS), _line(url, sink, GUESTS, subscribed=False)
    _settle(sink)
    took: dict[str, list[float]] = {"with": [], "without": []}
    for _ in range(GUESTS - 10):
        for name, line in (("with", with_guests), ("without", without)):
            started = time.perf_counter()
            _advance(url, line)
            took[name].append((time.perf_counter() - started) * 1000)
            time.sleep(0.02)
    shown = (
        f"{name}: median {median(times):.1f} ms, p99 {quantiles(times, n=100)[98]:.1f} ms"
        for name, times in took.items()
    )
    return "advance with and without 100 subscribed guests", "; ".join(shown)


def _enqueue_nudges(busy: Service, crowd: Line, count: int) -> None:
    redis = connect(busy.redis_url, connections=1)
    jobs = NotificationJobs(redis)
    for key in redis.scan_iter(f"queueup:{{{crowd.code}}}:push:*"):
        marks = [name for name in redis.hkeys(key) if name.startswith(b"told:")]
        if marks:
            redis.hdel(key, *marks)
    with redis.pipeline() as pipe:
        pipe.multi()
        for number in range(count):
            party_id = crowd.party_ids[number % GUESTS]
            jobs.send(pipe, crowd.code, [Notification(party_id, JOIN_CONFIRM)])
        pipe.execute()
    redis.close()


def _arrival(sink: str, party_id: str) -> int:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        for at, urgency, path in requests.get(f"{sink}/arrivals", timeout=10).json():
            if urgency == "high" and path.endswith(party_id):
                return int(at)
        time.sleep(0.005)
    raise RuntimeError("a call did not arrive at the push service")


def _settle(sink: str) -> None:
    """Wait until nothing more arrives."""
    while True:
        time.sleep(1.5)
        if not requests.get(f"{sink}/arrivals", timeout=10).json():
            return


def _advance(url: str, line: Line) -> None:
    headers = {"x-host-auth": line.token}
    requests.post(
        f"{url}/api/queue/{line.code}/advance", json={}, headers=headers, timeout=10
    ).raise_for_status()


def _post(url: str, body: dict[str, object]) -> dict[str, str]:
    answer = requests.post(url, json=body, timeout=10)
    answer.raise_for_status()
    found: dict[str, str] = answer.json()
    return found
