"""A line keeps the parties that ended last; the history has all of them."""

from dataclasses import replace

import pytest

from queueup.domain.change import Actor, changed
from queueup.domain.commands import guest, host, session, undo
from queueup.domain.commands.guest import Join
from queueup.domain.commands.session import create
from queueup.domain.ended_parties import KEEP_ENDED_MS, KEPT_ENDED
from queueup.domain.events import Event, GuestsErased
from queueup.domain.model import HOUR, OnExpiry, Queue, QueueSettings
from queueup.domain.replay import replay
from queueup.domain.views import snapshot
from queueup.storage import codec

SETTINGS = QueueSettings("Lucia", 100, 600_000, OnExpiry.FLAG, keeps_code=True)


class Evening:
    """A line in which parties come and go, a second apart."""

    def __init__(self) -> None:
        opened = create("ABC234", "session", SETTINGS, 0, None)
        self.queue = opened.queue
        self.events: list[Event] = list(opened.events)
        self.now = 0

    def do(self, events: tuple[Event, ...], actor: Actor) -> None:
        """Commit events."""
        change = changed(self.queue, events, actor)
        self.queue = change.queue
        self.events += change.events

    def join(self, party_id: str, device: str | None = None) -> None:
        """Let a party join, or have the host add it."""
        self.now += 1_000
        wish = Join(party_id, None, 1, None, origin="host" if device else "guest")
        self.do(guest.join(self.queue, wish, self.now), Actor(device, None))

    def end(self, party_id: str, device: str | None = None) -> None:
        """Let it leave, or have the host remove it."""
        self.now += 1_000
        if device:
            self.do(host.kick(self.queue, party_id, self.now), Actor(device, None))
        else:
            self.do(guest.leave(self.queue, party_id, self.now), Actor(None, None))


def ids(queue: Queue) -> list[str]:
    return [party.id for party in queue.parties]


def test_the_parties_that_ended_first_are_dropped_when_another_joins() -> None:
    evening = Evening()
    evening.join("waits")
    for number in range(KEPT_ENDED + 50):
        evening.join(f"{number}")
        evening.end(f"{number}")
    evening.join("last")
    kept = [f"{number}" for number in range(50, KEPT_ENDED + 50)]
    assert ids(evening.queue) == ["waits", *kept, "last"]
    assert snapshot(evening.queue)["host"]["endedCount"] == KEPT_ENDED + 50
    assert evening.queue.last_ticket == KEPT_ENDED + 52
    assert replay(evening.events, None) == evening.queue


def test_the_parties_of_a_day_are_counted_by_outcome_however_many_there_are() -> None:
    evening = Evening()
    for number in range(3 * KEPT_ENDED):
        evening.join(f"{number}")
        evening.end(f"{number}", device="tablet" if number % 3 == 0 else None)
        if number == 1:
            evening.join("undone", device="tablet")
            undoable = undo.last_undoable(evening.queue)[0].number
            evening.do(undo.undo(evening.queue, evening.now, undoable), Actor("tablet", None))
    evening.join("waits")
    assert len(evening.queue.parties) == KEPT_ENDED + 1
    host = snapshot(evening.queue)["host"]
    assert host["endedCount"] == 3 * KEPT_ENDED + 1
    expected = {"served": 0, "left": 2 * KEPT_ENDED, "kicked": KEPT_ENDED, "no_show": 0}
    assert host["outcomes"] == expected | {"closed": 0}
    evening.do(session.end_day(evening.queue, evening.now), Actor("tablet", None))
    assert snapshot(evening.queue)["host"]["outcomes"] == expected | {"closed": 1}
    assert codec.decode_queue(codec.encode_queue(evening.queue)) == evening.queue
    assert replay(evening.events, None) == evening.queue


def test_a_line_that_never_closes_counts_the_parties_of_the_last_day() -> None:
    evening = Evening()
    evening.join("waits")
    for number in range(KEPT_ENDED + 50):
        evening.join(f"{number}")
        evening.end(f"{number}")
    evening.join("later")
    assert snapshot(evening.queue)["host"]["endedCount"] == KEPT_ENDED + 50
    evening.now += KEEP_ENDED_MS + HOUR
    evening.join("a day later")
    host = snapshot(evening.queue)["host"]
    assert (host["endedCount"], host["outcomes"]["left"]) == (0, 0)
    assert evening.queue.ended_earlier == ()


def test_what_can_be_undone_stays_and_goes_back_to_its_place() -> None:
    evening = Evening()
    evening.join("first")
    evening.end("first", device="tablet")
    evening.join("waits")
    evening.join("moved")
    for number in range(KEPT_ENDED + 50):
        evening.join(f"{number}")
        evening.end(f"{number}")
    evening.join("last")
    assert "first" in ids(evening.queue)
    evening.do(host.move(evening.queue, "last", evening.now, "moved"), Actor("tablet", None))
    for number in range(50):
        evening.join(f"more {number}")
        evening.end(f"more {number}")
    number = next(one.number for one in evening.queue.actions if one.party_id == "last")
    evening.do(undo.undo(evening.queue, evening.now, number), Actor("tablet", None))
    assert [party.id for party in evening.queue.waiting()] == ["waits", "moved", "last"]
    assert replay(evening.events, None) == evening.queue


@pytest.mark.parametrize("closes", [True, False])
def test_the_erasure_leaves_the_numbers_of_parties_that_ended_and_those_in_line(
    closes: bool,
) -> None:
    evening = Evening()
    evening.join("waits")
    for number in range(10):
        evening.join(f"{number}")
        evening.end(f"{number}", device="tablet" if number < 4 else None)
    if closes:
        evening.do(session.end_day(evening.queue, evening.now), Actor("tablet", None))
    evening.now += 21 * HOUR
    evening.do(session.erase_guests(evening.queue, evening.now), Actor(None, None))
    # Guests may still look how their wait ended.
    assert len(evening.queue.parties) == 11
    before = snapshot(evening.queue)["host"]
    evening.now += 30 * 24 * HOUR
    evening.do((GuestsErased(evening.now),), Actor(None, None))
    assert ids(evening.queue) == ["waits"]
    host = snapshot(evening.queue)["host"]
    assert (host["endedCount"], host["outcomes"]) == (10, before["outcomes"])
    assert host["outcomes"] == {
        "served": 0, "left": 6, "kicked": 4, "no_show": 0, "closed": int(closes)
    }  # fmt: skip
    assert replay(evening.events, None) == evening.queue


def test_a_line_remembers_on_later_days_that_anybody_has_joined() -> None:
    evening = Evening()
    assert not evening.queue.was_joined
    evening.join("first")
    assert evening.queue.was_joined
    evening.end("first")
    closed = changed(evening.queue, session.end_day(evening.queue, 10_000), Actor("t", None)).queue
    again = session.open_again(closed, "next", 20_000)
    assert changed(closed, again, Actor("t", None)).queue.was_joined
    # A line of an earlier release does not have the field.
    old = replace(closed, was_joined=False)
    assert changed(old, again, Actor("t", None)).queue.was_joined
