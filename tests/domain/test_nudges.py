"""Who is told that the line has moved: at the fifth and the second place, once each."""

from collections.abc import Callable

import pytest

from queueup.domain.change import Change
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


def _called_at_front(queue: Queue) -> Change:
    return done(
        host_commands.serve, done(host_commands.call, queue, "Ana", OPENED).queue, "Ana", OPENED
    )


def _advanced(queue: Queue) -> Change:
    return done(
        host_commands.advance,
        done(host_commands.advance, queue, None, None, OPENED).queue,
        "Ana",
        None,
        OPENED,
    )


def _no_show(queue: Queue) -> Change:
    return done(
        host_commands.no_show, done(host_commands.call, queue, "Ana", OPENED).queue, "Ana", OPENED
    )


def _kicked_while_called(queue: Queue) -> Change:
    return done(
        host_commands.kick, done(host_commands.call, queue, "Ana", OPENED).queue, "Ana", OPENED
    )


WAYS: list[Callable[[Queue], Change]] = [
    lambda queue: done(guest_commands.leave, queue, "Ana", OPENED),
    lambda queue: done(host_commands.kick, queue, "Ana", OPENED),
    _called_at_front,
    _advanced,
    _no_show,
    _kicked_while_called,
]


@pytest.mark.parametrize("way", WAYS)
def test_the_second_and_the_fifth_are_told_whatever_moved_the_line(
    way: Callable[[Queue], Change],
) -> None:
    assert reached(way(line(*NAMES))) == {"Cleo": 2, "Finn": 5}


def test_a_call_that_runs_out_moves_the_line_too() -> None:
    queue = done(
        host_commands.call, line(*NAMES, queue=opened(on_expiry=OnExpiry.RELEASE)), "Ana", OPENED
    ).queue
    change = apply_time(queue, OPENED + HOLD)
    assert reached(change) == {"Cleo": 2, "Finn": 5}
    queue = done(guest_commands.leave, change.queue, "Ben", OPENED + HOLD).queue
    assert find(queue, "Cleo").nudges == (2,)


def test_an_event_names_its_place() -> None:
    change = done(guest_commands.leave, line(*NAMES), "Ana", OPENED)
    assert [event.kind for event in change.events] == [
        "QUEUE_MEMBER_LEFT",
        "QUEUE_POSITION_2",
        "QUEUE_POSITION_5",
    ]


def test_calling_the_first_moves_nobody() -> None:
    assert reached(done(host_commands.call, line(*NAMES), "Ana", OPENED)) == {}


def test_a_place_is_told_once_even_if_it_is_reached_again() -> None:
    queue = done(guest_commands.leave, line("Ana", "Ben", "Cleo", "Dan"), "Ana", OPENED).queue
    assert find(queue, "Cleo").nudges == (2,)
    back = done(host_commands.call, queue, "Dan", OPENED).queue
    assert back.positions()["Cleo"] == 3
    assert reached(done(host_commands.serve, back, "Dan", OPENED)) == {}


def test_a_party_that_jumps_over_a_place_is_told_of_it() -> None:
    queue = line(*NAMES, queue=opened(on_expiry=OnExpiry.RELEASE))
    for name in ("Ana", "Ben", "Cleo"):
        queue = done(host_commands.call, queue, name, OPENED).queue
    assert queue.positions()["Gus"] == 7
    change = apply_time(queue, OPENED + HOLD)
    assert change.queue.positions() == {"Gus": 4}
    assert reached(change) == {"Gus": 5}
