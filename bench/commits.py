"""How long a host and a guest wait for a change, with every write synced to disk."""

import time
from statistics import median, quantiles

import requests

from bench.service import service

CHANGES = 200


def run() -> list[tuple[str, str]]:
    """Measure and return rows of what and how much."""
    with service() as running, requests.Session() as session:
        joins: list[float] = []
        advances: list[float] = []
        for _ in range(CHANGES // 50):
            created = session.post(
                f"{running.url}/api/queue/create", json={"eventName": "Bench", "maxGuests": 100}
            ).json()
            base = f"{running.url}/api/queue/{created['code']}"
            token = {"x-host-auth": created["hostAuthToken"]}
            for number in range(50):
                joins.append(_timed(session, f"{base}/join", {"name": f"Guest {number}"}, {}))
            for _ in range(50):
                advances.append(_timed(session, f"{base}/advance", {}, token))
    return [("join", _shown(joins)), ("advance", _shown(advances))]


def _timed(
    session: requests.Session, url: str, body: dict[str, str], headers: dict[str, str]
) -> float:
    started = time.perf_counter()
    answer = session.post(url, json=body, headers=headers, timeout=10)
    took = (time.perf_counter() - started) * 1000
    answer.raise_for_status()
    return took


def _shown(times: list[float]) -> str:
    return f"median {median(times):.1f} ms, p99 {quantiles(times, n=100)[98]:.1f} ms"
