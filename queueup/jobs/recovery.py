"""Takes back at once what a killed worker of this machine had in hand, and lists what gave up.

RQ itself gives a job back only when its time and a minute more have passed, since it cannot know
whether a worker on another machine is dead. Of a process on this machine we can know.
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

LONG_OVER = 1


def requeue_orphaned(line: JobQueue) -> int:
    """Put back into the line what workers of this machine had in hand when they died; count it.

    A job that had begun pays with one of its tries, so that a job that kills its worker ends.
    """
    names = _worker_names(line)
    dead = {name for name in names if _is_dead(name, line.connection)}
    taken = _take_back_begun(line, dead)
    if dead and not any(_is_known(name, line.connection) for name in names - dead):
        taken += _take_back_handed_over(line)
    if taken:
        log.warning("took back %d jobs of killed workers in %s", taken, line.name)
    return taken


def _take_back_begun(line: JobQueue, dead: set[str]) -> int:
    started = StartedJobRegistry(queue=line)
    taken = 0
    for job_id, execution_id in _begun(line):
        execution = _execution(job_id, execution_id, line.connection)
        if execution is not None and execution.worker_name in dead:
            line.connection.zadd(started.key, {execution.composite_key: LONG_OVER}, xx=True)
            taken += 1
    if taken:
        # What is long over counts as abandoned: tried again while it has tries, else kept.
        started.cleanup()
    return taken


def requeue_unstarted(line: JobQueue, seen_before: set[str]) -> set[str]:
    """Put back what was handed over before the last look and has not begun; return what is new.

    A worker that loses Redis at that very moment does not know that it was given a job.
    """
    begun = {job_id for job_id, _ in _begun(line)}
    handed_over = set(line.intermediate_queue.get_job_ids()) - begun
    for job_id in handed_over & seen_before:
        if _put_back(line, job_id):
            log.warning("took back job %s, which nobody began", job_id)
    return handed_over - seen_before


def _take_back_handed_over(line: JobQueue) -> int:
    """Take back what was handed over and had not begun; only safe while nobody else works."""
    return sum(_put_back(line, job_id) for job_id in line.intermediate_queue.get_job_ids())


def _put_back(line: JobQueue, job_id: str) -> bool:
    key = line.intermediate_queue_key
    with line.connection.pipeline() as pipe:
        try:
            pipe.watch(key)
            if job_id.encode() not in pipe.lrange(key, 0, -1):
                return False
            pipe.multi()
            pipe.lrem(key, 1, job_id)
            pipe.lpush(line.key, job_id)
            pipe.execute()
        except WatchError:
            # Somebody has moved on: what is still there is there at the next look.
            return False
    return True


def _begun(line: JobQueue) -> list[tuple[str, str]]:
    return StartedJobRegistry(queue=line).get_job_and_execution_ids(cleanup=False)


def _worker_names(line: JobQueue) -> set[str]:
    return {key.partition(":worker:")[2] for key in Worker.all_keys(queue=line)}


def _is_known(name: str, redis: Redis) -> bool:
    return bool(redis.exists(f"{Worker.redis_worker_namespace_prefix}{name}"))


def _is_dead(name: str, redis: Redis) -> bool:
    key = f"{Worker.redis_worker_namespace_prefix}{name}"
    host, pid = redis.hmget(key, "hostname", "pid")
    if host is None or pid is None or host != socket.gethostname().encode():
        return False
    if int(pid) == os.getpid():
        # A new start in a container gets the number of the process that was killed.
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
