"""Opening a queue, and who is let in."""

from collections.abc import Callable

import pytest

from queueup.domain.change import Events
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.commands.guest import Join
from queueup.domain.errors import AlreadyInQueue, QueueFull, SessionClosed
from queueup.domain.events import PartyJoined, QueueOpened
from queueup.domain.model import MINUTE, Status
from tests.domain.lines import OPENED, done, find, line, opened


def test_a_new_queue_is_open_and_empty() -> None:
    change = session_commands.create("ABC234", "ABC234-session", opened().settings, OPENED)
    assert [type(event) for event in change.events] == [QueueOpened]
    assert not change.queue.is_closed
    assert change.queue.parties == ()
    assert change.queue.people() == 0


def test_parties_stand_in_the_order_of_joining() -> None:
    queue = line("Ana", "Ben", "Cleo")
    assert [party.id for party in queue.waiting()] == ["Ana", "Ben", "Cleo"]
    assert queue.places() == {"Ana": 1, "Ben": 2, "Cleo": 3}


def test_tickets_count_up_and_are_never_given_twice() -> None:
    queue = line("Ana", "Ben")
    queue = done(guest_commands.leave, queue, "Ben", OPENED).queue
    queue = line("Cleo", queue=queue)
    assert [party.ticket for party in queue.parties] == [1, 2, 3]


def test_a_party_is_promised_the_upper_end_of_what_it_is_told() -> None:
    queue = done(host_commands.advance, line("Ana", "Ben"), None, None, OPENED).queue
    change = done(guest_commands.join, queue, Join("Cleo", "Cleo", 2), OPENED + 5)
    assert find(change.queue, "Cleo").quoted_ms == 5 * MINUTE  # behind Ben, who waits
    (joined,) = change.events
    assert isinstance(joined, PartyJoined)
    assert (joined.at, joined.position, joined.queue_length) == (OPENED + 5, 3, 3)


def test_capacity_counts_people_waiting_and_called() -> None:
    queue = done(guest_commands.join, opened(max_guests=6), Join("a", "Ana", 3), OPENED).queue
    queue = done(host_commands.advance, queue, None, None, OPENED).queue
    queue = done(guest_commands.join, queue, Join("b", "Ben", 2), OPENED).queue
    assert queue.people() == 5
    with pytest.raises(QueueFull):
        done(guest_commands.join, queue, Join("c", "Cleo", 2), OPENED)
    assert done(guest_commands.join, queue, Join("c", "Cleo", 1), OPENED).queue.people() == 6


@pytest.mark.parametrize(
    "end", [guest_commands.leave, host_commands.kick, host_commands.serve, host_commands.no_show]
)
def test_who_has_gone_takes_no_room(end: Callable[..., Events]) -> None:
    queue = done(guest_commands.join, opened(max_guests=3), Join("a", "Ana", 3), OPENED).queue
    queue = done(host_commands.call, queue, "a", OPENED).queue
    queue = done(end, queue, "a", OPENED).queue
    assert done(guest_commands.join, queue, Join("b", "Ben", 3), OPENED).queue.people() == 3


def test_without_a_key_the_same_name_is_refused_while_the_first_is_there() -> None:
    queue = line("Ana")
    with pytest.raises(AlreadyInQueue):
        done(guest_commands.join, queue, Join("other", "Ana", 1), OPENED)
    called = done(host_commands.call, queue, "Ana", OPENED).queue
    with pytest.raises(AlreadyInQueue):
        done(guest_commands.join, called, Join("other", "Ana", 1), OPENED)
    left = done(guest_commands.leave, queue, "Ana", OPENED).queue
    assert len(done(guest_commands.join, left, Join("other", "Ana", 1), OPENED).queue.parties) == 2


def test_the_same_name_is_refused_before_a_full_queue() -> None:
    queue = line("Ana", queue=opened(max_guests=1))
    with pytest.raises(AlreadyInQueue):
        done(guest_commands.join, queue, Join("other", "Ana", 1), OPENED)


def test_parties_without_a_name_do_not_shut_each_other_out() -> None:
    queue = done(guest_commands.join, opened(), Join("a", None, 1), OPENED).queue
    assert len(done(guest_commands.join, queue, Join("b", None, 1), OPENED).queue.waiting()) == 2


def test_the_same_key_gets_its_own_entry_back_and_changes_nothing() -> None:
    queue = done(
        guest_commands.join, opened(max_guests=2), Join("a", "Ana", 2, key="k1"), OPENED
    ).queue
    again = done(guest_commands.join, queue, Join("other", "Ana", 2, key="k1"), OPENED + 1)
    assert again.queue == queue
    assert again.events == ()
    found = guest_commands.party_with_key(queue, "k1")
    assert found is not None and found.id == "a"


def test_the_same_key_gets_its_entry_back_even_when_it_has_ended() -> None:
    queue = done(guest_commands.join, opened(), Join("a", "Ana", 2, key="k1"), OPENED).queue
    queue = done(guest_commands.leave, queue, "a", OPENED).queue
    assert done(guest_commands.join, queue, Join("b", "Ana", 2, key="k1"), OPENED).queue == queue


def test_another_key_of_the_same_name_is_let_in() -> None:
    queue = done(guest_commands.join, opened(), Join("a", "Ana", 1, key="k1"), OPENED).queue
    queue = done(guest_commands.join, queue, Join("b", "Ana", 1, key="k2"), OPENED).queue
    assert [party.status for party in queue.parties] == [Status.WAITING, Status.WAITING]


def test_no_key_matches_no_party() -> None:
    queue = done(guest_commands.join, opened(), Join("a", "Ana", 1), OPENED).queue
    assert guest_commands.party_with_key(queue, None) is None


def test_nobody_joins_a_closed_queue() -> None:
    queue = done(session_commands.close, opened(), OPENED).queue
    with pytest.raises(SessionClosed):
        done(guest_commands.join, queue, Join("a", "Ana", 1), OPENED)
