"""The guest's actions declare-nearby and leave."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.api.restaurant import Restaurant, refusal

ACTIONS = ["declare-nearby", "leave"]


def test_nearby_is_noted_and_may_be_repeated(lucia: Restaurant) -> None:
    ana = lucia.join("Ana")
    for _ in range(2):
        answer = lucia.post("declare-nearby", json={"partyId": ana})
        assert (answer.status_code, answer.json) == (200, {"ok": True})
        assert lucia.state()["queue"][0]["nearby"] is True


def test_a_called_guest_may_still_say_nearby(lucia: Restaurant) -> None:
    ana = lucia.join("Ana")
    lucia.call_next()
    assert lucia.post("declare-nearby", json={"partyId": ana}).status_code == 200
    assert lucia.state()["nowServing"]["nearby"] is True


def test_a_guest_leaves_and_the_line_moves_up(lucia: Restaurant) -> None:
    ana, ben = lucia.join("Ana"), lucia.join("Ben")
    answer = lucia.post("leave", json={"partyId": ana})
    assert (answer.status_code, answer.json) == (200, {"ok": True})
    assert lucia.snapshot(ben).json["position"] == 1
    assert lucia.snapshot(ana).json == {"type": "removed", "reason": "left"}


def test_a_called_guest_may_leave(lucia: Restaurant) -> None:
    ana = lucia.join("Ana")
    lucia.call_next()
    assert lucia.post("leave", json={"partyId": ana}).status_code == 200
    assert lucia.state()["nowServing"] is None


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("body", ["", "[]", "null", "{"])
def test_a_body_that_is_not_an_object_is_refused(lucia: Restaurant, action: str, body: str) -> None:
    answer = lucia.post(action, data=body, content_type="application/json")
    assert refusal(answer) == (400, "Invalid JSON body")


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("party_id", [None, "", 5, ["x"], {}])
def test_the_party_id_is_required(lucia: Restaurant, action: str, party_id: Any) -> None:
    assert refusal(lucia.post(action, json={})) == (400, "partyId is required")
    answer = lucia.post(action, json={"partyId": party_id})
    assert refusal(answer) == (400, "partyId is required")


@pytest.mark.parametrize("action", ACTIONS)
def test_a_stranger_is_not_found(lucia: Restaurant, caller: FlaskClient, action: str) -> None:
    elsewhere = Restaurant(caller).join("Ana")
    for party_id in ("nobody", elsewhere):
        answer = lucia.post(action, json={"partyId": party_id})
        assert refusal(answer) == (404, "Party not found")


@pytest.mark.parametrize("action", ACTIONS)
def test_who_has_left_is_not_found(lucia: Restaurant, action: str) -> None:
    ana = lucia.join("Ana")
    lucia.post("leave", json={"partyId": ana})
    assert refusal(lucia.post(action, json={"partyId": ana})) == (404, "Party not found")


@pytest.mark.parametrize("action", ACTIONS)
def test_in_a_closed_queue_nobody_is_found(lucia: Restaurant, action: str) -> None:
    ana = lucia.join("Ana")
    lucia.post("close", as_host=True)
    assert refusal(lucia.post(action, json={"partyId": ana})) == (404, "Party not found")
