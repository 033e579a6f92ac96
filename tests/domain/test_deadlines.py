"""What time alone does to a queue, however late somebody looks."""

import pytest

from queueup.domain.change import Change
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.deadlines import IDLE_MS, MAX_AGE_MS, apply_time, next_due
from queueup.domain.events import CallRanOut, PartyCalled, PartyDropped, QueueClosed
from queueup.domain.model import HOUR, MINUTE, OnExpiry, Queue, Status
from tests.domain.lines import HOLD, OPENED, done, find, line, opened, statuses


def called(*names: str, on_expiry: OnExpiry, waiting: tuple[str, ...] = ()) -> Queue:
    """Return a queue whose parties were called a second apart."""
    queue = line(*names, *waiting, queue=opened(on_expiry=on_expiry))
    for seconds, name in enumerate(names):
        queue = done(host_commands.call, queue, name, OPENED + seconds * 1_000).queue
    return queue


def test_the_limits_are_two_and_twelve_hours() -> None:
    assert (IDLE_MS, MAX_AGE_MS) == (2 * 60 * MINUTE, 12 * 60 * MINUTE)


def test_nothing_happens_before_it_is_due() -> None:
    queue = called("Ana", on_expiry=OnExpiry.RELEASE)
    assert next_due(queue) == OPENED + HOLD
    assert apply_time(queue, OPENED + HOLD - 1) == Change(queue)


def test_a_hold_that_runs_out_is_flagged_once_and_the_party_stays_called() -> None:
    change = apply_time(called("Ana", on_expiry=OnExpiry.FLAG), OPENED + HOLD)
    assert change.events == (CallRanOut(OPENED + HOLD, "Ana"),)
    ana = find(change.queue, "Ana")
    assert (ana.status, ana.overdue, ana.deadline) == (Status.CALLED, True, OPENED + HOLD)
    assert apply_time(change.queue, OPENED + 2 * HOUR + HOLD).events == ()


def test_a_repeated_call_clears_the_flag() -> None:
    queue = apply_time(called("Ana", on_expiry=OnExpiry.FLAG), OPENED + HOLD).queue
    queue = done(host_commands.call, queue, "Ana", OPENED + HOLD + 1).queue
    assert not find(queue, "Ana").overdue
    assert next_due(queue) == OPENED + 2 * HOLD + 1


def test_a_queue_that_releases_drops_the_party_and_calls_the_next() -> None:
    queue = called("Ana", on_expiry=OnExpiry.RELEASE, waiting=("Ben", "Cleo"))
    change = apply_time(queue, OPENED + HOLD)
    assert change.events[:2] == (
        PartyDropped(OPENED + HOLD, "Ana"),
        PartyCalled(OPENED + HOLD, "Ben", OPENED + 2 * HOLD, 1),
    )
    assert statuses(change.queue) == {
        "Ana": Status.NO_SHOW,
        "Ben": Status.CALLED,
        "Cleo": Status.WAITING,
    }


def test_a_release_applied_late_keeps_its_time_and_gives_the_next_a_whole_hold() -> None:
    queue = called("Ana", on_expiry=OnExpiry.RELEASE, waiting=("Ben", "Cleo"))
    late = OPENED + HOUR
    change = apply_time(queue, late)
    assert change.events[:2] == (
        PartyDropped(OPENED + HOLD, "Ana"),
        PartyCalled(late, "Ben", late + HOLD, 1),
    )
    assert find(change.queue, "Ana").ended_at == OPENED + HOLD
    assert statuses(change.queue)["Cleo"] is Status.WAITING


def test_each_called_party_has_its_own_deadline() -> None:
    queue = called("Ana", "Ben", on_expiry=OnExpiry.RELEASE, waiting=("Cleo", "Dan"))
    queue = apply_time(queue, OPENED + HOLD).queue
    assert statuses(queue)["Ben"] is Status.CALLED
    assert next_due(queue) == OPENED + HOLD + 1_000
    queue = apply_time(queue, OPENED + HOLD + 1_000).queue
    assert [party.id for party in queue.called()] == ["Dan", "Cleo"]


def test_several_releases_applied_at_once_call_as_many_in_order() -> None:
    queue = called("Ana", "Ben", on_expiry=OnExpiry.RELEASE, waiting=("Cleo", "Dan", "Eve"))
    change = apply_time(queue, OPENED + HOUR)
    assert [(event.kind, event.party_id) for event in change.events[:4]] == [  # type: ignore[attr-defined]
        ("QUEUE_MEMBER_DROPPED", "Ana"),
        ("QUEUE_MEMBER_DROPPED", "Ben"),
        ("QUEUE_MEMBER_CALLED", "Cleo"),
        ("QUEUE_MEMBER_CALLED", "Dan"),
    ]
    assert statuses(change.queue)["Eve"] is Status.WAITING


def test_an_empty_queue_closes_two_hours_after_the_last_thing_that_happened() -> None:
    queue = done(guest_commands.leave, line("Ana"), "Ana", OPENED + HOUR).queue
    assert next_due(queue) == OPENED + 3 * HOUR
    change = apply_time(queue, OPENED + 5 * HOUR)
    assert change.events == (QueueClosed(OPENED + 3 * HOUR, "idle"),)
    assert (change.queue.closed_at, change.queue.close_reason) == (OPENED + 3 * HOUR, "idle")


def test_a_queue_that_nobody_ever_joined_closes_after_two_hours() -> None:
    assert next_due(opened()) == OPENED + 2 * HOUR


@pytest.mark.parametrize("on_expiry", list(OnExpiry))
def test_a_queue_with_somebody_in_it_is_not_idle(on_expiry: OnExpiry) -> None:
    queue = line("Ana", queue=opened(on_expiry=on_expiry))
    assert next_due(queue) == OPENED + 12 * HOUR
    queue = apply_time(done(host_commands.call, queue, "Ana", OPENED).queue, OPENED + HOLD).queue
    expected = OPENED + (12 * HOUR if on_expiry is OnExpiry.FLAG else HOLD + 2 * HOUR)
    assert next_due(queue) == expected


def test_any_queue_closes_after_twelve_hours() -> None:
    queue = line("Ana", queue=opened(), now=OPENED + 11 * HOUR)
    change = apply_time(queue, OPENED + 12 * HOUR)
    assert change.events == (QueueClosed(OPENED + 12 * HOUR, "age"),)


def test_age_closes_before_idleness_would() -> None:
    queue = line("Ana", now=OPENED)
    queue = done(guest_commands.leave, queue, "Ana", OPENED + 11 * HOUR).queue
    assert apply_time(queue, OPENED + 20 * HOUR).events == (QueueClosed(OPENED + 12 * HOUR, "age"),)


def test_everything_due_is_applied_in_its_order_days_later() -> None:
    queue = called("Ana", on_expiry=OnExpiry.RELEASE)
    change = apply_time(queue, OPENED + 72 * HOUR)
    assert change.events == (
        PartyDropped(OPENED + HOLD, "Ana"),
        QueueClosed(OPENED + HOLD + 2 * HOUR, "idle"),
    )


def test_a_queue_that_closed_in_the_meantime_calls_nobody() -> None:
    queue = called("Ana", on_expiry=OnExpiry.RELEASE, waiting=("Ben",))
    change = apply_time(queue, OPENED + 13 * HOUR)
    assert [event.kind for event in change.events] == ["QUEUE_MEMBER_DROPPED", "QUEUE_CLOSED"]
    assert statuses(change.queue)["Ben"] is Status.WAITING


def test_a_closed_queue_has_nothing_left_to_run_out() -> None:
    queue = done(session_commands.close, called("Ana", on_expiry=OnExpiry.RELEASE), OPENED).queue
    assert next_due(queue) is None
    assert apply_time(queue, OPENED + 72 * HOUR) == Change(queue)
