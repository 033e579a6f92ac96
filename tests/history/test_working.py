"""The whole way: a commit, the scheduler, the worker, and a row in SQL."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from redis import Redis
from rq.registry import ScheduledJobRegistry
from sqlalchemy.exc import OperationalError

from queueup import create_app
from queueup.config import read_settings
from queueup.history import HistoryUnavailable
from queueup.jobs import periodic, tasks
from queueup.services import EXTENSION, Services
from queueup.storage.job_queues import LATER, job_queue
from queueup.waitlist import Waitlist
from tests.history.evenings import restaurant
from tests.history.reading import read_tables
from tests.support.redis_server import OwnRedis

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60


def _planned(redis: Redis) -> list[str]:
    later = job_queue(redis, LATER)
    return [name.decode() for name in redis.zrange(ScheduledJobRegistry(queue=later).key, 0, -1)]


@pytest.fixture
def working(env: dict[str, str], redis: Redis, tmp_path: Path) -> Iterator[None]:
    """A worker and a scheduler, in processes of their own."""
    with open(tmp_path / "log", "wb") as log:
        running = [
            subprocess.Popen(
                [sys.executable, ROOT / "worker.py", part],
                env=os.environ | env,
                stdout=log,
                stderr=log,
            )
            for part in (LATER, "scheduler")
        ]
        yield
        for process in running:
            process.kill()
            process.wait()


def test_a_commit_reaches_the_history_by_way_of_the_worker(
    working: None, parts: Services, env: dict[str, str]
) -> None:
    code = parts.waitlist.create(restaurant()).code
    parts.waitlist.join(code, "Anna", 2, None)
    file = Path(env["QUEUEUP_DATA"]) / "history.db"
    started = time.monotonic()
    recorded: list[int] = []
    while recorded != [1, 2] and time.monotonic() - started < PATIENCE_S:
        time.sleep(0.2)
        if file.exists() and file.stat().st_size:
            recorded = _numbers(f"sqlite:///{file}")
    assert recorded == [1, 2]


def test_what_is_forgotten_is_not_in_any_file_either(own_redis: OwnRedis) -> None:
    app = create_app(read_settings({"QUEUEUP_DATA": str(own_redis.folder)}))
    redis: Redis = app.extensions[EXTENSION].redis
    waitlist: Waitlist = app.extensions[EXTENSION].waitlist
    with app.app_context():
        code = waitlist.create(replace(restaurant(), privacy_days=0)).code
        waitlist.join(code, "Annabella", 2, None)
        tasks.record_events(code)
        assert "Annabella" in _files(own_redis.folder)
        waitlist.close(code)
        tasks.record_events(code)
        started = time.monotonic()
        while _is_rewriting(redis) and time.monotonic() - started < PATIENCE_S:
            time.sleep(0.05)
    redis.close()
    assert code in _files(own_redis.folder)
    assert "Annabella" not in _files(own_redis.folder)


def test_a_busy_host_makes_few_jobs(waitlist: Waitlist, redis: Redis) -> None:
    code = waitlist.create(restaurant()).code
    for number in range(30):
        waitlist.join(code, f"Party {number}", 1, None)
    assert 1 <= len([name for name in _planned(redis) if name.startswith(f"record-{code}")]) <= 5


def test_recurring_jobs_are_planned_once_by_however_many_workers(app: Flask, redis: Redis) -> None:
    with app.app_context():
        for _ in range(3):
            periodic.start()
    names = sorted(name.rsplit("-", 1)[0] for name in _planned(redis))
    assert set(names) == {"erase_old_guests", "record_waiting"}
    # Two, when a minute or an hour ends between two of the starts.
    assert len(names) <= 4


def test_each_run_plans_the_next_even_when_the_history_is_away(
    env: dict[str, str], redis: Redis, tmp_path: Path
) -> None:
    env["DATABASE_URL"] = f"sqlite:///{tmp_path}/nowhere/history.db"
    app = create_app(read_settings(env))
    with app.app_context():
        periodic.start()
        redis.flushdb()
        for job in (periodic.record_waiting, periodic.erase_old_guests):
            with contextlib.suppress(HistoryUnavailable):
                job()
    assert {name.rsplit("-", 1)[0] for name in _planned(redis)} == {
        "erase_old_guests",
        "record_waiting",
    }


def _is_rewriting(redis: Redis) -> bool:
    found: Any = redis.info("persistence")
    return bool(found["aof_rewrite_in_progress"] or found["aof_rewrite_scheduled"])


def _files(folder: Path) -> str:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return "".join(path.read_bytes().decode("latin-1") for path in files)


def _numbers(url: str) -> list[int]:
    try:
        return [row["number"] for row in read_tables(url)["events"]]
    except OperationalError:
        # The tables are being made.
        return []
