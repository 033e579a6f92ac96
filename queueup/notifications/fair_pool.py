"""A pool of threads that lines share fairly, and within a line its parties.

A thread that becomes free takes the work of the line, and of the party, that has the fewest threads
just then. So the work of one party that takes long delays that party, then its line, and others
only by what one thread takes.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    line: str
    party_id: str
    work: Callable[[], Any]
    future: Future[Any] = field(default_factory=Future)

    @property
    def owners(self) -> tuple[str, tuple[str, str]]:
        return self.line, (self.line, self.party_id)


class FairPool:
    """Threads with a bound for each line and party, and a bound of what waits for each line."""

    def __init__(self, threads: int, per_line: int, per_party: int, waiting_per_line: int) -> None:
        self._threads = threads
        self._per_line = per_line
        self._per_party = per_party
        self._waiting_per_line = waiting_per_line
        # It starts a thread only when there is work: web processes have the pool and never any.
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="push")
        self._lock = threading.Lock()
        self._waiting: list[_Task] = []
        self._running: Counter[str | tuple[str, str]] = Counter()
        self._busy = 0

    def submit(self, line: str, party_id: str, work: Callable[[], Any]) -> Future[Any] | None:
        """Have some work done when it is its turn; return None if too much of its line waits."""
        task = _Task(line, party_id, work)
        with self._lock:
            if sum(one.line == line for one in self._waiting) >= self._waiting_per_line:
                return None
            self._waiting.append(task)
            self._start()
        return task.future

    def _start(self) -> None:
        while self._busy < self._threads and (task := self._next(self._waiting)):
            self._waiting.remove(task)
            self._busy += 1
            self._running.update(task.owners)
            try:
                self._executor.submit(self._run, task)
            except RuntimeError:
                # The process is ending, and the next one looks again.
                task.future.cancel()

    def _next(self, waiting: Iterable[_Task]) -> _Task | None:
        # Of several the first, which has waited longest.
        return min(
            (task for task in waiting if self._may_run(task)),
            key=lambda task: [self._running[owner] for owner in task.owners],
            default=None,
        )

    def _may_run(self, task: _Task) -> bool:
        line, party = task.owners
        return self._running[line] < self._per_line and self._running[party] < self._per_party

    def _run(self, task: _Task) -> None:
        try:
            result = task.work()
        except BaseException as error:
            self._end(task)
            task.future.set_exception(error)
        else:
            self._end(task)
            task.future.set_result(result)

    def _end(self, task: _Task) -> None:
        with self._lock:
            self._busy -= 1
            self._running.subtract(task.owners)
            for owner in task.owners:
                if not self._running[owner]:
                    del self._running[owner]
            self._start()
