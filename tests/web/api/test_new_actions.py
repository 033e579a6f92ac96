"""The API beyond what legacy clients use."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.api.restaurant import Restaurant, refusal


@pytest.fixture
def lucia(client: FlaskClient) -> Restaurant:
    """A queue that a legacy client opened; its host can use the new actions, too."""
    return Restaurant(client)


def done(answer: TestResponse) -> dict[str, Any]:
    """Return what an accepted action answers."""
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def host(lucia: Restaurant, action: str, **body: Any) -> TestResponse:
    """Let the host act."""
    return lucia.post(action, as_host=True, json=body)


def test_a_walk_in_is_added_with_all_that_is_known_and_gets_a_link(lucia: Restaurant) -> None:
    known = {
        "size": 4,
        "name": "Patel",
        "phone": "+1 555 0100",
        "notes": "red hat",
        "seating": "patio",
    }
    added = done(host(lucia, "add", **known, flags=["high_chair"], quotedMinutes=25))
    assert {name: added["party"][name] for name in known} == known
    assert added["party"]["flags"] == ["high_chair"]
    assert (added["party"]["ticket"], added["party"]["quotedMs"]) == (1, 25 * 60_000)
    assert added["placeUrl"].endswith(f"/queue/{lucia.code}/place?partyId={added['party']['id']}")


def test_a_walk_in_sent_again_with_its_key_is_the_same_party(lucia: Restaurant) -> None:
    key = {"Idempotency-Key": "tap-1"}
    first, again = (
        done(lucia.post("add", as_host=True, json={"size": 2}, headers=key)) for _ in range(2)
    )
    assert first["party"]["id"] == again["party"]["id"]
    assert len(lucia.state()["queue"]) == 1


def test_several_are_called_at_once_and_each_can_be_held_longer(lucia: Restaurant) -> None:
    ana, ben, _ = (lucia.join(name) for name in ("Ana", "Ben", "Cleo"))
    done(host(lucia, "call", partyIds=[ana, ben], holdMinutes=5))
    before = {party["id"]: party["deadline"] for party in lucia.state()["called"]}
    assert set(before) == {ana, ben}
    done(host(lucia, "extend", partyId=ana, minutes=5))
    after = {party["id"]: party["deadline"] for party in lucia.state()["called"]}
    assert (after[ana] - before[ana], after[ben]) == (5 * 60_000, before[ben])


def test_the_last_action_is_undone(lucia: Restaurant) -> None:
    ana = lucia.join("Ana")
    done(host(lucia, "call", partyId=ana))
    done(host(lucia, "serve", partyId=ana, table="4"))
    state = lucia.state()
    assert state["ended"][0]["table"] == "4"
    done(host(lucia, "undo", act=state["undo"]["act"]))
    assert [party["id"] for party in lucia.state()["called"]] == [ana]
    status, sentence = refusal(host(lucia, "undo", act=state["undo"]["act"]))
    assert (status, sentence) == (409, "That can no longer be undone.")


def test_a_taken_table_is_said_and_can_be_chosen_all_the_same(lucia: Restaurant) -> None:
    ana, ben = lucia.join("Ana"), lucia.join("Ben")
    done(host(lucia, "serve", partyId=ana, table="4"))
    assert host(lucia, "serve", partyId=ben, table="4").status_code == 409
    done(host(lucia, "serve", partyId=ben, table="4", sure=True))


def test_two_hosts_never_call_one_party_twice(lucia: Restaurant) -> None:
    ana = lucia.join("Ana")
    done(host(lucia, "call", partyId=ana, calls=0))
    assert refusal(host(lucia, "call", partyId=ana, calls=0)) == (
        409,
        "#1 has already been called.",
    )
    assert lucia.state()["called"][0]["callCount"] == 1


def test_the_same_key_does_a_thing_once(lucia: Restaurant) -> None:
    ana = lucia.join("Ana")
    for _ in range(2):
        key = {"Idempotency-Key": "tap-2"}
        done(lucia.post("call", as_host=True, json={"partyId": ana}, headers=key))
    assert lucia.state()["called"][0]["callCount"] == 1


def test_joining_is_refused_while_it_is_paused_with_the_hosts_words(lucia: Restaurant) -> None:
    done(host(lucia, "pause", reason="The kitchen is catching up."))
    answer = lucia.post("join", json={"name": "Ana"})
    assert refusal(answer) == (409, "The kitchen is catching up.")
    done(host(lucia, "add", size=2))
    done(host(lucia, "resume"))
    lucia.join("Ana")


def test_a_guest_answers_a_call_and_asks_for_time(lucia: Restaurant) -> None:
    ana = lucia.join("Ana")
    lucia.call_next()
    done(lucia.post("on-my-way", json={"partyId": ana, "minutes": 8}))
    called = lucia.state()["called"][0]
    assert (called["answer"], called["answerMinutes"]) == ("on_my_way", 8)
    done(lucia.post("more-time", json={"partyId": ana}))
    assert lucia.state()["called"][0]["deadline"] == called["deadline"] + 5 * 60_000


def test_a_guest_lets_the_next_party_pass(lucia: Restaurant) -> None:
    ana, ben = lucia.join("Ana"), lucia.join("Ben")
    done(lucia.post("let-pass", json={"partyId": ana}))
    assert [party["id"] for party in lucia.state()["queue"]] == [ben, ana]


@pytest.mark.parametrize(
    ("action", "body", "sentence"),
    [
        ("add", {}, "size is required"),
        ("add", {"size": "many"}, "size must be a whole number from 1 to 100"),
        (
            "add",
            {"size": 2, "flags": ["tall"]},
            "flags must be of high_chair, wheelchair, birthday, vip",
        ),
        ("add", {"size": 2, "notes": "x" * 501}, "notes must be 500 characters or fewer"),
        ("call", {}, "partyId is required"),
        ("extend", {"partyId": "x", "minutes": 0}, "minutes must be a whole number from 1 to 120"),
        ("message", {}, "text is required"),
        ("pause", {"reason": 7}, "reason must be a string"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(
    lucia: Restaurant, action: str, body: dict[str, Any], sentence: str
) -> None:
    assert refusal(host(lucia, action, **body)) == (400, sentence)


def test_only_the_host_may_do_what_hosts_do(app: Flask, lucia: Restaurant) -> None:
    ana = lucia.join("Ana")
    stranger = app.test_client(use_cookies=False)
    answer = stranger.post(f"{lucia.path}/remove", json={"partyId": ana})
    assert answer.status_code == 401
