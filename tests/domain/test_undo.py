"""Taking back what a host did with a party's place: exactly what was."""

from dataclasses import replace

from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.commands import undo as undo_commands
from queueup.domain.commands.undo import last_undoable
from queueup.domain.errors import NothingToUndo
from queueup.domain.model import MINUTE, OnExpiry, Status
from tests.domain.in_memory_waitlist import PHONE, TABLET, call, offered, seat, stand, uncounted
from tests.domain.lines import HOLD


def test_nothing_done_is_nothing_to_undo() -> None:
    at = stand("Ana")
    assert offered(at) is None
    assert isinstance(at.tried(lambda q, now: undo_commands.undo(q, now, 1)), NothingToUndo)


def test_an_undone_call_leaves_the_party_as_it_was_but_for_the_count() -> None:
    at = stand("Ana", "Ben")
    before = at.party("Ana")
    call(at, "Ana")
    at.undo()
    assert uncounted(at.party("Ana")) == before
    assert at.party("Ana").call_count == 1


def test_the_next_call_after_an_undone_one_is_heard_as_a_new_one() -> None:
    at = stand("Ana")
    call(at, "Ana")
    at.undo()
    call(at, "Ana")
    assert at.party("Ana").call_count == 2


def test_a_call_whose_hold_ran_out_meanwhile_can_be_undone() -> None:
    at = stand("Ana")
    before = at.party("Ana")
    call(at, "Ana")
    at.wait(HOLD)
    assert at.party("Ana").overdue
    at.undo()
    assert uncounted(at.party("Ana")) == before


def test_a_party_seated_after_its_hold_ran_out_is_overdue_again_after_an_undo() -> None:
    at = stand("Ana")
    call(at, "Ana")
    seat(at, "Ana")
    at.wait(HOLD)
    at.undo()
    assert (at.party("Ana").status, at.party("Ana").overdue) == (Status.CALLED, True)
    assert at.wait(MINUTE) == ()


def test_a_queue_that_releases_holds_an_undone_party_afresh() -> None:
    at = stand("Ana", "Ben", on_expiry=OnExpiry.RELEASE)
    call(at, "Ana")
    seat(at, "Ana")
    at.wait(HOLD)
    at.undo()
    assert at.party("Ana").deadline == at.now + HOLD
    assert at.wait(HOLD - 1) == ()


def test_seating_and_calling_in_one_tap_are_undone_in_one() -> None:
    at = stand("Ana", "Ben")
    call(at, "Ana")
    before = at.queue
    at.act(lambda q, now: host_commands.advance(q, "Ana", None, now))
    assert offered(at) == ("QUEUE_MEMBER_CALLED", [1, 2])
    at.undo()
    assert [uncounted(party) for party in at.queue.parties] == [
        uncounted(party) for party in before.parties
    ]
    assert at.queue.actions == before.actions


def test_what_remains_of_a_tap_is_undone_when_one_of_its_parties_has_left() -> None:
    at = stand("Ana", "Ben")
    at.act(lambda q, now: host_commands.call_several(q, ("Ana", "Ben"), now))
    at.guest(lambda q, now: guest_commands.leave(q, "Ana", now))
    assert offered(at) == ("QUEUE_MEMBER_CALLED", [2])
    at.undo()
    assert at.party("Ana").status is Status.LEFT
    assert at.party("Ben").status is Status.WAITING


def test_seating_a_party_that_was_not_called_is_undone_to_waiting() -> None:
    at = stand("Ana")
    before = at.party("Ana")
    seat(at, "Ana", "7")
    seen = len(at.events)
    at.undo()
    assert uncounted(at.party("Ana")) == before
    assert len(at.events) == seen + 1


def test_a_seating_teaches_and_its_undo_unteaches() -> None:
    at = stand("Ana")
    seat(at, "Ana")
    assert [seating.wait_ms for seating in at.queue.seatings] == [5 * MINUTE]
    at.undo()
    assert at.queue.seatings == ()


def test_undoing_one_of_two_equal_seatings_keeps_the_other() -> None:
    at = stand("Ana", "Ben")
    at.queue = replace(
        at.queue, parties=tuple(replace(party, ahead=0) for party in at.queue.parties)
    )
    at.act(lambda q, now: host_commands.call_several(q, ("Ana", "Ben"), now))
    seat(at, "Ana")
    seat(at, "Ben")
    at.undo()
    assert len(at.queue.seatings) == 1


def test_two_taps_on_undo_take_back_two_actions() -> None:
    at = stand("Ana", "Ben")
    call(at, "Ana")
    call(at, "Ben")
    at.undo()
    at.undo()
    assert [party.id for party in at.queue.waiting()] == ["Ana", "Ben"]
    assert offered(at) is None


def test_a_walk_in_added_by_mistake_goes_and_does_not_come_back_with_the_next_undo() -> None:
    at = stand("Ana")
    call(at, "Ana")
    at.join("Walker", origin="host")
    at.undo()
    assert at.party("Walker").status is Status.KICKED
    assert offered(at) == ("QUEUE_MEMBER_CALLED", [1])
    at.undo()
    assert at.party("Walker").status is Status.KICKED


def test_another_device_takes_back_what_this_one_did() -> None:
    at = stand("Ana")
    call(at, "Ana", TABLET)
    at.undo(PHONE)
    assert at.party("Ana").status is Status.WAITING


def test_an_undo_of_what_is_no_longer_the_last_action_is_refused() -> None:
    at = stand("Ana", "Ben")
    call(at, "Ana", TABLET)
    number = last_undoable(at.queue)[0].number
    call(at, "Ben", PHONE)
    refusal = at.tried(lambda q, now: undo_commands.undo(q, now, number))
    assert isinstance(refusal, NothingToUndo)
    assert at.party("Ana").status is Status.CALLED


def test_a_double_tap_on_undo_takes_back_one_action() -> None:
    at = stand("Ana", "Ben")
    call(at, "Ana")
    call(at, "Ben")
    number = last_undoable(at.queue)[0].number
    at.act(lambda q, now: undo_commands.undo(q, now, number))
    assert isinstance(at.tried(lambda q, now: undo_commands.undo(q, now, number)), NothingToUndo)
    assert at.party("Ana").status is Status.CALLED


def test_only_the_latest_thirty_actions_are_kept() -> None:
    at = stand("Ana")
    for _ in range(40):
        call(at, "Ana")
    assert len(at.queue.actions) == 30


def test_a_closed_queue_offers_no_undo() -> None:
    at = stand("Ana")
    call(at, "Ana")
    at.act(session_commands.close)
    assert offered(at) is None


def test_a_no_show_taken_back_asks_for_its_place_no_more() -> None:
    at = stand("Ana")
    call(at, "Ana")
    before = at.party("Ana")
    at.act(lambda q, now: host_commands.no_show(q, "Ana", now))
    at.guest(lambda q, now: guest_commands.ask_back(q, "Ana", now))
    at.undo()
    assert at.party("Ana") == before


def test_what_no_known_device_did_is_not_offered() -> None:
    at = stand("Ana")
    at.act(lambda q, now: host_commands.call(q, "Ana", now), device=None)
    assert offered(at) is None
