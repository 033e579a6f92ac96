"""Calling out of order, several at once, again, with holds of their own; and seating at tables."""

import pytest

from queueup.domain.change import Actor, changed
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import undo as undo_commands
from queueup.domain.errors import NotPossibleNow, SomebodyWasFaster, TableTaken, UnknownParty
from queueup.domain.events import PartyCalled
from queueup.domain.idempotency import owned_by, with_key
from queueup.domain.model import MINUTE, OnExpiry, Status
from queueup.domain.replay import replay
from tests.domain.in_memory_waitlist import PHONE, TABLET, call, seat, stand
from tests.domain.lines import HOLD


def test_each_call_has_the_hold_that_the_host_gave_it() -> None:
    at = stand("Ana", "Ben")
    at.act(lambda q, now: host_commands.call(q, "Ana", now, hold_ms=20 * MINUTE))
    call(at, "Ben")
    assert at.party("Ana").deadline == at.now + 20 * MINUTE
    assert at.party("Ben").deadline == at.now + HOLD


def test_several_called_in_one_tap_share_one_hold_and_one_action() -> None:
    at = stand("Ana", "Ben", "Cleo")
    at.act(lambda q, now: host_commands.call_several(q, ("Cleo", "Ana"), now, 7 * MINUTE))
    assert [p.deadline for p in at.queue.called()] == [at.now + 7 * MINUTE] * 2
    assert {action.number for action in at.queue.actions} == {at.queue.last_event - 1}
    at.undo()
    assert [party.id for party in at.queue.waiting()] == ["Ana", "Ben", "Cleo"]


def test_a_party_named_twice_rings_once() -> None:
    at = stand("Ana")
    at.act(lambda q, now: host_commands.call_several(q, ("Ana", "Ana"), now))
    assert at.party("Ana").call_count == 1


def test_if_one_of_several_has_gone_nobody_is_called() -> None:
    at = stand("Ana", "Ben")
    at.guest(lambda q, now: guest_commands.leave(q, "Ben", now))
    refusal = at.tried(lambda q, now: host_commands.call_several(q, ("Ana", "Ben"), now))
    assert isinstance(refusal, SomebodyWasFaster)
    assert str(refusal) == "#2 has left the line."
    assert at.party("Ana").status is Status.WAITING


def test_of_two_hosts_calling_one_party_the_second_is_told_who_did() -> None:
    at = stand("Ana")
    at.act(lambda q, now: host_commands.call(q, "Ana", now, calls=0), TABLET)
    refusal = at.tried(lambda q, now: host_commands.call(q, "Ana", now, calls=0), PHONE)
    assert isinstance(refusal, SomebodyWasFaster)
    assert str(refusal) == "#1 has already been called by Tablet."
    refusal = at.tried(lambda q, now: host_commands.call_several(q, ("Ana",), now), PHONE)
    assert str(refusal) == "#1 has already been called by Tablet."
    assert at.party("Ana").call_count == 1


def test_the_device_that_is_named_is_the_one_that_called_and_not_the_last_to_touch() -> None:
    at = stand("Ana")
    call(at, "Ana", TABLET)
    at.now += 1_000
    at.act(lambda q, now: host_commands.extend(q, "Ana", now, MINUTE), PHONE)
    refusal = at.tried(lambda q, now: host_commands.call(q, "Ana", now, calls=0), PHONE)
    assert str(refusal) == "#1 has already been called by Tablet."


def test_nobody_is_named_for_what_time_did() -> None:
    at = stand("Ana", on_expiry=OnExpiry.RELEASE)
    call(at, "Ana")
    at.act(lambda q, now: host_commands.no_show(q, "Ana", now))
    at.act(lambda q, now: undo_commands.put_back(q, "Ana", now))
    at.now += 1_000
    call(at, "Ana")
    at.wait(HOLD)
    refusal = at.tried(lambda q, now: host_commands.serve(q, "Ana", now), PHONE)
    assert str(refusal) == "#1 is already a no-show."


def test_a_party_that_waits_again_is_said_to_wait() -> None:
    at = stand("Ana")
    at.act(lambda q, now: host_commands.quote(q, "Ana", now, MINUTE))
    assert str(at.tried(lambda q, now: host_commands.serve(q, "Ana", now))) == "#1 is waiting."


def test_two_hosts_pressing_call_next_call_two_parties() -> None:
    at = stand("Ana", "Ben", "Cleo")
    at.act(lambda q, now: host_commands.advance(q, None, None, now), TABLET)
    at.act(lambda q, now: host_commands.advance(q, None, None, now), PHONE)
    assert {party.id for party in at.queue.called()} == {"Ana", "Ben"}


def test_the_same_tap_sent_twice_calls_once() -> None:
    at = stand("Ana", "Ben")
    at.act(lambda q, now: host_commands.advance(q, None, None, now), key="tap-1")
    before = at.queue
    assert at.act(lambda q, now: host_commands.advance(q, None, None, now), key="tap-1") == ()
    assert at.queue == before


def test_the_key_of_a_refused_command_is_not_spent() -> None:
    at = stand("Ana")
    with pytest.raises(UnknownParty):
        at.act(lambda q, now: host_commands.call(q, "Nobody", now), key="tap-1")
    at.act(lambda q, now: host_commands.call(q, "Ana", now), key="tap-1")
    assert at.party("Ana").status is Status.CALLED


def test_one_tap_spends_one_key_and_two_hundred_are_remembered() -> None:
    at = stand("Ana", "Ben")
    at.act(lambda q, now: host_commands.call_several(q, ("Ana", "Ben"), now), key="tap-0")
    assert at.queue.keys == ("tap-0",)
    for number in range(1, 201):
        at.act(lambda q, now: host_commands.call(q, "Ana", now), key=f"tap-{number}")
    assert (len(at.queue.keys), at.queue.keys[0], at.queue.keys[-1]) == (200, "tap-1", "tap-200")


def test_guests_who_tap_a_lot_make_nobody_elses_key_forgotten() -> None:
    keys = with_key(with_key((), "call:of-host"), "size:of-guest:bens")
    for number in range(300):
        keys = with_key(keys, owned_by(f"tap-{number}:anything", "anas"))
    assert keys[:2] == ("call:of-host", "size:of-guest:bens")
    assert keys[2:] == tuple(f"tap-{number}:anything:anas" for number in range(292, 300))
    for number in range(300):
        keys = with_key(keys, f"tap:anything:guest-{number}")
    assert (len(keys), keys[0], keys[-1]) == (201, "call:of-host", "tap:anything:guest-299")


def test_a_party_set_aside_is_neither_called_next_nor_in_place_of_a_released_one() -> None:
    at = stand("Ana", "Ben", "Cleo", "Dan", on_expiry=OnExpiry.RELEASE)
    at.act(lambda q, now: host_commands.set_aside(q, "Ana", now, True))
    at.act(lambda q, now: host_commands.set_aside(q, "Cleo", now, True))
    at.act(lambda q, now: host_commands.advance(q, None, None, now))
    assert [party.id for party in at.queue.called()] == ["Ben"]
    at.wait(HOLD)
    assert [party.id for party in at.queue.called()] == ["Dan"]


def test_a_party_set_aside_can_be_called_by_name_and_is_then_aside_no_more() -> None:
    at = stand("Ana", "Ben")
    at.act(lambda q, now: host_commands.set_aside(q, "Ana", now, True, "outside"))
    at.act(lambda q, now: host_commands.advance(q, None, "Ana", now))
    assert (at.party("Ana").aside, at.party("Ana").aside_reason) == (False, None)
    at.undo()
    assert (at.party("Ana").aside, at.party("Ana").aside_reason) == (True, "outside")


def test_a_line_of_only_parties_set_aside_calls_nobody() -> None:
    at = stand("Ana")
    at.act(lambda q, now: host_commands.set_aside(q, "Ana", now, True))
    assert at.act(lambda q, now: host_commands.advance(q, None, None, now)) == ()


def test_an_extension_counts_from_the_deadline_or_from_now_if_that_has_passed() -> None:
    at = stand("Ana")
    call(at, "Ana")
    at.act(lambda q, now: host_commands.extend(q, "Ana", now, MINUTE))
    assert at.party("Ana").deadline == at.now + HOLD + MINUTE
    at.wait(HOLD + 5 * MINUTE)
    assert at.party("Ana").overdue
    at.act(lambda q, now: host_commands.extend(q, "Ana", now, MINUTE))
    assert (at.party("Ana").deadline, at.party("Ana").overdue) == (at.now + MINUTE, False)


def test_only_a_called_party_is_held_for_longer() -> None:
    at = stand("Ana")
    refusal = at.tried(lambda q, now: host_commands.extend(q, "Ana", now, MINUTE))
    assert isinstance(refusal, NotPossibleNow)


def test_whoever_stands_there_is_seated_without_a_call_of_its_own() -> None:
    at = stand("Ana", "Ben")
    events = at.act(lambda q, now: host_commands.seat(q, "Ben", now, "7"))
    assert [event for event in events if isinstance(event, PartyCalled)]
    ben = at.party("Ben")
    assert (ben.status, ben.table, ben.call_count) == (Status.SERVED, "7", 1)


def test_a_table_is_taken_for_an_hour_and_a_half_unless_the_host_is_sure() -> None:
    at = stand("Ana", "Ben", "Cleo")
    seat(at, "Ana", "T7")
    refusal = at.tried(lambda q, now: host_commands.seat(q, "Ben", now, "t7"))
    assert isinstance(refusal, TableTaken)
    assert "#1" in str(refusal) and "#2" in str(refusal)
    at.act(lambda q, now: host_commands.seat(q, "Ben", now, "t7", sure=True))
    at.wait(90 * MINUTE)
    seat(at, "Cleo", "T7")
    assert at.party("Cleo").table == "T7"


def test_a_table_is_free_again_when_the_seating_is_undone() -> None:
    at = stand("Ana", "Ben")
    seat(at, "Ana", "7")
    at.undo()
    assert at.party("Ana").table is None
    seat(at, "Ben", "7")
    assert at.party("Ben").table == "7"


def test_a_party_without_a_table_takes_none() -> None:
    at = stand("Ana", "Ben")
    seat(at, "Ana")
    seat(at, "Ben")
    assert at.party("Ben").status is Status.SERVED


def test_a_change_is_the_sum_of_its_events_with_their_actor() -> None:
    at = stand("Ana")
    change = changed(
        at.queue, host_commands.call(at.queue, "Ana", at.now), Actor("device-tablet", "tap-1")
    )
    assert change.queue == replay(change.events, at.queue)
    assert [(action.kind, action.device) for action in change.queue.actions] == [
        ("QUEUE_MEMBER_CALLED", "device-tablet")
    ]
    assert change.queue.keys == ("tap-1",)
