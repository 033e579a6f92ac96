"""Health checks: whether Redis, the history and the workers respond."""

import time
from datetime import UTC, datetime, timedelta

from redis import Redis
from redis.exceptions import RedisError
from rq import Worker

from queueup import time_zones
from queueup.history import History
from queueup.history.database import HistoryUnavailable
from queueup.storage import server_check
from queueup.storage.job_queues import NAMES, job_queue

# An idle worker sends a heartbeat every five seconds, a busy one every second.
HEARTBEAT_LIMIT = timedelta(seconds=45)
CACHE_S = 2.0
WARNINGS_CACHE_S = 10.0


class Health:
    """Runs the checks at most every two seconds, however often it is asked."""

    def __init__(self, redis: Redis, history: History, replicas: int = 0) -> None:
        self._redis = redis
        self._history = history
        self._replicas = replicas
        self._found: dict[str, bool] = {}
        self._checked_at = float("-inf")
        self._warnings: list[str] = []
        self._warned_at = float("-inf")

    def checks(self) -> dict[str, bool]:
        """Return which checks pass: `redis`, `history`, and `worker` if each queue has one."""
        if time.monotonic() - self._checked_at > CACHE_S:
            self._found = {
                "redis": self._has_redis(),
                "history": self._has_history(),
                "worker": self._has_workers(),
            }
            self._checked_at = time.monotonic()
        return self._found

    def warnings(self) -> list[str]:
        """Return a sentence for everything that works, but should not be left so."""
        if time.monotonic() - self._warned_at > WARNINGS_CACHE_S:
            try:
                of_redis = server_check.complaints(self._redis, self._replicas)
                self._warnings = time_zones.warnings() + of_redis
            except RedisError:
                # The check of Redis says that it does not respond.
                return self._warnings
            self._warned_at = time.monotonic()
        return self._warnings

    def _has_redis(self) -> bool:
        try:
            return bool(self._redis.ping())
        except RedisError:
            return False

    def _has_history(self) -> bool:
        try:
            self._history.ping()
        except HistoryUnavailable:
            return False
        return True

    def _has_workers(self) -> bool:
        try:
            return all(self._has_worker(name) for name in NAMES)
        except RedisError:
            return False

    def _has_worker(self, name: str) -> bool:
        workers = Worker.all(queue=job_queue(self._redis, name), serializer="json")
        seen = [worker.last_heartbeat for worker in workers]
        oldest = datetime.now(UTC) - HEARTBEAT_LIMIT
        return any(at is not None and at > oldest for at in seen)
