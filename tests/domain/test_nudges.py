"""Who is told that the line has moved: at the fifth and the second place, once each."""

from collections.abc import Callable

import pytest

from queueup.domain.change import Change, Events
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands.guest import Join
from queueup.domain.deadlines import apply_time
from queueup.domain.events import PartyReached
from queueup.domain.model import OnExpiry, Queue
from tests.domain.lines import HOLD, OPENED, done, find, line, opened

NAMES = ("Ana", "Ben", "Cleo", "Dan", "Eve", "Finn", "Gus")


def reached(change: Change) -> dict[str, int]:
    return {
        event.party_id: event.position for event in change.events if isinstance(event, PartyReached)
    }


def test_joining_at_a_place_is_not_reaching_it() -> None:
    queue = line("Ana")
    for name in NAMES[1:]:
        change = done(guest_commands.join, queue, Join(name, name, 1), OPENED)
        assert reached(change) == {}
        queue = change.queue


WAYS: list[Callable[[Queue], Change]] = [
    lambda queue: done(guest_commands.leave, queue, "Ana", OPENED),
    lambda queue: done(host_commands.kick, queue, "Ana", OPENED),
    lambda queue: done(host_commands.call, queue, "Ana", OPENED),
    lambda queue: done(host_commands.seat, queue, "Ana", OPENED),
    lambda queue: done(host_commands.advance, queue, None, None, OPENED),
]


@pytest.mark.parametrize("way", WAYS)
def test_the_second_and_the_fifth_are_told_whatever_moved_the_line(
    way: Callable[[Queue], Change],
) -> None:
    assert reached(way(line(*NAMES))) == {"Cleo": 2, "Finn": 5}


@pytest.mark.parametrize(
    "end", [host_commands.serve, host_commands.no_show, host_commands.kick, host_commands.call]
)
def test_what_becomes_of_a_called_party_moves_nobody(end: Callable[..., Events]) -> None:
    queue = done(host_commands.call, line(*NAMES), "Ana", OPENED).queue
    assert reached(done(end, queue, "Ana", OPENED)) == {}


def test_a_call_that_runs_out_calls_the_next_which_moves_the_line() -> None:
    queue = done(
        host_commands.call, line(*NAMES, queue=opened(on_expiry=OnExpiry.RELEASE)), "Ana", OPENED
    ).queue
    change = apply_time(queue, OPENED + HOLD)
    assert reached(change) == {"Dan": 2, "Gus": 5}


def test_an_event_names_its_place() -> None:
    change = done(guest_commands.leave, line(*NAMES), "Ana", OPENED)
    assert [event.kind for event in change.events] == [
        "QUEUE_MEMBER_LEFT",
        "QUEUE_POSITION_2",
        "QUEUE_POSITION_5",
    ]


def test_calling_somebody_further_back_moves_nobody_ahead() -> None:
    assert reached(done(host_commands.call, line(*NAMES), "Cleo", OPENED)) == {"Finn": 5}


def test_a_place_is_told_once_even_if_it_is_reached_again() -> None:
    queue = done(guest_commands.leave, line("Ana", "Ben", "Cleo", "Dan"), "Ana", OPENED).queue
    assert find(queue, "Cleo").nudges == (2,)
    back = done(host_commands.move, queue, "Dan", OPENED, "Ben").queue
    assert back.places()["Cleo"] == 3
    assert reached(done(host_commands.call, back, "Dan", OPENED)) == {}


def test_a_party_that_jumps_over_a_place_is_told_of_it() -> None:
    queue = line(*NAMES)
    assert queue.places()["Gus"] == 7
    change = done(host_commands.call_several, queue, ["Ana", "Ben", "Cleo"], OPENED)
    assert change.queue.places()["Gus"] == 4
    assert reached(change) == {"Dan": 2, "Eve": 2, "Finn": 5, "Gus": 5}
