"""A timer that reaches a worker before its time, by the worker's clock, is not used up."""

import logging
import time
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from flask import Flask
from redis import Redis
from rq.registry import ScheduledJobRegistry

from queueup import log_config
from queueup.jobs import tasks
from queueup.jobs.worker import Worker
from queueup.services import Services
from queueup.storage.job_queues import URGENT
from tests.support.scenario import Evening, queue

BEHIND_MS = 200_000


@pytest.fixture
def redis(app: Flask, parts: Services) -> Iterator[Redis]:
    """An empty Redis, inside the app that a worker would have pushed."""
    parts.redis.flushdb()
    with app.app_context():
        yield parts.redis


@pytest.fixture
def clock(parts: Services, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The worker's clock, which a test can put behind that of everybody else."""
    clock = SimpleNamespace(behind_ms=0)

    def now_ms() -> int:
        return time.time_ns() // 1_000_000 - clock.behind_ms

    monkeypatch.setattr(tasks, "now_ms", now_ms)
    monkeypatch.setattr(parts.waitlist, "_clock", now_ms)
    return clock


@pytest.fixture
def timer(redis: Redis, clock: SimpleNamespace, evening: Evening) -> str:
    """The timer of a call whose end lies two minutes ahead."""
    evening.guest("Anna Karenina")
    evening.call()
    waiting = planned(redis)
    return min(waiting, key=lambda name: waiting[name])


@pytest.fixture
def evening(redis: Redis, client) -> Evening:
    return Evening(client)


def planned(redis: Redis) -> dict[str, float]:
    """Return the timers that wait, and until when (s)."""
    found = redis.zrange(
        ScheduledJobRegistry(queue=queue(redis, URGENT)).key, 0, -1, withscores=True
    )
    return {name.decode(): until for name, until in found if name.startswith(b"time-")}


def comes(redis: Redis, timer: str) -> None:
    """Let a timer's time come by the scheduler's clock, and the worker do it."""
    line = queue(redis, URGENT)
    ScheduledJobRegistry(queue=line).remove(timer)
    line._enqueue_job(line.fetch_job(timer))
    Worker([line], connection=redis, serializer="json").work(burst=True)


def test_a_call_ends_although_the_workers_clock_was_behind(redis, clock, evening, parts, timer):
    # Two minutes are still to go: the worker's clock is as far behind the scheduler's.
    comes(redis, timer)
    assert parts.waitlist.queue(evening.code).called()
    assert timer in planned(redis)
    clock.behind_ms = -BEHIND_MS
    comes(redis, timer)
    assert not parts.waitlist.queue(evening.code).called()
    assert timer not in planned(redis)


def test_the_next_look_is_when_it_is_due_by_the_workers_clock(timer, evening, monkeypatch):
    due = int(timer.rpartition("-")[2])
    monkeypatch.setattr(tasks, "now_ms", lambda: due - 7_000)
    again = tasks.apply_time(evening.code, due)
    # When the scheduler's clock shows seven seconds after the time, the worker's shows the time.
    assert again.intervals == [14]
    assert tasks.apply_time(evening.code, due - 1) is None


def test_an_early_timer_is_no_failure(redis, evening, timer, caplog):
    with caplog.at_level(logging.INFO):
        for _ in range(8):
            comes(redis, timer)
    lines = [record for record in caplog.records if record.levelno > logging.INFO]
    assert lines == []
    assert not any(
        "Karenina" in log_config.TextFormatter(log_config.TEXT).format(r) for r in caplog.records
    )
    assert queue(redis, URGENT).failed_job_registry.get_job_ids() == []
    assert timer in planned(redis)


def test_nothing_is_left_of_a_timer_that_was_early(redis, clock, timer):
    comes(redis, timer)
    clock.behind_ms = -BEHIND_MS
    comes(redis, timer)
    assert list(redis.scan_iter(f"rq:*{timer}*")) == []
