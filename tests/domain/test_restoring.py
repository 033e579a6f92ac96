"""Bringing ended parties back, exactly as they were."""

from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import undo as undo_commands
from queueup.domain.errors import SomebodyWasFaster
from queueup.domain.model import OnExpiry, Status
from tests.domain.in_memory_waitlist import call, offered, stand
from tests.domain.lines import HOLD


def test_a_call_that_was_released_meanwhile_is_not_undone_but_restored() -> None:
    at = stand("Ana", on_expiry=OnExpiry.RELEASE)
    call(at, "Ana")
    at.wait(HOLD)
    assert at.party("Ana").status is Status.NO_SHOW
    assert offered(at) is None
    at.act(lambda q, now: undo_commands.restore(q, "Ana", now))
    ana = at.party("Ana")
    assert (ana.status, ana.deadline, ana.ended_at) == (Status.CALLED, at.now + HOLD, None)
    assert at.wait(HOLD - 1) == ()


def test_a_restored_party_is_as_it_was_and_can_be_sent_away_again() -> None:
    at = stand("Ana", "Ben")
    call(at, "Ana")
    before = at.party("Ana")
    at.guest(lambda q, now: guest_commands.leave(q, "Ana", now))
    gone = at.party("Ana")
    at.act(lambda q, now: undo_commands.restore(q, "Ana", now))
    assert at.party("Ana") == before
    at.undo()
    assert at.party("Ana") == gone


def test_a_restored_party_whose_hold_is_over_is_overdue_at_once() -> None:
    at = stand("Ana")
    call(at, "Ana")
    at.act(lambda q, now: host_commands.no_show(q, "Ana", now))
    at.wait(HOLD)
    at.act(lambda q, now: undo_commands.restore(q, "Ana", now))
    assert (at.party("Ana").status, at.party("Ana").overdue) == (Status.CALLED, True)


def test_a_party_that_is_present_cannot_be_restored() -> None:
    at = stand("Ana")
    assert isinstance(
        at.tried(lambda q, now: undo_commands.restore(q, "Ana", now)), SomebodyWasFaster
    )
    assert isinstance(
        at.tried(lambda q, now: undo_commands.put_back(q, "Ana", now)), SomebodyWasFaster
    )
