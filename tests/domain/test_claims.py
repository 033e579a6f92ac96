"""A place claimed from another browser: only the latest claim of a party in line is answered."""

import pytest

from queueup.domain.commands import claims
from queueup.domain.errors import NotPossibleNow, SomebodyWasFaster
from queueup.domain.model import DECLINED, GRANTED
from queueup.domain.views import snapshot
from tests.domain.in_memory_waitlist import Stand, call, seat, stand

MINE, OTHERS = "00000001" * 4, "00000002" * 4


def asks(at: Stand) -> list[tuple[str, int, str]]:
    """Return what the host is asked: of which ticket, with which number, under which claim."""
    found = snapshot(at.queue)["host"]["asks"]
    return [(ask["kind"], ask["ticket"], ask["claim"]) for ask in found]


def claim(at: Stand, ticket: int, known_as: str = MINE, name: str | None = "Ana") -> int:
    """Claim a place, and return how many events that makes."""
    return len(at.guest(lambda q, now: claims.claim(q, ticket, now, known_as, name)))


@pytest.mark.parametrize(("granted", "result"), [(True, GRANTED), (False, DECLINED)])
def test_the_host_answers_the_claim_of_a_party_in_line(granted: bool, result: str) -> None:
    at = stand("Ana", "Ben")
    call(at, "Ana")
    assert (claim(at, 1), claim(at, 1)) == (1, 0)
    assert asks(at) == [("claim", 1, MINE)]
    at.act(lambda q, now: claims.answer(q, "Ana", now, MINE, granted))
    assert asks(at) == []
    assert snapshot(at.queue)["claims"] == {MINE: {"party": "Ana", "answer": result}}
    with pytest.raises(NotPossibleNow):
        at.act(lambda q, now: claims.answer(q, "Ana", now, MINE, True))


def test_the_latest_claim_counts_and_the_earlier_one_opens_nothing() -> None:
    at = stand("Ana")
    claim(at, 1)
    claim(at, 1, OTHERS)
    with pytest.raises(NotPossibleNow):
        at.act(lambda q, now: claims.answer(q, "Ana", now, MINE, True))
    assert snapshot(at.queue)["claims"] == {OTHERS: {"party": "Ana", "answer": None}}
    assert asks(at) == [("claim", 1, OTHERS)]


def test_nobody_claims_a_place_that_is_not_in_line() -> None:
    at = stand("Ana")
    claim(at, 1)
    call(at, "Ana")
    seat(at, "Ana")
    assert (claim(at, 1, OTHERS), claim(at, 7), asks(at)) == (0, 0, [])
    with pytest.raises(SomebodyWasFaster):
        at.act(lambda q, now: claims.answer(q, "Ana", now, MINE, True))


def test_a_claim_is_shown_to_the_host_alone() -> None:
    at = stand("Ana", "Ben")
    claim(at, 1, name="Somebody")
    views = snapshot(at.queue)
    for shown in (views["public"], views["guests"], views["about"]):
        assert MINE not in str(shown) and "Somebody" not in str(shown)
