"""Unknown codes and paths, and the VAPID key."""

import pytest
from flask.testing import FlaskClient

from tests.web.api.restaurant import Restaurant

ACTIONS = ["join", "declare-nearby", "leave", "advance", "kick", "close"]


@pytest.mark.parametrize("action", ACTIONS)
def test_an_unknown_code_is_not_found_before_anything_else(
    caller: FlaskClient, action: str
) -> None:
    answer = caller.post(f"/api/queue/ZZZZ99/{action}", data="{", content_type="text/html")
    assert (answer.status_code, answer.text) == (404, "Session not found")
    assert answer.content_type.startswith("text/plain")


def test_an_unknown_code_has_no_snapshot(caller: FlaskClient) -> None:
    answer = caller.get("/api/queue/ZZZZ99/snapshot?partyId=x", headers={"x-host-auth": "x"})
    assert (answer.status_code, answer.text) == (404, "Session not found")


@pytest.mark.parametrize("code", ["ABC23", "ABC2345", "ABC-23", "ÄBC234", "ABC 23", "%00BC234"])
def test_a_malformed_code_is_not_found(caller: FlaskClient, code: str) -> None:
    for answer in (
        caller.get(f"/api/queue/{code}/snapshot"),
        caller.post(f"/api/queue/{code}/join", json={}),
    ):
        assert answer.status_code == 404
        assert answer.text in ("Session not found", "Not found")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/queue/ABC234/dance"])
def test_an_unknown_path_is_not_found(caller: FlaskClient, path: str) -> None:
    for answer in (caller.get(path), caller.post(path, json={})):
        assert answer.status_code == 404


def test_an_action_by_another_method_is_not_found(lucia: Restaurant) -> None:
    answers = [
        lucia.caller.get(f"{lucia.path}/join"),
        lucia.caller.put(f"{lucia.path}/join", json={}),
        lucia.caller.delete(f"{lucia.path}/snapshot"),
        lucia.post("snapshot", json={}),
        lucia.caller.get("/api/queue/create"),
    ]
    for answer in answers:
        assert (answer.status_code, answer.text) == (404, "Not found")


def test_the_push_key_is_87_characters_and_stays_the_same(caller: FlaskClient) -> None:
    answer = caller.get("/api/push/vapid")
    assert answer.status_code == 200
    assert set(answer.json) == {"publicKey"}
    assert len(answer.json["publicKey"]) == 87
    assert caller.get("/api/push/vapid").json == answer.json
