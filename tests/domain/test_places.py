"""A guest's place counts those who wait, and says why when somebody is called past it."""

from typing import Any

from queueup.domain.commands import host as host_commands
from queueup.domain.events import PartyReached
from queueup.domain.model import MINUTE
from queueup.domain.views import snapshot
from tests.domain.in_memory_waitlist import Stand, call, seat, stand


def own(at: Stand, name: str) -> dict[str, Any]:
    """Return what the page of a party shows."""
    return snapshot(at.queue)["guests"][name]["party"]


def wire(at: Stand, name: str) -> dict[str, Any]:
    """Return what a legacy client of a party shows."""
    return snapshot(at.queue)["guests"][name]["view"]


def test_called_parties_are_ahead_of_nobody() -> None:
    at = stand("Ana", "Ben", "Cleo", "Dan", "Eve", "Fay")
    for name in ("Ana", "Ben", "Cleo", "Dan"):
        call(at, name)
    assert own(at, "Eve")["wait"]["place"] == 1
    assert own(at, "Fay")["wait"]["place"] == 2
    assert own(at, "Eve")["passWait"]["place"] == 2
    # Legacy clients count the called, as they always have.
    assert (wire(at, "Eve")["position"], wire(at, "Eve")["aheadCount"]) == (5, 4)
    assert wire(at, "Eve")["estimatedWaitMs"] == 4 * 3 * MINUTE
    assert wire(at, "Eve")["queueLength"] == 6


def test_the_estimate_of_a_place_counts_those_who_wait() -> None:
    at = stand("Ana", "Ben", "Cleo", "Dan")
    before = own(at, "Dan")["wait"]
    assert before["lowMs"] == 5 * MINUTE
    for name in ("Ana", "Ben", "Cleo"):
        call(at, name)
    assert own(at, "Dan")["wait"]["lowMs"] == 0
    waits = snapshot(at.queue)["public"]["waits"]
    assert waits["1-2"]["lowMs"] == 0  # three are called, and one waits
    at.join("Eve")
    assert at.party("Eve").quoted_ms == 5 * MINUTE
    assert at.party("Eve").ahead == 1


def test_guests_are_notified_of_the_place_that_their_page_shows() -> None:
    at = stand("Ana", "Ben", "Cleo", "Dan", "Eve", "Fay")
    call(at, "Ana")
    reached = [event for event in at.events if isinstance(event, PartyReached)]
    assert [(event.party_id, event.position) for event in reached] == [("Cleo", 2), ("Fay", 5)]
    assert own(at, "Fay")["wait"]["place"] == 5


def test_a_party_that_is_passed_keeps_its_place_and_reads_why() -> None:
    at = stand()
    at.join("six", size=6)
    at.join("a", "b", "c", size=2)
    at.join("aside", size=4)
    for name in ("a", "b", "c"):
        call(at, name)
        assert own(at, "six")["wait"]["place"] == 1
        assert own(at, "six")["passed"] == {"at": at.now, "size": 2}
        at.wait(MINUTE)
    # Who came later was not passed.
    assert "passed" not in own(at, "aside")
    call(at, "six")
    assert "passed" not in own(at, "six")


def test_who_is_set_aside_knows_already_that_others_go_ahead() -> None:
    at = stand("Ana", "Ben")
    at.act(lambda queue, now: host_commands.set_aside(queue, "Ana", now, True))
    call(at, "Ben")
    assert "passed" not in own(at, "Ana")


def test_calling_again_passes_nobody() -> None:
    at = stand("Ana", "Ben")
    call(at, "Ben")
    passed_at = own(at, "Ana")["passed"]["at"]
    at.wait(MINUTE)
    call(at, "Ben")
    assert own(at, "Ana")["passed"]["at"] == passed_at


def test_a_call_that_was_undone_has_passed_nobody() -> None:
    at = stand("Ana", "Ben", "Cleo")
    call(at, "Ben")
    at.undo()
    assert "passed" not in own(at, "Ana")
    seat(at, "Cleo")
    assert own(at, "Ana")["passed"]["at"] == at.now
    at.undo()
    assert "passed" not in own(at, "Ana")
