"""The day's statistics for the operator's page, summed over all processes and machines.

Each process adds what it has counted since the last time to one Redis hash a day.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from prometheus_client import Counter
from redis import Redis
from redis.exceptions import RedisError

from queueup import metrics
from queueup.storage.redis_client import redis_errors

log = logging.getLogger(__name__)

EVERY_S = 5
TTL_S = 8 * 24 * 3600


def _count(counter: Counter, **labels: str) -> int:
    """Sum this process's samples of a counter that have these labels."""
    return int(
        sum(
            sample.value
            for metric in counter.collect()
            for sample in metric.samples
            if sample.name.endswith("_total") and labels.items() <= sample.labels.items()
        )
    )


FIGURES: dict[str, Callable[[], int]] = {
    "polls": lambda: _count(metrics.POLLS),
    "polls_unchanged": lambda: _count(metrics.POLLS, status="304"),
    "truth_reads": lambda: _count(metrics.TRUTH_READS),
    "truth_commits": lambda: _count(metrics.TRUTH_COMMITS),
    "socket_messages": lambda: _count(metrics.SOCKET_MESSAGES),
    "forwarded_ignored": lambda: _count(metrics.FORWARDED_IGNORED),
    "pushes_sent": lambda: _count(metrics.PUSHES, outcome="accepted"),
}


class DailyStats:
    """Adds this process's counts to the day's."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._added = dict.fromkeys(FIGURES, 0)

    def start(self) -> None:
        """Add every few seconds, in a daemon thread."""
        threading.Thread(target=self._run, name="daily-stats", daemon=True).start()

    def add(self) -> None:
        """Add what has been counted since the last successful call. Raises RedisError."""
        now = {name: figure() for name, figure in FIGURES.items()}
        grown = {name: count - self._added[name] for name, count in now.items()}
        if not any(grown.values()):
            return
        with self._redis.pipeline() as pipe:
            for name, count in grown.items():
                pipe.hincrby(_day(), name, count)
            pipe.expire(_day(), TTL_S)
            pipe.execute()
        self._added = now

    def today(self) -> dict[str, int]:
        """Return the counts of today (UTC) of all processes. Raises Unavailable."""
        with redis_errors():
            found = self._redis.hgetall(_day())
        return {name: int(found.get(name.encode(), 0)) for name in FIGURES}

    def _run(self) -> None:
        while True:
            time.sleep(EVERY_S)
            try:
                self.add()
            except RedisError as error:
                log.warning("daily statistics delayed, Redis is unreachable: %s", error)
            except Exception:
                log.exception("daily statistics delayed")


def _day() -> str:
    return f"queueup:figures:{datetime.now(UTC):%Y-%m-%d}"
