"""Taking back what a host changed about a party: nothing goes that guests said since."""

from collections.abc import Callable

import pytest

from queueup.domain.change import Events
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.events import PartyEdited
from queueup.domain.model import MINUTE
from tests.domain.in_memory_waitlist import Stand, call, offered, stand, uncounted
from tests.domain.lines import HOLD


def edit(at: Stand, **changes: object) -> None:
    ana = at.party("Ana")
    known = {"name": ana.name, "size": ana.size, "notes": ana.notes, "flags": ana.flags}
    at.act(lambda q, now: host_commands.edit(q, PartyEdited(now, "Ana", **known | changes)))  # type: ignore[arg-type]


def test_edits_are_undone_one_by_one() -> None:
    at = stand("Ana")
    before = at.party("Ana")
    edit(at, notes="red hat")
    edit(at, notes="green hat", flags=("vip",))
    at.undo()
    assert (at.party("Ana").notes, at.party("Ana").flags) == ("red hat", ())
    at.undo()
    assert at.party("Ana") == before


def test_the_size_that_a_guest_corrected_since_survives_the_undo_of_an_edit() -> None:
    at = stand("Ana")
    edit(at, notes="red hat", size=3)
    at.guest(lambda q, now: guest_commands.change_size(q, "Ana", now, 4))
    at.undo()
    assert (at.party("Ana").size, at.party("Ana").notes) == (4, None)


def test_an_edit_that_the_guest_has_overwritten_is_not_offered() -> None:
    at = stand("Ana")
    edit(at, size=3)
    at.guest(lambda q, now: guest_commands.change_size(q, "Ana", now, 4))
    assert offered(at) is None


def test_more_time_that_a_guest_took_since_survives_the_undo_of_an_extension() -> None:
    at = stand("Ana", "Ben")
    call(at, "Ana")
    at.act(lambda q, now: host_commands.extend(q, "Ana", now, MINUTE))
    at.guest(lambda q, now: guest_commands.more_time(q, "Ana", now))
    deadline = at.party("Ana").deadline
    assert deadline == at.now + HOLD + 6 * MINUTE
    assert offered(at) == ("QUEUE_MEMBER_CALLED", [1])


def test_an_answer_survives_the_undo_of_a_second_call_and_goes_with_the_first() -> None:
    at = stand("Ana")
    call(at, "Ana")
    at.wait(MINUTE)
    call(at, "Ana")
    at.guest(lambda q, now: guest_commands.on_my_way(q, "Ana", now, 3))
    at.undo()
    assert at.party("Ana").answer == "on_my_way"
    at.undo()
    assert at.party("Ana").answer is None


def test_an_undone_move_leaves_no_trace_with_those_it_overtook() -> None:
    at = stand("Ana", "Ben", "Cleo", "Dan")
    at.act(lambda q, now: host_commands.move(q, "Ben", now, "Ana", "booked"))
    at.wait(1_000)
    before = [uncounted(party) for party in at.queue.parties]
    at.act(lambda q, now: host_commands.move(q, "Dan", now, "Ben", "a table for one"))
    assert at.party("Ana").moved_reason == at.party("Ben").moved_reason == "a table for one"
    at.undo()
    assert [uncounted(party) for party in at.queue.parties] == before
    assert at.party("Ana").moved_reason == "booked"
    at.undo()
    assert [party.id for party in at.queue.parties] == ["Ana", "Ben", "Cleo", "Dan"]
    assert {party.moved_at for party in at.queue.parties} == {None}


def test_a_quote_and_a_place_set_aside_are_undone() -> None:
    at = stand("Ana")
    before = at.party("Ana")
    at.act(lambda q, now: host_commands.quote(q, "Ana", now, 40 * MINUTE))
    at.act(lambda q, now: host_commands.set_aside(q, "Ana", now, True, "gone for a smoke"))
    at.undo()
    at.undo()
    assert at.party("Ana") == before


@pytest.mark.parametrize("end", [host_commands.kick, host_commands.no_show, host_commands.serve])
def test_an_end_is_undone_to_the_running_call(end: Callable[..., Events]) -> None:
    at = stand("Ana")
    call(at, "Ana")
    before = at.party("Ana")
    at.act(lambda q, now: end(q, "Ana", now))
    at.wait(1_000)
    at.undo()
    assert at.party("Ana") == before
