"""The history notes how the guests of each call were reached, while that is known."""

from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from redis import Redis

from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.commands import undo as undo_commands
from queueup.history import History
from queueup.history.days import Period
from queueup.history.recorder import Recorder
from queueup.history.report_queries import Counts
from queueup.history.tables import parties
from queueup.notifications.reachability import Reachability
from queueup.notifications.subscriptions import Subscriptions, delete_all
from queueup.waitlist import Waitlist
from tests.history.conftest import RecorderMaker
from tests.history.evenings import Clock, restaurant
from tests.history.reading import Rows
from tests.support import hosting

ROME = ZoneInfo("Europe/Rome")
SATURDAY = date(2026, 3, 7)


class Line:
    """A line whose guests have phones, and what the history says of them."""

    def __init__(
        self, waitlist: Waitlist, redis: Redis, clock: Clock, history: History, rows: Rows
    ) -> None:
        self.waitlist, self._redis, self._clock = waitlist, redis, clock
        self._history, self._rows = history, rows
        self.code = waitlist.create(restaurant()).code
        self._subscriptions = Subscriptions(redis)
        self._reachability = Reachability(redis, clock, lambda code: None)
        self.ids: dict[str, str] = {}

    def join(self, *names: str) -> None:
        """Add parties of two."""
        for name in names:
            self.ids[name] = self.waitlist.join(self.code, name, 2, None)[1].id

    def call(self, *names: str) -> None:
        """Call parties."""
        for name in names:
            hosting.call(self.waitlist, self.code, self.ids[name], "stand")

    def accept(self, name: str, kind: str = "called", number: int = 1) -> None:
        """Let a push service accept a notification."""
        accepted = [(self.ids[name], "device", f"{kind}:{number}")]
        self._subscriptions.note_accepted(self.code, accepted, self._clock())

    def poll(self, *names: str) -> None:
        """Let pages poll."""
        for name in names:
            self._reachability.note(self.code, "guest", self.ids[name])
        self._reachability.share()

    def forget_phones(self) -> None:
        """Forget all of how parties can be reached."""
        with self._redis.pipeline() as pipe:
            delete_all(pipe, self.code, self.ids.values())
            pipe.execute()

    @property
    def reached(self) -> dict[str, Any]:
        """Return how each party was reached, by name, in the order of their tickets."""
        found = sorted(self._rows(parties), key=lambda row: row["ticket"])
        return {row["name"]: row["reached"] for row in found}

    @property
    def counts(self) -> Counts:
        """Return the counts of the day's report."""
        return self._history.report(self.code, Period.DAY, SATURDAY, ROME).total.counts


@pytest.fixture
def line(waitlist: Waitlist, redis: Redis, clock: Clock, history: History, rows: Rows) -> Line:
    """A new line."""
    return Line(waitlist, redis, clock, history, rows)


def test_push_is_noted_before_an_open_page_and_a_page_before_nobody(
    line: Line, recorder: Recorder, clock: Clock
) -> None:
    line.join("Ana", "Bo", "Cy", "Di", "Ed", "Fay")
    # Di was told that she is in line, and closed her page more than 45 seconds before the call.
    line.accept("Di", "join_confirm", 0)
    line.poll("Di")
    clock.forward(1)
    line.poll("Ana", "Bo")
    clock.forward(0.5)
    line.call("Ana", "Bo", "Cy", "Di", "Ed")
    line.accept("Ana")
    line.waitlist.act(
        line.code, lambda queue, now: guest_commands.on_my_way(queue, line.ids["Ed"], now)
    )
    recorder.record_queue(line.code)
    assert line.reached == {
        "Ana": "push",
        "Bo": "page",
        "Cy": "none",
        "Di": "none",
        "Ed": "page",
        "Fay": None,
    }
    counts = line.counts
    assert (counts.called, counts.answered) == (5, 1)
    assert (counts.reached_push, counts.reached_page, counts.reached_none) == (1, 2, 2)


def test_what_becomes_known_later_counts_if_it_is_more(
    line: Line, recorder: Recorder, clock: Clock
) -> None:
    line.join("Ana", "Bo", "Cy", "Di", "Ed")
    line.poll("Ed")
    line.call("Ana", "Bo", "Cy", "Di", "Ed")
    line.accept("Di")
    recorder.record_queue(line.code)
    assert list(line.reached.values()) == ["none", "none", "none", "push", "page"]
    line.accept("Ana")
    clock.forward(0.2)
    line.poll("Bo", "Di")
    for name in ("Ana", "Bo", "Cy"):
        hosting.serve(line.waitlist, line.code, line.ids[name])
    recorder.record_queue(line.code)
    assert list(line.reached.values()) == ["push", "page", "none", "push", "page"]
    # A device that is gone by the end takes nothing back.
    line.forget_phones()
    for name in ("Di", "Ed"):
        hosting.no_show(line.waitlist, line.code, line.ids[name])
    recorder.record_queue(line.code)
    assert (line.reached["Di"], line.reached["Ed"]) == ("push", "page")


def test_a_day_that_is_over_takes_with_it_what_was_known(line: Line, recorder: Recorder) -> None:
    line.join("Ana", "Bo")
    line.call("Ana")
    line.accept("Ana")
    recorder.record_queue(line.code)
    line.call("Bo")
    line.waitlist.close(line.code)
    line.forget_phones()
    recorder.record_queue(line.code)
    # Nobody can say any more whether Bo had a phone.
    assert line.reached == {"Ana": "push", "Bo": None}


def test_a_day_whose_end_can_be_undone_still_knows(line: Line, recorder: Recorder) -> None:
    keeping = replace(restaurant(), keeps_code=True)
    line.waitlist.act(
        line.code, lambda queue, now: session_commands.change_settings(queue, now, keeping)
    )
    line.join("Ana")
    line.call("Ana")
    line.accept("Ana")
    line.waitlist.act(line.code, session_commands.end_day)
    recorder.record_queue(line.code)
    assert line.reached == {"Ana": "push"}


def test_an_undone_call_has_reached_nobody(line: Line, recorder: Recorder) -> None:
    line.join("Ana")
    line.call("Ana")
    line.accept("Ana")
    recorder.record_queue(line.code)
    assert line.counts.reached_push == 1
    number = undo_commands.last_undoable(line.waitlist.queue(line.code))[0].number
    line.waitlist.act(line.code, lambda queue, now: undo_commands.undo(queue, now, number), "stand")
    recorder.record_queue(line.code)
    assert (line.counts.called, line.counts.reached_push) == (0, 0)
    assert line.reached == {"Ana": None}


def test_erased_guests_leave_how_they_were_reached(
    line: Line, make_recorder: RecorderMaker, clock: Clock
) -> None:
    recorder = make_recorder(1)
    line.join("Ana")
    line.call("Ana")
    line.accept("Ana")
    recorder.record_queue(line.code)
    hosting.serve(line.waitlist, line.code, line.ids["Ana"])
    line.waitlist.close(line.code)
    recorder.record_queue(line.code)
    clock.forward(2 * 24 * 60)
    assert recorder.erase_old_guests() == 1
    assert line.reached == {None: "push"}
    assert line.counts.reached_push == 1
