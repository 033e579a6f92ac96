"""Slow work is done one at a time, fairly between those who ask for it."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from queueup.web.auth.turns import NoTurn, Turns
from tests.support.running_service import eventually

MOST = 6


class Desk:
    """Turns that take until the test ends each, and the order in which they were taken."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.turns = Turns(MOST)
        self.order: list[str] = []
        self.asked: list[Future[str]] = []
        self._pool = pool
        self._end = threading.Event()

    def ask(self, owner: str) -> Future[str]:
        """Ask for a turn, and return when it waits, or has begun because nobody else is there."""
        reached = self._present()
        address, _, line = owner.partition(" ")
        asked = self._pool.submit(self.turns.take, (address, line), lambda: self._work(owner))
        self.asked.append(asked)
        eventually(lambda: self._present() > reached)
        return asked

    def _present(self) -> int:
        sent_away = [one for one in self.asked if one.done() and one.exception()]
        return self.turns.waiting + len(self.order) + len(sent_away)

    def finish(self) -> list[str]:
        """Let all turns end, and return the order in which they were taken."""
        self._end.set()
        for asked in self.asked:
            asked.exception(timeout=60)
        return self.order

    def _work(self, owner: str) -> tuple[str, float]:
        self.order.append(owner)
        assert self._end.wait(60)
        return owner, 0.1


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Turns that nobody has taken yet."""
    with ThreadPoolExecutor(20) as pool:
        found = Desk(pool)
        yield found
        found.finish()


def test_one_works_at_a_time(desk: Desk) -> None:
    for owner in "abc":
        desk.ask(owner)
    assert (desk.order, desk.turns.waiting) == (["a"], 2)
    assert desk.finish() == ["a", "b", "c"]


def test_who_asks_all_the_time_delays_others_by_one_turn(desk: Desk) -> None:
    for owner in ("mean", "mean", "mean", "mean", "host"):
        desk.ask(owner)
    assert desk.finish() == ["mean", "host", "mean", "mean", "mean"]


def test_beyond_the_bound_who_has_the_most_waiting_is_sent_away(desk: Desk) -> None:
    desk.ask("mean")
    waiting = [desk.ask("mean") for _ in range(MOST)]
    host = desk.ask("host")
    # All asked before the host did; the last of them is sent away.
    with pytest.raises(NoTurn):
        waiting[-1].result(timeout=60)
    desk.finish()
    assert host.result(timeout=60) == "host"
    assert [one.exception() for one in waiting[:-1]] == [None] * (MOST - 1)


def test_of_as_many_the_one_is_sent_away_whose_turn_would_come_last(desk: Desk) -> None:
    desk.ask("first")
    asked = {who: desk.ask(who) for who in ("host", *"bcdef")}
    with pytest.raises(NoTurn):
        desk.ask("late").result(timeout=60)
    # Had a turn already, unlike all who wait.
    with pytest.raises(NoTurn):
        desk.ask("first").result(timeout=60)
    assert desk.finish() == ["first", *asked]


def test_a_turn_that_fails_ends_as_well(desk: Desk) -> None:
    with pytest.raises(ZeroDivisionError):
        desk.turns.take(("host", ""), lambda: (1 // 0, 0.0))
    assert desk.turns.take(("host", ""), lambda: ("done", 0.1)) == "done"


def test_at_one_address_a_line_is_delayed_by_one_turn_of_the_others(desk: Desk) -> None:
    for owner in ("wifi mean", "wifi mean", "wifi mean", "wifi host", "other host"):
        desk.ask(owner)
    assert desk.finish() == ["wifi mean", "other host", "wifi host", "wifi mean", "wifi mean"]


def test_turns_take_a_part_of_the_time_and_rest_between() -> None:
    now, rests = [0.0], []
    # A tenth of the time, after half a second ahead.
    turns = Turns(
        MOST,
        part=0.1,
        ahead_s=0.5,
        stopwatch=lambda: now[0],
        later=lambda after_s, call: rests.append((round(after_s, 3), call)),
    )
    for number in range(3):
        assert turns.take(("mean", ""), lambda number=number: (number, 0.2)) == number
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(turns.take, (who, ""), lambda: ("done", 0.0)) for who in ("mean",)]
        eventually(lambda: turns.waiting == 1)
        asked.append(pool.submit(turns.take, ("host", ""), lambda: ("done", 0.0)))
        eventually(lambda: turns.waiting == 2)
        # Three times 0.2 seconds are paid for after 5.4 seconds at a tenth, of which 5 are given.
        [(after_s, end_rest)] = rests
        assert after_s == 0.4
        now[0] = 0.4
        end_rest()
        assert [one.result(timeout=60) for one in asked] == ["done", "done"]
    now[0] = 100.0
    assert turns.take(("mean", ""), lambda: ("done", 0.2)) == "done"
    assert len(rests) == 1
