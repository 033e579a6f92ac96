"""The jobs that a worker runs: those of this program by name, and no other function in Redis."""

from typing import Any

from rq.job import Job

from . import TASKS, periodic

PERIODIC = [job.__name__ for job in periodic.EVERY_S]
NAMES = frozenset(
    [
        *(f"queueup.jobs.{name}" for name in TASKS),
        *(f"{periodic.__name__}.{name}" for name in PERIODIC),
        # Runs that 0.2.0 has planned.
        *(f"queueup.recurring.{name}" for name in PERIODIC),
    ]
)


class UnknownJob(Exception):
    """A job in Redis names a function that is none of our jobs."""


class NamedJob(Job):
    """A job that is one of ours; RQ itself would import and call whatever a job names."""

    @property
    def func(self) -> Any:
        """Return the function. Raises UnknownJob."""
        if self.func_name not in NAMES or self.instance is not None:
            raise UnknownJob("not one of our jobs")
        return super().func

    # Ours have none, and RQ would import and call these, too.
    success_callback = failure_callback = stopped_callback = None
