"""POST /api/queue/CODE/join."""

import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient

from queueup.waitlist import Waitlist
from tests.web.api.restaurant import Restaurant, refusal


def test_the_first_party_is_first(lucia: Restaurant) -> None:
    answer = lucia.post("join", json={"name": "Ana", "size": 3})
    assert answer.status_code == 200
    party_id = answer.json["partyId"]
    assert uuid.UUID(party_id).version == 4
    assert answer.json == {
        "partyId": party_id,
        "position": 1,
        "sessionId": lucia.opened["sessionId"],
        "queueLength": 1,
        "estimatedWaitMs": 0,
        "eventName": "Lucia",
    }


def test_the_called_count_as_ahead(lucia: Restaurant) -> None:
    lucia.join("Ana")
    lucia.join("Ben")
    lucia.call_next()
    joined = lucia.post("join", json={"name": "Cleo"}).json
    assert (joined["position"], joined["queueLength"]) == (3, 3)
    assert joined["estimatedWaitMs"] == 2 * 180_000


def test_the_estimate_is_the_one_that_the_next_poll_shows(
    lucia: Restaurant, waitlist: Waitlist, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = waitlist._clock()
    parties = [lucia.join(f"Guest {number}") for number in range(12)]
    lucia.call_next()
    for minute, party_id in enumerate(parties, 1):
        monkeypatch.setattr(waitlist, "_clock", lambda now=start + minute * 60_000: now)
        served = {"servedParty": party_id}
        assert lucia.post("advance", as_host=True, json=served).status_code == 200
    lucia.join("Ana", size=2)
    joined = lucia.post("join", json={"name": "Ben", "size": 2}).json
    polled = lucia.snapshot(joined["partyId"]).json
    assert joined["estimatedWaitMs"] == polled["estimatedWaitMs"] != 180_000


def test_name_and_size_are_optional(lucia: Restaurant) -> None:
    assert lucia.post("join", json={}).status_code == 200
    (party,) = lucia.state()["queue"]
    assert party["size"] == 1
    assert "name" not in party


def test_the_name_is_trimmed_and_a_blank_one_is_none(lucia: Restaurant) -> None:
    lucia.post("join", json={"name": "  Ana  "})
    lucia.post("join", json={"name": "   "})
    named, unnamed = lucia.state()["queue"]
    assert named["name"] == "Ana"
    assert "name" not in unnamed


def test_the_code_is_read_in_any_case(lucia: Restaurant, caller: FlaskClient) -> None:
    assert caller.post(f"/api/queue/{lucia.code.lower()}/join", json={}).status_code == 200
    assert len(lucia.state()["queue"]) == 1


@pytest.mark.parametrize("name", [5, None, ["Ana"], {"first": "Ana"}, True])
def test_a_name_is_text(lucia: Restaurant, name: Any) -> None:
    answer = lucia.post("join", json={"name": name, "size": 0})
    assert refusal(answer) == (400, "name must be a string")


@pytest.mark.parametrize("size", [0, -1, 1.5, "3", None, True, [2], {}])
def test_a_size_is_a_positive_integer(lucia: Restaurant, size: Any) -> None:
    answer = lucia.post("join", json={"name": "Ana", "size": size})
    assert refusal(answer) == (400, "size must be a positive integer")
    assert lucia.state()["queue"] == []


@pytest.mark.parametrize("body", ["", "[]", "null", "{", "Ana"])
def test_a_body_that_is_not_an_object_is_refused(lucia: Restaurant, body: str) -> None:
    answer = lucia.post("join", data=body, content_type="application/json")
    assert refusal(answer) == (400, "Invalid JSON body")


def test_a_closed_queue_refuses_before_it_reads(lucia: Restaurant) -> None:
    lucia.post("close", as_host=True)
    answer = lucia.post("join", data="{", content_type="application/json")
    assert refusal(answer) == (409, "Session closed")


def test_the_same_name_again_is_refused_before_a_full_queue(lucia: Restaurant) -> None:
    lucia.join("Ana", 20)
    answer = lucia.post("join", json={"name": " Ana "})
    assert refusal(answer) == (409, "You are already in this queue")


def test_the_same_name_is_refused_while_called_and_welcome_afterwards(lucia: Restaurant) -> None:
    ana = lucia.join("Ana")
    lucia.call_next()
    answer = lucia.post("join", json={"name": "Ana"})
    assert refusal(answer) == (409, "You are already in this queue")
    lucia.post("leave", json={"partyId": ana})
    assert lucia.post("join", json={"name": "Ana"}).status_code == 200


def test_a_full_queue_counts_people_waiting_and_called(lucia: Restaurant) -> None:
    lucia.join("Ana", 12)
    lucia.call_next()
    lucia.join("Ben", 7)
    assert refusal(lucia.post("join", json={"size": 2})) == (409, "Queue is full")
    assert refusal(lucia.post("join", json={"size": 10**40})) == (409, "Queue is full")
    assert lucia.post("join", json={"size": 1}).status_code == 200
    assert lucia.state()["people"] == 20


def test_the_same_key_gets_the_same_entry_back(lucia: Restaurant) -> None:
    key = {"Idempotency-Key": "7d0c2a"}
    first = lucia.post("join", json={"name": "Ana"}, headers=key)
    again = lucia.post("join", json={"name": "Ana"}, headers=key)
    assert again.status_code == 200
    assert again.json == first.json
    assert len(lucia.state()["queue"]) == 1


def test_the_same_key_gets_its_entry_back_from_a_queue_that_has_filled_up(
    lucia: Restaurant,
) -> None:
    key = {"Idempotency-Key": "7d0c2a"}
    first = lucia.post("join", json={"size": 20}, headers=key)
    again = lucia.post("join", json={"size": 20}, headers=key)
    assert (again.status_code, again.json) == (200, first.json)


def test_another_key_of_the_same_name_is_let_in(lucia: Restaurant) -> None:
    first = lucia.join("Ana", **{"Idempotency-Key": "one"})
    second = lucia.join("Ana", **{"Idempotency-Key": "two"})
    assert first != second
    assert refusal(lucia.post("join", json={"name": "Ana"}))[0] == 409


def test_the_same_key_in_another_queue_is_another_wish(
    lucia: Restaurant, caller: FlaskClient
) -> None:
    other = Restaurant(caller)
    key = {"Idempotency-Key": "one"}
    assert lucia.join("Ana", **key) != other.join("Ana", **key)


def test_a_key_without_end_is_refused(lucia: Restaurant) -> None:
    answer = lucia.post("join", json={}, headers={"Idempotency-Key": "k" * 201})
    assert refusal(answer)[0] == 400
    assert lucia.state()["queue"] == []


def test_an_idempotency_key_is_shown_to_nobody(lucia: Restaurant) -> None:
    ana = lucia.join("Ana", **{"Idempotency-Key": "very-secret"})
    for answer in (lucia.snapshot(), lucia.snapshot(ana), lucia.snapshot(as_host=True)):
        assert "very-secret" not in answer.text
        assert "joinKey" not in answer.text and "join_key" not in answer.text
