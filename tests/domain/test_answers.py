"""An answer to a call belongs to that call: the next one asks anew."""

from typing import Any

from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import undo as undo_commands
from queueup.domain.model import MINUTE
from queueup.domain.views import snapshot
from tests.domain.in_memory_waitlist import Stand, call, stand


def own(at: Stand, name: str) -> dict[str, Any]:
    """Return what the page of a party shows."""
    return snapshot(at.queue)["guests"][name]["party"]


def test_each_call_asks_anew() -> None:
    at = stand("Ana", "Ben")
    call(at, "Ana")
    at.guest(lambda queue, now: guest_commands.on_my_way(queue, "Ana", now, 10))
    assert own(at, "Ana")["answer"] == "on_my_way"
    at.wait(MINUTE)
    call(at, "Ana")
    assert not own(at, "Ana").keys() & {"answer", "answerMinutes", "answeredAt"}
    # The same answer to the second call is an answer.
    at.guest(lambda queue, now: guest_commands.on_my_way(queue, "Ana", now, 10))
    assert own(at, "Ana")["answeredAt"] == at.now


def test_a_call_taken_back_leaves_the_answer_to_the_call_before() -> None:
    at = stand("Ana")
    call(at, "Ana")
    at.guest(lambda queue, now: guest_commands.on_my_way(queue, "Ana", now, 5))
    answered = at.party("Ana")
    call(at, "Ana")
    at.undo()
    assert at.party("Ana").answer == answered.answer
    assert at.party("Ana").answer_minutes == 5


def test_an_answer_does_not_survive_a_no_show_that_was_put_back() -> None:
    at = stand("Ana")
    call(at, "Ana")
    at.guest(lambda queue, now: guest_commands.on_my_way(queue, "Ana", now, 10))
    at.act(lambda queue, now: host_commands.no_show(queue, "Ana", now))
    at.guest(lambda queue, now: guest_commands.ask_back(queue, "Ana", now))
    at.act(lambda queue, now: undo_commands.put_back(queue, "Ana", now))
    assert not own(at, "Ana").keys() & {"answer", "answerMinutes", "answeredAt"}
    assert at.party("Ana").answered_at is None


def test_a_no_show_that_is_restored_with_its_call_keeps_the_answer_to_it() -> None:
    at = stand("Ana")
    call(at, "Ana")
    at.guest(lambda queue, now: guest_commands.on_my_way(queue, "Ana", now, 10))
    at.act(lambda queue, now: host_commands.no_show(queue, "Ana", now))
    at.act(lambda queue, now: undo_commands.restore(queue, "Ana", now))
    assert at.party("Ana").answer == "on_my_way"
