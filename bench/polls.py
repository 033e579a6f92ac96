"""What an unchanged poll costs, against a bare WSGI callable, and as the place gets busier."""

from statistics import median

import requests

from bench.service import Load, Service, service, web, wrk
from queueup.clock import now_ms
from queueup.domain.model import OnExpiry, QueueSettings
from queueup.storage.redis_client import connect
from queueup.storage.snapshot_cache import SnapshotCache
from queueup.storage.store import Store
from queueup.waitlist import Waitlist

ROUNDS = 5
SECONDS = 4
QUEUES = 10_000


def run() -> list[tuple[str, str]]:
    """Measure and return rows of what and how much."""
    with service() as running, web("bench.bare:web()", running.env) as bare_url:
        few, many = _guest(running, parties=10), _guest(running, parties=100)
        one_of_ten = _guest(running, parties=10)
        polls: list[Load] = []
        bare: list[Load] = []
        sizes: dict[str, list[Load]] = {"10 parties": [], "100 parties": []}
        for _ in range(ROUNDS):
            polls.append(_poll(*few))
            bare.append(wrk(bare_url, {}, SECONDS))
            sizes["10 parties"].append(_poll(*few))
            sizes["100 parties"].append(_poll(*many))
        before = [_poll(*one_of_ten) for _ in range(ROUNDS)]
        _open_queues(running, QUEUES)
        after = [_poll(*one_of_ten) for _ in range(ROUNDS)]
        # The machine drifts, so the same address is measured around the others once more.
        rows = [
            ("unchanged guest poll (304), whole stack", _shown(polls)),
            ("bare WSGI callable with one Redis read", _shown(bare)),
            ("ratio (median of the rounds' ratios)", _ratio(polls, bare)),
            (
                "100 parties waiting against 10",
                _ratio(sizes["100 parties"], sizes["10 parties"]),
            ),
            (f"{QUEUES:,} queues open against 10", _ratio(after, before)),
        ]
    return rows


def _guest(running: Service, parties: int) -> tuple[str, str]:
    """Open a queue with so many parties, and return the last guest's poll address and tag."""
    created = requests.post(
        f"{running.url}/api/queue/create",
        json={"eventName": "Bench", "maxGuests": 100},
        timeout=10,
    ).json()
    base = f"{running.url}/api/queue/{created['code']}"
    for number in range(parties):
        joined = requests.post(f"{base}/join", json={"name": f"Guest {number}"}, timeout=10).json()
    url = f"{base}/snapshot?partyId={joined['partyId']}"
    return url, requests.get(url, timeout=10).headers["ETag"]


def _open_queues(running: Service, count: int) -> None:
    store = Store(connect(running.redis_url), lambda pipe, queue, events: None)
    waitlist = Waitlist(store, SnapshotCache.of_store(store, now_ms))
    for number in range(count):
        waitlist.create(QueueSettings(f"Queue {number}", 20, 600_000, OnExpiry.FLAG))


def _poll(url: str, tag: str) -> Load:
    load = wrk(url, {"If-None-Match": tag}, SECONDS)
    if load.failures:
        raise RuntimeError(f"{load.failures} polls failed")
    return load


def _shown(loads: list[Load]) -> str:
    rate = median(load.per_second for load in loads)
    p99 = median(load.p99_ms for load in loads)
    return f"{rate:,.0f} a second, p99 {p99:.0f} ms"


def _ratio(ours: list[Load], theirs: list[Load]) -> str:
    ratios = [a.per_second / b.per_second for a, b in zip(ours, theirs, strict=True)]
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
