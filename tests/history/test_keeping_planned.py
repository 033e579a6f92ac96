"""What comes back by the clock goes on coming, whatever one run meets."""

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from flask import Flask
from redis import Redis
from redis.exceptions import TimeoutError
from rq import Queue as JobQueue
from rq.registry import ScheduledJobRegistry

from queueup.jobs import periodic
from queueup.jobs.worker import Worker
from queueup.storage.job_queues import LATER, job_queue

DAY_S = 24 * 3600
BOTH = ["erase_old_guests", "record_waiting"]

SetClock = Callable[[float], None]


@pytest.fixture
def line(app: Flask, redis: Redis) -> Iterator[JobQueue]:
    """The line of what may wait, empty, inside the app that a worker would have pushed."""
    with app.app_context():
        yield job_queue(redis, LATER)


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """A clock of the worker's machine that stands still."""

    def set_it(at_s: float) -> None:
        clock = SimpleNamespace(time=lambda: at_s, sleep=time.sleep)
        monkeypatch.setattr(periodic, "time", clock)

    return set_it


def planned(line: JobQueue) -> dict[str, int]:
    """Return the runs that will be done, and when each is due."""
    runs = line.connection.zrange(ScheduledJobRegistry(queue=line).key, 0, -1, withscores=True)
    return {
        run.decode(): int(due_s)
        for run, due_s in runs
        if line.connection.exists(f"rq:job:{run.decode()}")
    }


def names(line: JobQueue) -> list[str]:
    """Return what is planned, by name."""
    return sorted(run.rpartition("-")[0] for run in planned(line))


def work(line: JobQueue) -> None:
    """Do what waits, and look after the line once before, as a worker process does."""
    Worker([line], connection=line.connection, serializer="json").work(burst=True)


def hand_over(line: JobQueue, name: str) -> int:
    """Put the planned run into the line, as the scheduler does by its own clock: now it is due."""
    (run,) = (run for run in planned(line) if run.startswith(name))
    ScheduledJobRegistry(queue=line).remove(run)
    job = line.fetch_job(run)
    assert job is not None
    line._enqueue_job(job)
    return int(run.rpartition("-")[2])


@pytest.mark.parametrize("name", BOTH)
@pytest.mark.parametrize("behind_s", [0.5, 180])
def test_a_worker_whose_clock_is_behind_plans_the_next_run_and_not_the_present_one(
    line: JobQueue, set_clock: SetClock, name: str, behind_s: float
) -> None:
    periodic.start()
    due_s = []
    for _ in range(3):
        due_s.append(hand_over(line, name))
        set_clock(due_s[-1] - behind_s)
        work(line)
        # At the beginning it looks after the line.
        work(line)
        assert names(line) == BOTH
    period_s = {job.__name__: every_s for job, every_s in periodic.EVERY_S.items()}[name]
    assert [later - due_s[0] for later in due_s] == [0, period_s, 2 * period_s]


def test_a_worker_plans_again_what_a_run_could_not_plan(
    line: JobQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    periodic.start()

    def away(*_: object) -> None:
        raise TimeoutError("Timeout reading from socket")

    for name in BOTH:
        hand_over(line, name)
    with monkeypatch.context() as silence:
        silence.setattr(periodic, "_plan", away)
        work(line)
    assert planned(line) == {}
    work(line)
    assert names(line) == BOTH


def test_a_worker_of_the_urgent_line_plans_nothing(line: JobQueue) -> None:
    work(job_queue(line.connection, "urgent"))
    assert planned(line) == {}


def test_a_clock_that_is_set_back_by_a_day_puts_nothing_off(
    line: JobQueue, set_clock: SetClock, redis: Redis
) -> None:
    now_s = time.time()
    set_clock(now_s + DAY_S)
    periodic.start()
    far = planned(line)
    set_clock(now_s)
    work(line)
    assert names(line) == BOTH
    assert max(planned(line).values()) <= now_s + periodic.ERASE_EVERY_S
    assert not any(redis.exists(f"rq:job:{run}") for run in far)


def test_looking_again_changes_nothing(line: JobQueue) -> None:
    periodic.start()
    first = planned(line)
    periodic.keep_planned(line)
    assert planned(line) == first
