"""The host's actions advance, kick and close, and the host's authentication."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.api.restaurant import Restaurant, refusal

ACTIONS = ["advance", "kick", "close"]


def advance(lucia: Restaurant, **body: Any) -> TestResponse:
    return lucia.post("advance", as_host=True, json=body)


def test_advance_calls_the_first_and_returns_it_as_the_host_sees_it(lucia: Restaurant) -> None:
    ana = lucia.join("Ana", 3)
    answer = advance(lucia)
    assert answer.status_code == 200
    called = answer.json["nowServing"]
    expected = {"id": ana, "name": "Ana", "size": 3, "status": "called", "nearby": False}
    assert {key: called[key] for key in expected} == expected
    assert isinstance(called["joinedAt"], int)
    state = lucia.state()
    assert state["nowServing"] == called
    assert state["callDeadline"] - called["calledAt"] == 120_000


def test_advance_needs_no_body(lucia: Restaurant) -> None:
    ana = lucia.join("Ana")
    assert lucia.post("advance", as_host=True).json["nowServing"]["id"] == ana


def test_with_nobody_waiting_nobody_is_called(lucia: Restaurant) -> None:
    answer = advance(lucia)
    assert (answer.status_code, answer.json) == (200, {"nowServing": None})


def test_a_second_call_leaves_the_first_party_called(lucia: Restaurant) -> None:
    ana, ben = lucia.join("Ana"), lucia.join("Ben")
    lucia.call_next()
    lucia.call_next()
    state = lucia.state()
    assert [party["id"] for party in state["called"]] == [ben, ana]
    assert state["nowServing"]["id"] == ben
    assert lucia.snapshot(ana).json["type"] == lucia.snapshot(ben).json["type"] == "called"


def test_served_party_is_marked_served_and_the_next_is_called(lucia: Restaurant) -> None:
    ana, ben = lucia.join("Ana"), lucia.join("Ben")
    lucia.call_next()
    assert advance(lucia, servedParty=ana).json["nowServing"]["id"] == ben
    assert lucia.snapshot(ana).json == {"type": "removed", "reason": "served"}


def test_any_of_several_called_parties_can_be_served(lucia: Restaurant) -> None:
    ana, ben = lucia.join("Ana"), lucia.join("Ben")
    lucia.call_next()
    lucia.call_next()
    assert advance(lucia, servedParty=ana).json["nowServing"]["id"] == ben
    assert lucia.state()["nowServing"]["id"] == ben


def test_the_answer_names_whom_the_snapshot_names(lucia: Restaurant) -> None:
    ana, ben = lucia.join("Ana"), lucia.join("Ben")
    for wishes in ({}, {}, {}, {"servedParty": ben}, {"servedParty": ana}, {}):
        assert advance(lucia, **wishes).json["nowServing"] == lucia.state()["nowServing"]
    assert lucia.state()["nowServing"] is None


def test_next_party_is_called_out_of_order(lucia: Restaurant) -> None:
    ana, ben = lucia.join("Ana"), lucia.join("Ben")
    assert advance(lucia, nextParty=ben).json["nowServing"]["id"] == ben
    assert lucia.snapshot(ana).json["position"] == 2


@pytest.mark.parametrize("wrong", [5, None, ["x"], {}, True])
def test_the_parties_are_named_by_text(lucia: Restaurant, wrong: Any) -> None:
    answer = advance(lucia, servedParty=wrong, nextParty=wrong)
    assert refusal(answer) == (400, "servedParty must be a string")
    answer = advance(lucia, servedParty="x", nextParty=wrong)
    assert refusal(answer) == (400, "nextParty must be a string")


def test_served_party_must_be_called(lucia: Restaurant) -> None:
    ana = lucia.join("Ana")
    for served in (ana, "nobody"):
        answer = advance(lucia, servedParty=served, nextParty="nobody")
        assert refusal(answer) == (400, "servedParty does not match current")


def test_next_party_must_wait_or_nothing_is_changed(lucia: Restaurant) -> None:
    ana = lucia.join("Ana")
    lucia.call_next()
    before = lucia.state()
    for chosen in (ana, "nobody"):
        answer = advance(lucia, servedParty=ana, nextParty=chosen)
        assert refusal(answer) == (404, "nextParty not found in queue")
    assert lucia.state() == before


def test_a_body_of_advance_must_be_an_object(lucia: Restaurant) -> None:
    for body in ("[]", "null", "{"):
        answer = lucia.post("advance", as_host=True, data=body, content_type="application/json")
        assert refusal(answer) == (400, "Invalid JSON body")


def test_a_kicked_party_learns_the_true_reason(lucia: Restaurant) -> None:
    ana, ben = lucia.join("Ana"), lucia.join("Ben")
    lucia.call_next()
    for party_id in (ana, ben):
        answer = lucia.post("kick", as_host=True, json={"partyId": party_id})
        assert (answer.status_code, answer.json) == (200, {"ok": True})
        assert lucia.snapshot(party_id).json == {"type": "removed", "reason": "kicked"}


def test_kick_is_refused_like_a_guests_action(lucia: Restaurant) -> None:
    answer = lucia.post("kick", as_host=True, data="{", content_type="application/json")
    assert refusal(answer) == (400, "Invalid JSON body")
    assert refusal(lucia.post("kick", as_host=True, json={})) == (400, "partyId is required")
    answer = lucia.post("kick", as_host=True, json={"partyId": "nobody"})
    assert refusal(answer) == (404, "Party not found")


def test_close_may_be_repeated_and_needs_no_body(lucia: Restaurant) -> None:
    ana = lucia.join("Ana")
    for _ in range(2):
        answer = lucia.post("close", as_host=True)
        assert (answer.status_code, answer.json) == (200, {"ok": True})
    assert lucia.state()["closed"] is True
    assert lucia.snapshot(ana).json == {"type": "closed"}


def test_close_minds_no_body(lucia: Restaurant) -> None:
    answer = lucia.post("close", as_host=True, data="{", content_type="text/html")
    assert answer.status_code == 200


def test_a_closed_queue_calls_nobody(lucia: Restaurant) -> None:
    lucia.join("Ana")
    lucia.post("close", as_host=True)
    assert refusal(advance(lucia)) == (409, "Session closed")


@pytest.mark.parametrize("action", ACTIONS)
def test_who_shows_nothing_is_asked_to_authenticate(lucia: Restaurant, action: str) -> None:
    answer = lucia.post(action, data="{", content_type="application/json")
    assert refusal(answer) == (401, "Host authentication required")


@pytest.mark.parametrize("action", ACTIONS)
def test_a_wrong_token_is_refused(lucia: Restaurant, caller: FlaskClient, action: str) -> None:
    own = lucia.opened["hostAuthToken"]
    others = Restaurant(caller).opened["hostAuthToken"]
    session = lucia.opened["sessionId"]
    for wrong in ("x", others, own[:-1], own + "x", own.upper(), session, f"{session}.", "é"):
        headers = {"x-host-auth": wrong}
        answer = lucia.post(action, headers=headers, data="{", content_type="application/json")
        assert refusal(answer) == (403, "Invalid host authentication")
        cookie = {"Cookie": f"queue_host_auth={wrong}"}
        answer = lucia.post(action, headers=cookie, data="{", content_type="application/json")
        assert refusal(answer) == (403, "Invalid host authentication")
    assert lucia.state()["closed"] is False


def test_the_cookie_opens_too(lucia: Restaurant) -> None:
    cookie = {"Cookie": f"queue_host_auth={lucia.opened['hostAuthToken']}"}
    assert lucia.post("close", headers=cookie).status_code == 200


def test_a_bad_header_falls_back_to_the_cookie(lucia: Restaurant) -> None:
    headers = {
        "x-host-auth": "wrong",
        "Cookie": f"queue_host_auth={lucia.opened['hostAuthToken']}",
    }
    assert lucia.post("close", headers=headers).status_code == 200


def test_a_good_header_wins_over_a_bad_cookie(lucia: Restaurant) -> None:
    headers = {"Cookie": "queue_host_auth=wrong"}
    assert lucia.post("close", as_host=True, headers=headers).status_code == 200


def test_a_party_id_is_not_a_hosts_token(lucia: Restaurant) -> None:
    ana = lucia.join("Ana")
    answer = lucia.post("kick", headers={"x-host-auth": ana}, json={"partyId": ana})
    assert refusal(answer) == (403, "Invalid host authentication")
