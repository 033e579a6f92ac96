"""The background jobs, which run in RQ workers.

Jobs wait in Redis under the names below, `queueup.jobs.tell` and so on, which therefore stay.
"""

from typing import Any

TASKS = ("tell", "tell_again", "apply_time", "record_events", "ring_test")


def __getattr__(name: str) -> Any:
    """Return a task by the name that RQ looks up; only workers load what tasks need."""
    if name not in TASKS:
        raise AttributeError(name)
    from . import tasks

    return getattr(tasks, name)
