"""Commands through the use cases: signed by a device, given once for each key."""

import pytest

from queueup.clock import now_ms
from queueup.domain.change import Events
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.commands import undo as undo_commands
from queueup.domain.commands.guest import Join
from queueup.domain.commands.undo import last_undoable
from queueup.domain.errors import SomebodyWasFaster, UnknownParty
from queueup.domain.events import DeviceAdded
from queueup.domain.model import MINUTE, OnExpiry, Queue, QueueSettings, Status
from queueup.waitlist import Waitlist
from tests.support import hosting

SETTINGS = QueueSettings("Lucia", 60, 10 * MINUTE, OnExpiry.FLAG, keeps_code=True)


@pytest.fixture
def code(waitlist: Waitlist) -> str:
    """The code of a line that a tablet runs, in which Ana and Ben wait."""
    queue = waitlist.create(SETTINGS, DeviceAdded(now_ms(), "tablet", "Tablet", "hash"))
    for name in ("Ana", "Ben"):
        waitlist.add(queue.code, Join(name, name, 2))
    return queue.code


def call_next(queue: Queue, now: int) -> Events:
    """Call the first waiting party."""
    return host_commands.advance(queue, None, None, now)


def test_the_same_key_is_answered_with_the_state_as_it_is(waitlist: Waitlist, code: str) -> None:
    waitlist.act(code, call_next, "tablet", "tap-1")
    again = waitlist.act(code, call_next, "tablet", "tap-1")
    assert again.events == ()
    assert [party.id for party in again.queue.called()] == ["Ana"]


def test_a_refused_command_spends_no_key(waitlist: Waitlist, code: str) -> None:
    with pytest.raises(UnknownParty):
        waitlist.act(code, lambda q, now: host_commands.call(q, "Nobody", now), "tablet", "tap-1")
    waitlist.act(code, call_next, "tablet", "tap-1")
    assert [party.id for party in waitlist.queue(code).called()] == ["Ana"]


def test_all_events_of_a_tap_carry_its_device_number_and_key(waitlist: Waitlist, code: str) -> None:
    waitlist.act(code, call_next, "tablet")
    before = waitlist.queue(code)
    change = waitlist.act(
        code, lambda q, now: host_commands.advance(q, "Ana", None, now), "tablet", "tap"
    )
    assert {(e.by, e.action, e.key) for e in change.events} == {
        ("tablet", before.last_event + 1, "tap")
    }
    assert waitlist.queue(code) == change.queue


def test_what_was_done_is_undone_from_the_stored_queue(waitlist: Waitlist, code: str) -> None:
    before = waitlist.queue(code)
    waitlist.act(code, lambda q, now: host_commands.move(q, "Ben", now, "Ana", "booked"), "tablet")
    waitlist.act(code, call_next, "tablet")
    for _ in range(2):
        number = last_undoable(waitlist.queue(code))[0].number
        waitlist.act(
            code, lambda q, now, number=number: undo_commands.undo(q, now, number), "tablet"
        )
    after = waitlist.queue(code)
    assert [party.id for party in after.waiting()] == ["Ana", "Ben"]
    assert [party.moved_at for party in after.parties] == [None, None]
    assert after.actions == before.actions == ()


def test_of_two_devices_the_second_is_told_which_was_first(waitlist: Waitlist, code: str) -> None:
    hosting.call(waitlist, code, "Ana", "tablet")
    with pytest.raises(SomebodyWasFaster, match="by Tablet"):
        waitlist.act(code, lambda q, now: host_commands.call(q, "Ana", now, calls=0), "phone")


def test_another_day_begins_on_the_same_code(waitlist: Waitlist, code: str) -> None:
    waitlist.act(code, session_commands.end_day, "tablet")
    waitlist.open_again(code, "tablet")
    queue = waitlist.queue(code)
    assert (queue.parties, queue.is_closed) == ((), False)
    assert queue.session_id.startswith(f"{code}-")
    _, party = waitlist.add(code, Join("Cleo", "Cleo", 2))
    assert (party.ticket, party.status) == (1, Status.WAITING)
