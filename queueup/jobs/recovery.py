"""Requeues the jobs of workers of this machine that were killed, without delay.

RQ itself requeues a job only a minute after its timeout, since it cannot know whether a worker on
another machine is dead. About a process of this machine we can know.
"""

import logging
import os
import socket

from redis import Redis
from redis.exceptions import RedisError, WatchError
from rq import Queue as JobQueue
from rq import Worker
from rq.executions import Execution
from rq.registry import StartedJobRegistry

log = logging.getLogger(__name__)

EXPIRED = 1


def requeue_orphaned(queue: JobQueue) -> int:
    """Requeue the jobs that workers of this machine had when they died, and count them.

    A job that had started loses one of its retries, so that a job that kills its worker ends.
    """
    names = _worker_names(queue)
    dead = {name for name in names if _is_dead(name, queue.connection)}
    requeued = _requeue_started(queue, dead)
    if dead and not any(_is_known(name, queue.connection) for name in names - dead):
        requeued += _requeue_handed_over(queue)
    if requeued:
        log.warning("requeued %d jobs of killed workers (queue=%s)", requeued, queue.name)
    return requeued


def _requeue_started(queue: JobQueue, dead: set[str]) -> int:
    started = StartedJobRegistry(queue=queue)
    requeued = 0
    for job_id, execution_id in _started(queue):
        execution = _execution(job_id, execution_id, queue.connection)
        if execution is not None and execution.worker_name in dead:
            queue.connection.zadd(started.key, {execution.composite_key: EXPIRED}, xx=True)
            requeued += 1
    if requeued:
        # RQ takes expired jobs for abandoned: it retries them if it may, or lets them fail.
        started.cleanup()
    return requeued


def requeue_unstarted(queue: JobQueue, seen_before: set[str]) -> set[str]:
    """Requeue what was handed over before the last check and never started; return what is new.

    A worker that loses Redis at that very moment does not know that it was given a job.
    """
    started = {job_id for job_id, _ in _started(queue)}
    handed_over = set(queue.intermediate_queue.get_job_ids()) - started
    for job_id in handed_over & seen_before:
        if _requeue(queue, job_id):
            log.warning("requeued job %s (never started)", job_id)
    return handed_over - seen_before


def _requeue_handed_over(queue: JobQueue) -> int:
    """Requeue what was handed over and never started; only safe without other workers."""
    return sum(_requeue(queue, job_id) for job_id in queue.intermediate_queue.get_job_ids())


def _requeue(queue: JobQueue, job_id: str) -> bool:
    key = queue.intermediate_queue_key
    with queue.connection.pipeline() as pipe:
        try:
            pipe.watch(key)
            if job_id.encode() not in pipe.lrange(key, 0, -1):
                return False
            pipe.multi()
            pipe.lrem(key, 1, job_id)
            pipe.lpush(queue.key, job_id)
            pipe.execute()
        except WatchError:
            # The list has changed: what is still in it is seen at the next check.
            return False
    return True


def _started(queue: JobQueue) -> list[tuple[str, str]]:
    return StartedJobRegistry(queue=queue).get_job_and_execution_ids(cleanup=False)


def _worker_names(queue: JobQueue) -> set[str]:
    return {key.partition(":worker:")[2] for key in Worker.all_keys(queue=queue)}


def _is_known(name: str, redis: Redis) -> bool:
    return bool(redis.exists(f"{Worker.redis_worker_namespace_prefix}{name}"))


def _is_dead(name: str, redis: Redis) -> bool:
    key = f"{Worker.redis_worker_namespace_prefix}{name}"
    host, pid = redis.hmget(key, "hostname", "pid")
    if host is None or pid is None or host != socket.gethostname().encode():
        return False
    if int(pid) == os.getpid():
        # In a container, a new process may get the id of the killed one.
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _execution(job_id: str, execution_id: str, redis: Redis) -> Execution | None:
    try:
        return Execution.fetch(execution_id, job_id, connection=redis)
    except (ValueError, KeyError, RedisError):
        return None
