"""The console's called parties: who has the least time left first, and buttons that never move."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.model import MINUTE, Party
from queueup.waitlist import Waitlist
from tests.web.pages.filling_in import act

Calls = Callable[..., Party]


@pytest.fixture
def calls(waitlist: Waitlist, code: str) -> Calls:
    """Let a party join and call it, with this hold."""

    def call(name: str, hold_ms: int) -> Party:
        party = waitlist.join(code, name, 2, None)[1]
        waitlist.act(
            code,
            lambda queue, now: host_commands.call(queue, party.id, now, hold_ms=hold_ms),
            "stand",
        )
        found = waitlist.queue(code).party(party.id)
        assert found
        return found

    return call


def column(host: FlaskClient, code: str) -> str:
    """Return the called column of the console."""
    page = host.get(f"/host/{code}").text
    found = re.search(r'<section class="column called".*?</section>', page, re.DOTALL)
    assert found
    return found[0]


def row(host: FlaskClient, code: str, party: Party) -> str:
    """Return a party's row."""
    found = re.search(rf'<li [^>]*id="p-{party.id}".*?</li>', column(host, code), re.DOTALL)
    assert found
    return found[0]


def test_the_party_with_the_least_time_left_stands_first(
    host: FlaskClient, code: str, calls: Calls
) -> None:
    for name, hold_ms in (
        ("Twenty", 20 * MINUTE),
        ("Five", 5 * MINUTE),
        ("Over", 1),
        ("Ten", 10 * MINUTE),
    ):
        calls(name, hold_ms)
    names = re.findall(r"<h3[^>]*><bdi[^>]*>(\w+)</bdi>", column(host, code))
    assert names == ["Over", "Five", "Ten", "Twenty"]


def test_the_buttons_are_the_same_before_and_after_a_hold_ends(
    host: FlaskClient, code: str, calls: Calls
) -> None:
    in_time, late = calls("Anna", 10 * MINUTE), calls("Bo", 1)

    def buttons(party: Party) -> list[str]:
        shown = row(host, code, party)
        assert ("is-late" in shown) == (party is late)
        return re.findall(rf'id="(\w[\w-]*)-{party.id}" aria-label', shown)

    assert buttons(in_time) == buttons(late) == ["served", "again", "no-show", "more"]


def test_an_answer_says_when_the_party_will_be_here_and_offers_to_hold_that_long(
    host: FlaskClient, code: str, calls: Calls, waitlist: Waitlist
) -> None:
    anna, bo = calls("Anna", 3 * MINUTE), calls("Bo", 15 * MINUTE)
    for party in (anna, bo):
        party_id = party.id
        waitlist.act(
            code,
            lambda queue, now, party_id=party_id: guest_commands.on_my_way(
                queue, party_id, now, 10
            ),
            None,
        )
    answered = waitlist.queue(code).party(anna.id)
    assert answered and answered.answered_at and answered.deadline
    arrives = datetime.fromtimestamp((answered.answered_at + 10 * MINUTE) // 1000, UTC)
    shown = row(host, code, anna)
    assert f'datetime="{arrives:%Y-%m-%dT%H:%M:%SZ}" data-count="arrival">here by' in shown
    assert "Hold 10 min longer" in shown
    assert "min longer" not in row(host, code, bo)

    act(host, code, anna.id, "extend", minutes="10")
    held = waitlist.queue(code).party(anna.id)
    assert held and held.deadline == answered.deadline + 10 * MINUTE
    assert "min longer" not in row(host, code, anna)


def test_a_party_that_asks_the_host_for_time_is_offered_it(
    host: FlaskClient, code: str, calls: Calls, waitlist: Waitlist
) -> None:
    anna = calls("Anna", 10 * MINUTE)

    def asks() -> str:
        waitlist.act(code, lambda queue, now: guest_commands.more_time(queue, anna.id, now), None)
        shown = row(host, code, anna)
        assert "needs more time" in shown
        return shown

    # Guests may take ten minutes by themselves, five each time.
    assert "min longer" not in asks()
    asks()
    assert "Hold 5 min longer" in asks()
