"""Whether everything that the program needs answers: Redis, the history and the workers."""

import time
from datetime import UTC, datetime, timedelta

from redis import Redis
from redis.exceptions import RedisError
from rq import Worker

from queueup.history import History
from queueup.history.database import HistoryAway
from queueup.storage.job_queues import NAMES, job_queue

# A worker that has nothing to do says every five seconds that it lives, a busy one every second.
SEEN_LATELY = timedelta(seconds=45)
TRUSTED_S = 2.0


class Health:
    """Looks after the parts, at most every two seconds, however often it is asked."""

    def __init__(self, redis: Redis, history: History) -> None:
        self._redis = redis
        self._history = history
        self._found: dict[str, bool] = {}
        self._looked_at = float("-inf")

    def checks(self) -> dict[str, bool]:
        """Return which part answers: `redis`, `history`, and `worker` for all lines of jobs."""
        if time.monotonic() - self._looked_at > TRUSTED_S:
            self._found = {
                "redis": self._has_redis(),
                "history": self._has_history(),
                "worker": self._has_workers(),
            }
            self._looked_at = time.monotonic()
        return self._found

    def _has_redis(self) -> bool:
        try:
            return bool(self._redis.ping())
        except RedisError:
            return False

    def _has_history(self) -> bool:
        try:
            self._history.ping()
        except HistoryAway:
            return False
        return True

    def _has_workers(self) -> bool:
        try:
            return all(self._is_seen(name) for name in NAMES)
        except RedisError:
            return False

    def _is_seen(self, name: str) -> bool:
        workers = Worker.all(queue=job_queue(self._redis, name), serializer="json")
        seen = [worker.last_heartbeat for worker in workers]
        oldest = datetime.now(UTC) - SEEN_LATELY
        return any(at is not None and at > oldest for at in seen)
