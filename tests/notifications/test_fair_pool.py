"""Threads go round the lines, and round the parties of a line."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack

import pytest

from queueup.notifications.fair_pool import FairPool
from tests.support.running_service import eventually

PATIENCE_S = 60


class Work:
    """Pieces of work that last until they are let go; keeps who has begun, in order."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.end = threading.Event()

    def piece(self, name: str) -> Callable[[], str]:
        def run() -> str:
            self.begun.append(name)
            self.end.wait(PATIENCE_S)
            return name

        return run


@pytest.fixture
def ends() -> Iterator[ExitStack]:
    """Let all work end after the test, or the process would wait for its threads."""
    with ExitStack() as ends:
        yield ends


@pytest.fixture
def slow(ends: ExitStack) -> Work:
    work = Work()
    ends.callback(work.end.set)
    return work


def quick() -> str:
    return "done"


def result(future: Future[str] | None) -> str:
    assert future is not None
    return future.result(PATIENCE_S)


def test_a_party_with_slow_work_leaves_threads_to_its_line_and_a_line_to_the_others(
    slow: Work,
) -> None:
    pool = FairPool(threads=8, per_line=4, per_party=2, waiting_per_line=50)
    for number in range(10):
        pool.submit("LUCIA2", "ana", slow.piece(f"ana {number}"))
    assert result(pool.submit("LUCIA2", "ben", quick)) == "done"
    for number in range(10):
        pool.submit("LUCIA2", f"party {number}", slow.piece(f"other {number}"))
    assert result(pool.submit("MARIO2", "cem", quick)) == "done"
    eventually(lambda: len(slow.begun) == 4)
    assert [name for name in slow.begun if "ana" in name] == ["ana 0", "ana 1"]


def test_the_next_free_thread_goes_to_the_line_that_has_fewest(slow: Work, ends: ExitStack) -> None:
    pool = FairPool(threads=2, per_line=2, per_party=2, waiting_per_line=50)
    first, rest = Work(), Work()
    ends.callback(first.end.set)
    rest.end.set()
    pool.submit("LUCIA2", "ana", slow.piece("slow"))
    pool.submit("LUCIA2", "ana", first.piece("first"))
    waiting = [pool.submit("LUCIA2", f"party {n}", rest.piece(f"Lucia {n}")) for n in range(5)]
    other = pool.submit("MARIO2", "cem", rest.piece("Mario"))
    first.end.set()
    assert result(other) == "Mario"
    assert [result(future) for future in waiting] == [f"Lucia {n}" for n in range(5)]
    assert rest.begun == ["Mario", *(f"Lucia {n}" for n in range(5))]


def test_what_waits_for_a_line_has_a_bound_and_other_lines_have_their_own(slow: Work) -> None:
    pool = FairPool(threads=1, per_line=1, per_party=1, waiting_per_line=3)
    taken = [pool.submit("LUCIA2", "ana", slow.piece(str(number))) for number in range(6)]
    assert [future is not None for future in taken] == [True] * 4 + [False] * 2
    assert pool.submit("MARIO2", "cem", quick) is not None


def test_work_that_fails_frees_its_thread_and_says_why() -> None:
    pool = FairPool(threads=1, per_line=1, per_party=1, waiting_per_line=3)

    def fail() -> str:
        raise ValueError("no such thing")

    failed = pool.submit("LUCIA2", "ana", fail)
    assert failed is not None
    assert isinstance(failed.exception(PATIENCE_S), ValueError)
    assert result(pool.submit("LUCIA2", "ana", quick)) == "done"
