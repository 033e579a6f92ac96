"""What can be done with a party, and the table that says so."""

from collections.abc import Callable

import pytest

from queueup.domain.change import Change, Events
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.errors import (
    IllegalMove,
    NextPartyNotWaiting,
    NotJoinable,
    NotPossibleNow,
    QueueError,
    ServedPartyNotCalled,
    SessionClosed,
    SomebodyWasFaster,
    UnknownParty,
)
from queueup.domain.events import PartyCalled, PartyDeclaredNearby, PartyServed, QueueClosed
from queueup.domain.model import MOVES, Queue, Status
from tests.domain.lines import HOLD, OPENED, done, find, line, opened, statuses

Command = Callable[[Queue, str, int], Events]

LEADS_TO: dict[Command, Status] = {
    host_commands.call: Status.CALLED,
    host_commands.serve: Status.SERVED,
    guest_commands.leave: Status.LEFT,
    host_commands.kick: Status.KICKED,
    host_commands.no_show: Status.NO_SHOW,
}
WAY_TO: dict[Status, tuple[Command, ...]] = {
    Status.WAITING: (),
    Status.CALLED: (host_commands.call,),
    Status.SERVED: (host_commands.call, host_commands.serve),
    Status.LEFT: (guest_commands.leave,),
    Status.KICKED: (host_commands.kick,),
    Status.NO_SHOW: (host_commands.call, host_commands.no_show),
}
LATER = OPENED + 7_000


def ana_in(status: Status) -> Queue:
    queue = line("Ana", "Ben")
    for command in WAY_TO[status]:
        queue = done(command, queue, "Ana", OPENED).queue
    assert statuses(queue)["Ana"] is status
    return queue


def test_the_table_knows_every_status() -> None:
    assert set(MOVES) == set(Status)


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("command", list(LEADS_TO))
def test_a_party_moves_exactly_along_the_table(status: Status, command: Command) -> None:
    queue, target = ana_in(status), LEADS_TO[command]
    if target in MOVES[status]:
        assert statuses(done(command, queue, "Ana", LATER).queue) == {
            "Ana": target,
            "Ben": Status.WAITING,
        }
    else:
        with pytest.raises((IllegalMove, UnknownParty)):
            command(queue, "Ana", LATER)


@pytest.mark.parametrize("command", [*LEADS_TO, guest_commands.declare_nearby])
def test_a_stranger_is_not_found(command: Command) -> None:
    with pytest.raises(UnknownParty):
        command(line("Ana"), "nobody", OPENED)


@pytest.mark.parametrize("status", [Status.SERVED, Status.LEFT, Status.KICKED, Status.NO_SHOW])
def test_an_ended_party_keeps_its_reason_its_time_and_its_place_in_the_list(status: Status) -> None:
    queue = ana_in(status)
    assert find(queue, "Ana").ended_at == OPENED
    assert [party.id for party in queue.parties] == ["Ana", "Ben"]
    assert queue.places() == {"Ben": 1}


def test_nearby_is_noted_once() -> None:
    first = done(guest_commands.declare_nearby, line("Ana"), "Ana", LATER)
    assert first.events == (PartyDeclaredNearby(LATER, "Ana"),)
    assert find(first.queue, "Ana").nearby
    again = done(guest_commands.declare_nearby, first.queue, "Ana", LATER + 1)
    assert (again.queue, again.events) == (first.queue, ())


def test_a_called_party_can_say_nearby_and_an_ended_one_cannot() -> None:
    assert find(
        done(guest_commands.declare_nearby, ana_in(Status.CALLED), "Ana", LATER).queue, "Ana"
    ).nearby
    with pytest.raises(UnknownParty):
        done(guest_commands.declare_nearby, ana_in(Status.SERVED), "Ana", LATER)


def test_a_call_has_a_deadline_after_the_hold() -> None:
    party = find(done(host_commands.call, line("Ana"), "Ana", LATER).queue, "Ana")
    assert (party.called_at, party.deadline, party.call_count) == (LATER, LATER + HOLD, 1)


def test_a_repeated_call_counts_and_holds_afresh() -> None:
    queue = done(host_commands.call, line("Ana"), "Ana", OPENED).queue
    party = find(done(host_commands.call, queue, "Ana", LATER).queue, "Ana")
    assert (party.called_at, party.deadline, party.call_count) == (LATER, LATER + HOLD, 2)


def test_a_second_tap_on_call_again_rings_nobody() -> None:
    called = done(host_commands.call, line("Ana"), "Ana", LATER).queue
    again = done(host_commands.call, called, "Ana", LATER + 1, calls=1)
    assert find(again.queue, "Ana").call_count == 2
    with pytest.raises(SomebodyWasFaster):
        done(host_commands.call, again.queue, "Ana", LATER + 2, calls=1)


def test_several_are_called_at_a_time_the_last_one_first() -> None:
    queue = line("Ana", "Ben", "Cleo", "Dan")
    for seconds, name in enumerate(["Cleo", "Ana", "Ben"]):
        queue = done(host_commands.call, queue, name, OPENED + seconds * 1_000).queue
    assert [party.id for party in queue.called()] == ["Ben", "Ana", "Cleo"]
    assert [party.deadline for party in queue.called()] == [
        OPENED + HOLD + 2_000,
        OPENED + HOLD + 1_000,
        OPENED + HOLD,
    ]
    assert queue.places() == {"Dan": 1}


def test_calling_somebody_from_behind_keeps_the_order_of_the_rest() -> None:
    queue = done(host_commands.call, line("Ana", "Ben", "Cleo"), "Cleo", OPENED).queue
    assert queue.places() == {"Ana": 1, "Ben": 2}


def test_advance_calls_the_first_waiting() -> None:
    change = done(host_commands.advance, line("Ana", "Ben"), None, None, LATER)
    assert change.events == (PartyCalled(LATER, "Ana", LATER + HOLD, 1),)


def test_advance_leaves_the_party_called_before_called() -> None:
    queue = done(host_commands.advance, line("Ana", "Ben"), None, None, OPENED).queue
    queue = done(host_commands.advance, queue, None, None, LATER).queue
    assert statuses(queue) == {"Ana": Status.CALLED, "Ben": Status.CALLED}


def test_advance_serves_one_and_calls_the_next() -> None:
    queue = done(host_commands.advance, line("Ana", "Ben"), None, None, OPENED).queue
    change = done(host_commands.advance, queue, "Ana", None, LATER)
    assert [type(event) for event in change.events] == [PartyServed, PartyCalled]
    assert statuses(change.queue) == {"Ana": Status.SERVED, "Ben": Status.CALLED}


def test_advance_calls_the_chosen_party() -> None:
    queue = done(host_commands.advance, line("Ana", "Ben", "Cleo"), None, "Cleo", OPENED).queue
    assert [party.id for party in queue.called()] == ["Cleo"]


def test_advance_with_nobody_waiting_changes_nothing() -> None:
    queue = opened()
    assert done(host_commands.advance, queue, None, None, LATER) == Change(queue)


def test_advance_serves_the_last_party_and_calls_nobody() -> None:
    queue = done(host_commands.advance, line("Ana"), None, None, OPENED).queue
    change = done(host_commands.advance, queue, "Ana", None, LATER)
    assert change.events == (PartyServed(LATER, "Ana"),)


@pytest.mark.parametrize("served", ["Ben", "nobody"])
def test_advance_serves_only_a_called_party(served: str) -> None:
    queue = done(host_commands.advance, line("Ana", "Ben"), None, None, OPENED).queue
    with pytest.raises(ServedPartyNotCalled):
        done(host_commands.advance, queue, served, "nobody", LATER)


@pytest.mark.parametrize("chosen", ["Ana", "nobody"])
def test_advance_calls_only_a_waiting_party_and_else_serves_nobody(chosen: str) -> None:
    queue = done(host_commands.advance, line("Ana", "Ben"), None, None, OPENED).queue
    with pytest.raises(NextPartyNotWaiting):
        done(host_commands.advance, queue, "Ana", chosen, LATER)


def test_closing_twice_changes_nothing() -> None:
    change = done(session_commands.close, line("Ana"), LATER)
    assert change.events == (QueueClosed(LATER, "host"),)
    assert done(session_commands.close, change.queue, LATER + 1) == Change(change.queue)


def test_a_closed_queue_has_nobody_waiting_called_or_counted() -> None:
    queue = done(session_commands.close, ana_in(Status.CALLED), LATER).queue
    assert (queue.waiting(), queue.called(), queue.people(), queue.places()) == ([], [], 0, {})


@pytest.mark.parametrize(
    "command", [host_commands.call, host_commands.serve, host_commands.no_show]
)
def test_the_host_moves_nobody_in_a_closed_queue(command: Command) -> None:
    queue = done(session_commands.close, ana_in(Status.CALLED), LATER).queue
    with pytest.raises(SessionClosed):
        command(queue, "Ana", LATER)
    with pytest.raises(SessionClosed):
        done(host_commands.advance, queue, None, None, LATER)


@pytest.mark.parametrize(
    "command", [guest_commands.leave, host_commands.kick, guest_commands.declare_nearby]
)
def test_a_closed_queue_has_no_party_to_act_on(command: Command) -> None:
    queue = done(session_commands.close, ana_in(Status.CALLED), LATER).queue
    with pytest.raises(UnknownParty):
        command(queue, "Ana", LATER)


def test_every_refusal_is_a_sentence() -> None:
    told_in_place = {NotJoinable, NotPossibleNow}
    for refusal in {QueueError, *QueueError.__subclasses__()} - told_in_place:
        assert str(refusal()) == refusal.sentence != ""
