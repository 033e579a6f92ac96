"""Restaurants on one running program: they work while a test does harm, then all is checked."""

import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import psutil

from bench import promises
from bench.whole import Use, uses
from tests.chaos import checker
from tests.chaos.journal import Record
from tests.chaos.people import Caller, Restaurant
from tests.support.push_service import PushService
from tests.support.running_service import Service, eventually

# Everybody asks until there is an answer; who waits longer than this hangs.
LEAVE_S = 150
# What must have happened, or the test has shown nothing.
WORK = ("join", "call", "serve", "subscribe")


class Town:
    """Restaurants that work from the beginning of the `with` block to its end."""

    def __init__(
        self, service: Service, push: PushService, seed: int, count: int = 4, guests: int = 2
    ) -> None:
        self.service = service
        self.record = Record()
        self.chance = random.Random(seed)
        self.origins = [service.url]
        self._push = push
        self._count, self._guests = count, guests
        self._stopping = threading.Event()
        self._restaurants: list[Restaurant] = []
        self.found: dict[str, checker.Found] = {}
        self.calls: Counter[str] = Counter()
        self._uses: list[dict[str, Use]] = []

    def __enter__(self) -> "Town":
        for number in range(self._count):
            name = f"Restaurant {number}"
            self._restaurants.append(
                Restaurant(name, self._caller, self._push, self._stopping, self._guests)
            )
        return self

    def __exit__(self, *error: object) -> None:
        self._stopping.set()
        for restaurant in self._restaurants:
            for thread in restaurant.threads:
                thread.join(LEAVE_S)

    def weigh(self) -> None:
        """Note the memory of each process; it must not grow from the first time on."""
        process = self.service.process
        assert process is not None
        self._uses.append(uses(psutil.Process(process.pid)))

    def check(
        self, work: tuple[str, ...] = WORK, catch_up: Callable[[], None] = lambda: None
    ) -> None:
        """Wait until the program has caught up, then fail for every promise that it has broken.

        Of each action in `work` at least one must have been acknowledged.
        """
        ended_at = time.monotonic()
        catch_up()
        eventually(checker.is_at_rest, self.service.data)
        say(f"caught up {time.monotonic() - ended_at:.1f} s after the last change")
        self.found = found = checker.look(self.service.data, self._restaurants)
        missed, self.calls = checker.untold_calls(self._restaurants, found, self._push)
        self._report()
        broken = checker.broken_promises(self.record, found)
        broken += self._grown()
        assert not broken, "\n".join(broken)
        assert missed == []
        assert self._push.refused == []
        assert self.calls["pushed"] or "call" not in work, "no call was pushed"
        for action in work:
            assert self.record.done(action), f"nobody had a {action} acknowledged"
            self._check_the_checker(action, found)

    def _grown(self) -> list[str]:
        first, *later = self._uses or [{}]
        return [
            f"{what} has grown: {said}"
            for now in later
            # A process that was just killed may have a second one for a moment.
            for what, said, is_kept in promises.memory_flat(
                first, {}, {name: use for name, use in now.items() if name in first}
            )
            if not is_kept
        ]

    def _check_the_checker(self, action: str, found: dict[str, checker.Found]) -> None:
        """Make sure that a change which was acknowledged and lost would have been noticed."""
        done = self.record.done(action)[0]
        lost = Record(asked=[replace(done, key="one that never arrived")])
        assert checker.broken_promises(lost, found) or action == "subscribe"

    def _caller(self) -> Caller:
        return Caller(self.origins, self.record, random.Random(self.chance.random()))

    def _report(self) -> None:
        asked = self.record.asked
        done = sum(one.is_done for one in asked)
        again = sum(one.tries > 1 for one in asked)
        say(f"{len(asked)} asked, {done} done, {again} asked more than once")
        say(f"{self.record.sent_away} answers of 503")
        for method, took_ms in self.record.took_ms.items():
            _, p99, _ = promises.on_time(method, took_ms)
            say(f"p99 of {len(took_ms)} answers to {method}: {p99}")
        for name, use in (self._uses or [{}])[-1].items():
            was = self._uses[0].get(name, use)
            say(f"memory of {name}: {was.memory_mb:.0f} and {use.memory_mb:.0f} MB")
        say(f"calls of subscribed parties: {dict(self.calls)}")
        for what, outage_s in self.record.outages():
            say(f"{outage_s:6.2f} s without a change after: {what}")


def say(line: str) -> None:
    """Show what was measured; pytest -s lets it through."""
    sys.stdout.write(line + "\n")
