"""What guests do after joining: answer a call, let others pass, correct their size, ask back."""

from collections.abc import Callable

import pytest

from queueup.domain.change import Events
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import undo as undo_commands
from queueup.domain.errors import NotPossibleNow, QueueFull, UnknownParty
from queueup.domain.events import PartyEdited
from queueup.domain.model import MINUTE, OnExpiry, Status
from queueup.domain.views import snapshot
from tests.domain.in_memory_waitlist import call, seat, stand
from tests.domain.lines import HOLD, done


def own(at: object, party_id: str) -> dict[str, object]:
    party: dict[str, object] = snapshot(at.queue)["guests"][party_id]["party"]  # type: ignore[attr-defined]
    return party


def asks(at: object) -> list[tuple[str, int]]:
    found = snapshot(at.queue)["host"]["asks"]  # type: ignore[attr-defined]
    return [(ask["kind"], ask["ticket"]) for ask in found]


def test_the_host_sees_who_is_on_the_way_and_in_how_many_minutes() -> None:
    at = stand("Ana")
    call(at, "Ana")
    at.guest(lambda q, now: guest_commands.on_my_way(q, "Ana", now, 4))
    shown = snapshot(at.queue)["host"]["called"][0]
    assert (shown["answer"], shown["answerMinutes"], shown["answeredAt"]) == (
        "on_my_way",
        4,
        at.now,
    )
    assert at.guest(lambda q, now: guest_commands.on_my_way(q, "Ana", now, 4)) == ()
    at.guest(lambda q, now: guest_commands.on_my_way(q, "Ana", now))
    assert at.party("Ana").answer_minutes is None


def test_more_time_is_given_in_steps_until_the_hosts_limit_and_then_asked_for() -> None:
    at = stand("Ana")
    call(at, "Ana")
    for left in (5 * MINUTE, 0):
        at.guest(lambda q, now: guest_commands.more_time(q, "Ana", now))
        assert own(at, "Ana")["moreTimeLeftMs"] == left
    assert at.party("Ana").deadline == at.now + HOLD + 10 * MINUTE
    at.guest(lambda q, now: guest_commands.more_time(q, "Ana", now))
    ana = at.party("Ana")
    assert ana.deadline == at.now + HOLD + 10 * MINUTE
    assert (ana.answer, ana.more_time_ms) == ("more_time", 10 * MINUTE)


def test_more_time_after_the_hold_ran_out_counts_from_now() -> None:
    at = stand("Ana")
    call(at, "Ana")
    at.wait(HOLD + MINUTE)
    at.guest(lambda q, now: guest_commands.more_time(q, "Ana", now))
    assert (at.party("Ana").deadline, at.party("Ana").overdue) == (at.now + 5 * MINUTE, False)


def test_more_time_is_for_called_parties() -> None:
    at = stand("Ana")
    refusal = at.tried(lambda q, now: guest_commands.more_time(q, "Ana", now), None)
    assert isinstance(refusal, NotPossibleNow)


def test_letting_one_pass_swaps_two_and_tells_only_the_one_who_did() -> None:
    at = stand("Ana", "Ben", "Cleo")
    at.guest(lambda q, now: guest_commands.let_pass(q, "Ana", now))
    assert [party.id for party in at.queue.waiting()] == ["Ben", "Ana", "Cleo"]
    assert own(at, "Ana")["moved"] == {"at": at.now, "places": 1, "reason": "let_pass"}
    assert "moved" not in own(at, "Ben") and "moved" not in own(at, "Cleo")


def test_whoever_lets_one_pass_stands_behind_one_that_can_be_called() -> None:
    at = stand("Ana", "Ben", "Cleo", "Dan")
    at.act(lambda q, now: host_commands.set_aside(q, "Ben", now, True))
    promised = own(at, "Ana")["passWait"]
    at.guest(lambda q, now: guest_commands.let_pass(q, "Ana", now))
    assert [party.id for party in at.queue.waiting()] == ["Ben", "Cleo", "Ana", "Dan"]
    assert own(at, "Ana")["wait"] == promised


def test_with_only_parties_set_aside_behind_there_is_nobody_to_let_pass() -> None:
    at = stand("Ana", "Ben")
    at.act(lambda q, now: host_commands.set_aside(q, "Ben", now, True))
    refusal = at.tried(lambda q, now: guest_commands.let_pass(q, "Ana", now), None)
    assert isinstance(refusal, NotPossibleNow)
    assert "passWait" not in own(at, "Ana")


def test_the_range_shown_before_letting_one_pass_is_the_one_shown_after() -> None:
    at = stand(*(f"p{number}" for number in range(8)))
    for party in at.queue.waiting()[:-1]:
        before = own(at, party.id)["passWait"]
        after = done(guest_commands.let_pass, at.queue, party.id, at.now).queue
        assert snapshot(after)["guests"][party.id]["party"]["wait"] == before


@pytest.mark.parametrize("name", ["Ben", "Ana"])
def test_the_last_and_the_called_let_nobody_pass(name: str) -> None:
    at = stand("Ana", "Ben")
    call(at, "Ana")
    refusal = at.tried(lambda q, now: guest_commands.let_pass(q, name, now), None)
    assert isinstance(refusal, NotPossibleNow)


def test_a_party_corrects_its_size_within_the_capacity() -> None:
    at = stand("Ana")
    at.act(lambda q, now: host_commands.edit(q, PartyEdited(now, "Ana", "Ana", 1, notes="red hat")))
    at.guest(lambda q, now: guest_commands.change_size(q, "Ana", now, 40))
    assert (at.party("Ana").size, at.party("Ana").notes) == (40, "red hat")
    refusal = at.tried(lambda q, now: guest_commands.change_size(q, "Ana", now, 41), None)
    assert isinstance(refusal, QueueFull)


def test_a_party_may_shrink_in_a_line_that_the_host_has_overfilled() -> None:
    at = stand("Ana")
    at.join("Crowd", size=60, origin="host")
    at.guest(lambda q, now: guest_commands.change_size(q, "Crowd", now, 50))
    assert at.party("Crowd").size == 50


def test_a_called_guest_who_gives_up_needs_the_hosts_eye_once() -> None:
    at = stand("Ana", "Ben")
    call(at, "Ana")
    at.guest(lambda q, now: guest_commands.leave(q, "Ana", now, guest_commands.NOT_COMING))
    assert asks(at) == [("gone", 1)]
    at.act(lambda q, now: undo_commands.acknowledge(q, "Ana", now))
    assert asks(at) == []
    assert at.act(lambda q, now: undo_commands.acknowledge(q, "Ana", now)) == ()


@pytest.mark.parametrize("on_expiry", list(OnExpiry))
def test_a_waiting_guest_who_leaves_needs_nobody(on_expiry: OnExpiry) -> None:
    at = stand("Ana", on_expiry=on_expiry)
    at.guest(lambda q, now: guest_commands.leave(q, "Ana", now))
    assert asks(at) == []


def test_who_missed_the_call_asks_for_the_old_place_and_gets_it() -> None:
    at = stand("Ana", "Ben")
    call(at, "Ana")
    at.act(lambda q, now: host_commands.no_show(q, "Ana", now))
    assert own(at, "Ana")["askBackUntil"] == at.now + 10 * MINUTE
    at.wait(10 * MINUTE)
    at.guest(lambda q, now: guest_commands.ask_back(q, "Ana", now))
    assert asks(at) == [("back", 1)]
    assert own(at, "Ana")["askedBackAt"] == at.now
    assert at.guest(lambda q, now: guest_commands.ask_back(q, "Ana", now)) == ()
    at.act(lambda q, now: undo_commands.put_back(q, "Ana", now))
    assert [party.id for party in at.queue.waiting()] == ["Ana", "Ben"]
    assert asks(at) == []


def test_after_ten_minutes_it_is_too_late_to_ask() -> None:
    at = stand("Ana")
    call(at, "Ana")
    at.act(lambda q, now: host_commands.no_show(q, "Ana", now))
    at.wait(10 * MINUTE + 1)
    refusal = at.tried(lambda q, now: guest_commands.ask_back(q, "Ana", now), None)
    assert isinstance(refusal, NotPossibleNow)


def test_a_declined_party_knows_it_and_asks_no_more() -> None:
    at = stand("Ana")
    call(at, "Ana")
    at.act(lambda q, now: host_commands.no_show(q, "Ana", now))
    at.guest(lambda q, now: guest_commands.ask_back(q, "Ana", now))
    at.act(lambda q, now: undo_commands.decline_back(q, "Ana", now))
    assert own(at, "Ana")["backDeclined"] is True
    assert "askBackUntil" not in own(at, "Ana")
    refusal = at.tried(lambda q, now: guest_commands.ask_back(q, "Ana", now), None)
    assert isinstance(refusal, NotPossibleNow)
    refusal = at.tried(lambda q, now: undo_commands.decline_back(q, "Ana", now))
    assert isinstance(refusal, NotPossibleNow)


@pytest.mark.parametrize("end", [guest_commands.leave, host_commands.kick])
def test_only_a_missed_call_gives_a_place_to_ask_for(end: Callable[..., Events]) -> None:
    at = stand("Ana")
    at.act(lambda q, now: end(q, "Ana", now))
    refusal = at.tried(lambda q, now: guest_commands.ask_back(q, "Ana", now), None)
    assert isinstance(refusal, NotPossibleNow)


def test_a_party_put_back_that_is_dropped_again_may_ask_again() -> None:
    at = stand("Ana", on_expiry=OnExpiry.RELEASE)
    for _ in range(2):
        call(at, "Ana")
        at.wait(HOLD)
        at.guest(lambda q, now: guest_commands.ask_back(q, "Ana", now))
        at.act(lambda q, now: undo_commands.put_back(q, "Ana", now))
    assert at.party("Ana").status is Status.WAITING


def test_a_verdict_on_the_estimate_is_kept_with_what_was_shown() -> None:
    at = stand("Ana", "Ben")
    (event,) = at.guest(lambda q, now: guest_commands.judge(q, "Ben", now, "too_short"))
    shown = own(at, "Ben")["wait"]
    assert (shown["lowMs"], shown["highMs"]) == (event.low_ms, event.high_ms)  # type: ignore[index, attr-defined]
    assert own(at, "Ben")["judged"] == "too_short"
    assert at.guest(lambda q, now: guest_commands.judge(q, "Ben", now, "too_short")) == ()


def test_who_has_gone_answers_nothing() -> None:
    at = stand("Ana")
    seat(at, "Ana")
    for command in (
        lambda q, now: guest_commands.on_my_way(q, "Ana", now),
        lambda q, now: guest_commands.more_time(q, "Ana", now),
        lambda q, now: guest_commands.let_pass(q, "Ana", now),
        lambda q, now: guest_commands.change_size(q, "Ana", now, 2),
        lambda q, now: guest_commands.judge(q, "Ana", now, "right"),
    ):
        assert isinstance(at.tried(command, None), UnknownParty)
