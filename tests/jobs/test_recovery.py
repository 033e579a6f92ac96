"""What a killed worker had in hand comes back, what a living one has stays, and failures show."""

import os
import socket

import pytest
from redis import Redis
from rq import SimpleWorker
from rq.job import JobStatus

from queueup.jobs.recovery import requeue_orphaned, requeue_unstarted
from queueup.monitoring.job_stats import failed_jobs
from queueup.storage.job_queues import URGENT, retry_policy
from tests.support.scenario import queue

NOBODY = 2**22 - 1  # a process id that is not used: beyond what the tests' machines hand out


@pytest.fixture
def redis(parts) -> Redis:
    parts.redis.flushdb()
    return parts.redis


def begin_job(redis: Redis, pid: int, host: str, tries: int = 3):
    """Hand a job to a worker of this process id, and leave it there."""
    line = queue(redis, URGENT)
    waits_s = [0] * tries
    job = line.enqueue("queueup.jobs.apply_time", "NOSUCH", 0, **retry_policy(waits_s))
    worker = SimpleWorker([line], connection=redis, serializer="json")
    worker.pid, worker.hostname = pid, host
    worker.register_birth()
    taken, _ = worker.dequeue_job_and_maintain_ttl(1)
    worker.prepare_execution(taken)
    worker.prepare_job_execution(taken, remove_from_intermediate_queue=True)
    assert line.job_ids == []
    return job, line


def hand_over_job(redis: Redis, pid: int):
    """Hand a job to a worker that has not begun it."""
    line = queue(redis, URGENT)
    job = line.enqueue("queueup.jobs.apply_time", "NOSUCH", 0, **retry_policy([0]))
    worker = SimpleWorker([line], connection=redis, serializer="json")
    worker.pid = pid
    worker.register_birth()
    worker.dequeue_job_and_maintain_ttl(1)
    assert line.job_ids == []
    return job, line


def test_what_a_dead_process_had_begun_is_put_back(redis):
    job, line = begin_job(redis, NOBODY, socket.gethostname())
    assert requeue_orphaned(line) == 1
    assert line.job_ids == [job.id]
    assert requeue_orphaned(line) == 0
    assert line.job_ids == [job.id]


def test_what_a_process_with_our_own_number_had_begun_is_put_back(redis):
    job, line = begin_job(redis, os.getpid(), socket.gethostname())
    assert requeue_orphaned(line) == 1
    assert line.job_ids == [job.id]


def test_what_a_living_process_has_begun_stays_with_it(redis):
    _, line = begin_job(redis, os.getppid(), socket.gethostname())
    assert requeue_orphaned(line) == 0
    assert line.job_ids == []


def test_what_another_machine_has_begun_stays_with_it(redis):
    _, line = begin_job(redis, NOBODY, "another-machine")
    assert requeue_orphaned(line) == 0


def test_what_was_handed_to_a_dead_process_is_put_back(redis):
    job, line = hand_over_job(redis, NOBODY)
    assert requeue_orphaned(line) == 1
    assert line.job_ids == [job.id]


def test_what_was_handed_over_stays_while_anybody_works(redis):
    _, line = hand_over_job(redis, NOBODY)
    living = SimpleWorker([line], connection=redis, serializer="json")
    living.pid = os.getppid()
    living.register_birth()
    assert requeue_orphaned(line) == 0


def test_what_nobody_has_begun_for_two_looks_is_put_back(redis):
    job, line = hand_over_job(redis, os.getppid())
    first = requeue_unstarted(line, set())
    assert (first, line.job_ids) == ({job.id}, [])
    assert requeue_unstarted(line, first) == set()
    assert line.job_ids == [job.id]
    assert line.intermediate_queue.get_job_ids() == []


def test_what_has_begun_is_not_stuck(redis):
    job, line = begin_job(redis, os.getppid(), socket.gethostname())
    assert requeue_unstarted(line, {job.id}) == set()
    assert line.job_ids == []


def test_a_job_that_kills_its_workers_is_given_up_and_shown(redis):
    job, line = begin_job(redis, NOBODY, socket.gethostname(), tries=1)
    requeue_orphaned(line)
    job.refresh()
    job.set_status(JobStatus.STARTED)
    redis.delete(line.key)
    worker = SimpleWorker([line], connection=redis, serializer="json")
    worker.pid = NOBODY
    worker.register_birth()
    worker.prepare_execution(job)
    requeue_orphaned(line)
    (shown,) = failed_jobs(redis, URGENT)
    assert shown.job_id == job.id
    assert "apply_time" in shown.task
    assert "AbandonedJobError" in shown.reason
