"""The jobs that send notifications: they join the transaction that makes them necessary.

A call goes to all devices in one job. What a guest's device makes necessary later, as it subscribes
late or its push service does not take a message, is a job with an id of its own, for this
notification and this device: planned once, and bounded for each party and line.

Keys: `queueup:{CODE}:planned`, `…:planned:urgent` and `…:planned:unproven` are sorted sets of the
ids of such jobs, with the time (s) by which each has ended. Each set has its own bounds.
"""

import logging
import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from redis import Redis
from redis.client import Pipeline
from rq import Queue as JobQueue
from rq.job import Job

from queueup.log_config import party_hash
from queueup.storage.job_queues import JOB_TIMEOUT_S, LATER, URGENT, job_queue, retry_policy
from queueup.storage.redis_client import redis_errors

from . import notification
from .notification import FRESH_S, Notification
from .web_push import TIMEOUT_S, Outcome, Sent

log = logging.getLogger(__name__)

# Jobs of earlier releases wait in Redis under these names, so they stay as they are.
TELL = "queueup.jobs.tell"
TELL_AGAIN = "queueup.jobs.tell_again"
RING_TEST = "queueup.jobs.ring_test"

# A call is worth retrying for as long as a table is usually held, a nudge for a few minutes.
CALL_DELAYS_S = [1, 2, 4, 8, 15, 30, 30, 60, 60, 120, 120, 180]
NUDGE_DELAYS_S = [5, 15, 60, 120, 300]
# A push service that has never answered for a device may not exist: guests name it.
UNREACHED_DELAYS_S = [2, 8, 30]
# By then a message that is under way has been sent, or never will be: it waits for a thread, then
# for its push service, and looking up a name has no timeout of its own.
UNDER_WAY_S = FRESH_S + math.ceil(sum(TIMEOUT_S)) + 5
TEST_DELAYS_S = [1]
BATCH = 25
# Jobs of single devices that wait: a full line with five devices a party, and a party's share.
LINE_JOBS = 500
PARTY_JOBS = 20
# Longer than any of them: push services are obeyed when they ask for an hour.
PLANNED_TTL_S = 3 * 3600


class _Share(Enum):
    """Jobs of single devices that are counted together, and the end of their key."""

    # For devices that a push service has accepted something for: nothing else takes their places.
    URGENT = "planned:urgent"
    # Calls too, but guests can make these devices up.
    UNPROVEN = "planned:unproven"
    OTHERS = "planned"

    @classmethod
    def of(cls, kind: str, is_known: bool) -> "_Share":
        """Return where a job of this kind for such a device is counted."""
        if kind not in notification.URGENT:
            return cls.OTHERS
        return cls.URGENT if is_known else cls.UNPROVEN


@dataclass(frozen=True, slots=True)
class Unsent:
    """A notification that a device has not received, why, and if any has ever been accepted."""

    notification: Notification
    device: str
    is_known: bool
    sent: Sent


@dataclass(frozen=True, slots=True)
class _DeviceJob:
    """A job of a single device, where it is counted, and by when (s from now) it has ended."""

    id: str
    share: _Share
    ends_in_s: float
    enqueue: Callable[[Pipeline], None]


class NotificationJobs:
    """Enqueues notifications within a pipeline's MULTI."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._urgent = job_queue(redis, URGENT)
        self._later = job_queue(redis, LATER)

    def send(self, pipe: Pipeline, code: str, notifications: list[Notification]) -> None:
        """Send notifications, the urgent ones ahead of all others."""
        urgent = [one for one in notifications if one.kind in notification.URGENT]
        self._enqueue(pipe, self._urgent, code, urgent, CALL_DELAYS_S)
        others = [one for one in notifications if one.kind not in notification.URGENT]
        self._enqueue(pipe, self._later, code, others, NUDGE_DELAYS_S)

    def confirm(self, pipe: Pipeline, code: str, party_id: str) -> None:
        """Confirm to a party that has just subscribed that it is in line."""
        self._later.enqueue(
            TELL,
            code,
            [[party_id, notification.JOIN_CONFIRM, 0]],
            job_id=_confirmation(party_id),
            pipeline=pipe,
            **retry_policy(NUDGE_DELAYS_S),
        )

    @staticmethod
    def confirmation_key(party_id: str) -> str:
        """Return the Redis key that exists while a party's confirmation waits."""
        return str(Job.key_for(_confirmation(party_id)))

    def repeat_call(
        self, code: str, party_id: str, number: int, device: str, is_known: bool
    ) -> None:
        """Send a call to a device that subscribed after it. Raises Unavailable."""
        one = Notification(party_id, notification.CALLED, number)
        job_id = _id("call", one, device)
        # Who has just subscribed looks at the page, and may have made the device up.
        queue = self._urgent if is_known else self._later

        def enqueue(pipe: Pipeline) -> None:
            queue.enqueue(
                TELL,
                code,
                [[party_id, one.kind, number]],
                device,
                job_id=job_id,
                pipeline=pipe,
                **retry_policy(CALL_DELAYS_S),
            )

        share = _Share.of(one.kind, is_known)
        self._plan(code, [_DeviceJob(job_id, share, JOB_TIMEOUT_S + sum(CALL_DELAYS_S), enqueue)])

    def retry(self, code: str, unsent: list[Unsent]) -> None:
        """Try again later, each device by itself. Raises Unavailable."""
        self._plan(code, [self._retry(code, one) for one in unsent])

    def ended(self, code: str, job_id: str) -> None:
        """Make room for other jobs of single devices. Raises Unavailable."""
        with redis_errors(), self._redis.pipeline() as pipe:
            for key in _keys(code).values():
                pipe.zrem(key, job_id)
            pipe.execute()

    def test(self, pipe: Pipeline, code: str, test_id: str) -> None:
        """Send a test push, for whose result somebody waits."""
        policy = retry_policy(TEST_DELAYS_S)
        job_id = f"test-{code}-{test_id}"
        self._urgent.enqueue(RING_TEST, code, test_id, job_id=job_id, pipeline=pipe, **policy)

    def _retry(self, code: str, unsent: Unsent) -> _DeviceJob:
        one, sent = unsent.notification, unsent.sent
        is_urgent = one.kind in notification.URGENT
        first_s, *delays_s = CALL_DELAYS_S if is_urgent else NUDGE_DELAYS_S
        if sent.outcome is Outcome.UNREACHED and not unsent.is_known:
            first_s, *delays_s = UNREACHED_DELAYS_S
        if sent.outcome is Outcome.UNDER_WAY:
            first_s = UNDER_WAY_S
        first_s = max(first_s, sent.retry_after_s or 0)
        # Devices that guests may have made up never stand before those that have rung.
        queue = self._urgent if is_urgent and unsent.is_known else self._later
        job_id = _id("again", one, unsent.device)

        def enqueue(pipe: Pipeline) -> None:
            queue.enqueue_at(
                datetime.fromtimestamp(time.time() + first_s, UTC),
                TELL_AGAIN,
                code,
                one.party_id,
                one.kind,
                one.number,
                unsent.device,
                job_id=job_id,
                pipeline=pipe,
                **retry_policy(delays_s),
            )

        share = _Share.of(one.kind, unsent.is_known)
        return _DeviceJob(job_id, share, first_s + JOB_TIMEOUT_S + sum(delays_s), enqueue)

    def _plan(self, code: str, jobs: list[_DeviceJob]) -> None:
        keys = _keys(code)
        dropped: list[_DeviceJob] = []

        def write(pipe: Pipeline) -> None:
            # Redis lets this run again when another process has planned in between.
            dropped.clear()
            now_s = time.time()
            waiting = {share: _waiting(pipe, key, now_s) for share, key in keys.items()}
            by_party = {share: Counter(map(_party, ids)) for share, ids in waiting.items()}
            pipe.multi()
            for key in keys.values():
                pipe.zremrangebyscore(key, 0, now_s)
            for job in jobs:
                # A device that has become known since then has its job elsewhere.
                if any(job.id in ids for ids in waiting.values()):
                    continue
                key, ids, party = keys[job.share], waiting[job.share], _party(job.id)
                if len(ids) >= LINE_JOBS or by_party[job.share][party] >= PARTY_JOBS:
                    dropped.append(job)
                    continue
                ids.add(job.id)
                by_party[job.share][party] += 1
                pipe.zadd(key, {job.id: now_s + job.ends_in_s})
                pipe.expire(key, PLANNED_TTL_S)
                job.enqueue(pipe)

        with redis_errors():
            self._redis.transaction(write, *keys.values())
        for job in dropped:
            log.warning(
                "too many jobs of single devices in %s: one of %s is dropped", code, _party(job.id)
            )

    def _enqueue(
        self,
        pipe: Pipeline,
        queue: JobQueue,
        code: str,
        notifications: list[Notification],
        delays_s: list[int],
    ) -> None:
        # A message to everybody, or a call to many, must not become one long job: it would time
        # out, and it would hold up the calls behind it.
        for first in range(0, len(notifications), BATCH):
            batch = notifications[first : first + BATCH]
            named = [[one.party_id, one.kind, one.number] for one in batch]
            queue.enqueue(TELL, code, named, pipeline=pipe, **retry_policy(delays_s))


def _keys(code: str) -> dict[_Share, str]:
    return {share: f"queueup:{{{code}}}:{share.value}" for share in _Share}


def _waiting(pipe: Pipeline, key: str, now_s: float) -> set[str]:
    planned: Any = pipe.zrangebyscore(key, now_s, "+inf")
    return {job_id.decode() for job_id in planned}


def _id(what: str, one: Notification, device: str) -> str:
    # Logs contain it, and must not contain the party's own id.
    return f"{what}-{party_hash(one.party_id)}-{device}-{one.kind}-{one.number}"


def _party(job_id: str) -> str:
    return job_id.split("-")[1]


def _confirmation(party_id: str) -> str:
    return f"confirm-{party_hash(party_id)}"
