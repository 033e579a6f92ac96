"""A worker runs the jobs of this program only, whatever stands in Redis."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from rq import Callback

from queueup import jobs
from queueup.jobs.named_job import NAMES, NamedJob, UnknownJob
from queueup.jobs.worker import worker_of
from queueup.services import Services
from queueup.storage.job_queues import LATER, job_queue

HERE = "tests.jobs.test_named_jobs"


def touch(path: str) -> None:
    """Leave a mark."""
    Path(path).touch()


def mark(job: Any, *_: object) -> None:
    """Leave a mark, as a callback."""
    Path(job.meta["path"]).touch()


@pytest.mark.parametrize(
    "name",
    [f"{HERE}.touch", "pathlib.Path", "queueup.files.private", "queueup.jobs.tasks.tell"],
)
def test_a_job_that_is_none_of_ours_fails_and_is_not_called(
    app: Flask, parts: Services, tmp_path: Path, name: str
) -> None:
    queue = job_queue(parts.redis, LATER)
    queue.empty()
    job = queue.enqueue(name, str(tmp_path / "mark"))
    with app.app_context():
        worker_of(queue).work(burst=True)
    assert job.is_failed
    assert "not one of our jobs" in str(job.latest_result().exc_string)  # type: ignore[union-attr]
    assert not list(tmp_path.glob("mark"))
    queue.failed_job_registry.remove(job, delete_job=True)


@pytest.mark.parametrize("fails", [True, False])
def test_a_callback_that_a_job_names_is_not_called(
    app: Flask, parts: Services, tmp_path: Path, fails: bool
) -> None:
    queue = job_queue(parts.redis, LATER)
    queue.empty()
    called = Callback(f"{HERE}.mark")
    arguments = () if fails else ("NOSUCH", 0)
    job = queue.enqueue(
        "queueup.jobs.apply_time",
        args=arguments,
        on_success=called,
        on_failure=called,
        meta={"path": str(tmp_path / "mark")},
    )
    with app.app_context():
        worker_of(queue).work(burst=True)
    assert job.is_failed is fails
    assert not list(tmp_path.glob("mark"))
    queue.failed_job_registry.remove(job, delete_job=True)


def test_a_job_is_never_a_method_of_what_stands_in_redis(parts: Services) -> None:
    job = NamedJob.create("queueup.jobs.tell", connection=parts.redis, serializer="json")
    assert callable(job.func)
    job.instance = "anything"
    with pytest.raises(UnknownJob):
        _ = job.func


def test_every_job_of_ours_is_named() -> None:
    assert {f"queueup.jobs.{name}" for name in jobs.TASKS} < NAMES
