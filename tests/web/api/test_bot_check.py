"""The optional bot check, against a local verifier that answers as a test wants."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from queueup import create_app
from queueup.config import read_settings
from queueup.services import EXTENSION, Services
from queueup.web.input import bot_check_once
from tests.support.running_service import eventually
from tests.support.turnstile_server import Verifier, running_verifier
from tests.web.api.restaurant import Restaurant

REQUIRED = {
    "error": "Turnstile verification required",
    "errors": ["missing-input-response"],
}
QUEUE = {"eventName": "Lucia", "maxGuests": 20}


@pytest.fixture
def verifier() -> Iterator[Verifier]:
    """A verifier that accepts every token."""
    with running_verifier() as found:
        yield found


@pytest.fixture
def env(env: dict[str, str], verifier: Verifier) -> dict[str, str]:
    """A service that uses that verifier."""
    return env | {"TURNSTILE_SECRET_KEY": "shh", "TURNSTILE_VERIFY_URL": verifier.url}


Ask = Callable[..., Any]


@pytest.fixture(params=["create", "join"])
def ask(request: pytest.FixtureRequest, caller: FlaskClient, verifier: Verifier) -> Ask:
    """Send one of the two requests that are checked, with these further fields."""
    if request.param == "create":
        return lambda **more: caller.post("/api/queue/create", json=QUEUE | more)
    lucia = Restaurant(caller, turnstileToken="good")
    verifier.asked.clear()

    def join(**more: Any) -> Any:
        answer = lucia.post("join", json={"name": "Ana"} | more)
        expected = 1 if answer.status_code == 200 else 0
        assert len(lucia.state()["queue"]) == expected
        return answer

    return join


def test_a_yes_lets_in(ask: Ask, verifier: Verifier) -> None:
    assert ask(turnstileToken="tök en").status_code == 200
    assert verifier.asked == [{"secret": ["shh"], "response": ["tök en"]}]


@pytest.mark.parametrize("token", ["", "  ", None, 5, ["x"], {}])
def test_without_a_token_nobody_is_asked(ask: Ask, verifier: Verifier, token: Any) -> None:
    for answer in (ask(), ask(turnstileToken=token)):
        assert (answer.status_code, answer.json) == (400, REQUIRED)
    assert verifier.asked == []


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        (
            b'{"success": false, "error-codes": ["invalid-input-response", "bad-request"]}',
            ["invalid-input-response", "bad-request"],
        ),
        (b'{"success": false}', []),
        (b'{"success": false, "error-codes": "many"}', []),
        (b'{"success": false, "error-codes": [1, null]}', ["1", "None"]),
        (b'{"success": "true"}', []),
        (b'{"success": 1}', []),
        (b"{}", []),
    ],
)
def test_anything_but_a_yes_keeps_out_with_the_verifiers_codes(
    ask: Ask, verifier: Verifier, said: bytes, codes: list[str]
) -> None:
    verifier.answer = said
    answer = ask(turnstileToken="token")
    assert answer.status_code == 400
    assert answer.json == {"error": "Turnstile verification failed", "errors": codes}


GARBAGE = [
    b"",
    b"<html>busy</html>",
    b"{",
    b"[]",
    b"true",
    b"null",
    b"\xff\xfe\x00",
    b'{"success": true',
    b"[" * 100_000,
]


@pytest.mark.parametrize("said", GARBAGE)
def test_garbage_keeps_out(ask: Ask, verifier: Verifier, said: bytes) -> None:
    verifier.answer = said
    answer = ask(turnstileToken="token")
    assert answer.status_code == 400
    assert answer.json == {"error": "Turnstile verification failed", "errors": ["internal-error"]}


@pytest.mark.parametrize("status", [302, 403, 500, 503])
def test_a_verifier_that_fails_keeps_out_whatever_it_says(
    ask: Ask, verifier: Verifier, status: int
) -> None:
    verifier.status = status
    answer = ask(turnstileToken="token")
    assert answer.status_code == 400
    assert answer.json == {"error": "Turnstile verification failed", "errors": ["internal-error"]}
    assert len(verifier.asked) == 1


def test_a_verifier_that_hangs_up_keeps_out(ask: Ask, verifier: Verifier) -> None:
    verifier.answer = None
    answer = ask(turnstileToken="token")
    assert answer.status_code == 400
    assert answer.json["errors"] == ["internal-error"]


def test_a_verifier_that_hangs_is_not_waited_for(
    ask: Ask, verifier: Verifier, parts: Services
) -> None:
    parts.bot_check.timeout_s = (3, 0.1)
    verifier.hangs = threading.Event()
    answer = ask(turnstileToken="token")
    assert answer.status_code == 400
    assert answer.json["errors"] == ["internal-error"]


def test_a_verifier_that_is_not_there_keeps_out(env: dict[str, str]) -> None:
    gone = {"TURNSTILE_VERIFY_URL": "http://127.0.0.1:9/siteverify"}
    caller = create_app(read_settings(env | gone)).test_client()
    answer = caller.post("/api/queue/create", json=QUEUE | {"turnstileToken": "token"})
    assert (answer.status_code, answer.json["errors"]) == (400, ["internal-error"])


def test_fields_are_checked_before_the_token(caller: FlaskClient, verifier: Verifier) -> None:
    answer = caller.post("/api/queue/create", json={"turnstileToken": "token"})
    assert answer.json == {"error": "eventName is required"}
    assert verifier.asked == []


def test_a_join_is_checked_before_anything_else_is_said(
    caller: FlaskClient, verifier: Verifier
) -> None:
    lucia = Restaurant(caller, turnstileToken="good")
    verifier.asked.clear()
    assert lucia.post("join", json={"name": 5}).json == REQUIRED
    answer = lucia.post("join", data="{", content_type="application/json")
    assert (answer.status_code, answer.json) == (400, REQUIRED)
    lucia.post("close", as_host=True)
    assert lucia.post("join", json={}).json == REQUIRED
    assert verifier.asked == []
    assert lucia.post("join", json={"turnstileToken": "good"}).json == {"error": "Session closed"}
    assert len(verifier.asked) == 1


@pytest.mark.parametrize("what", ["create", "join"])
def test_a_request_that_is_asked_again_needs_no_second_token(
    caller: FlaskClient, verifier: Verifier, what: str
) -> None:
    queue = caller.post("/api/queue/create", json=QUEUE | {"turnstileToken": "good"}).json
    path, body = {
        "create": ("/api/queue/create", QUEUE),
        "join": (f"/api/queue/{queue['code']}/join", {"name": "Ana"}),
    }[what]
    headers = {"Idempotency-Key": "a-key-of-this-test-alone"}
    first = caller.post(path, json=body | {"turnstileToken": "good"}, headers=headers)
    verifier.answer = b'{"success": false, "error-codes": ["timeout-or-duplicate"]}'
    again = caller.post(path, json=body | {"turnstileToken": "good"}, headers=headers)
    assert again.status_code == 200
    assert again.json == first.json
    other = caller.post(path, json=body | {"turnstileToken": "good"})
    assert other.status_code == 400


def test_what_needs_no_check_asks_nobody(caller: FlaskClient, verifier: Verifier) -> None:
    lucia = Restaurant(caller, turnstileToken="good")
    ana = lucia.post("join", json={"turnstileToken": "good"}).json["partyId"]
    verifier.asked.clear()
    verifier.answer = None
    assert lucia.snapshot(ana).status_code == 200
    for action in ("declare-nearby", "leave"):
        assert lucia.post(action, json={"partyId": ana}).status_code == 200
    assert lucia.post("advance", as_host=True).status_code == 200
    assert lucia.post("close", as_host=True).status_code == 200
    assert verifier.asked == []


@pytest.mark.parametrize("more", [{"TURNSTILE_BYPASS": "true"}, {"TURNSTILE_SECRET_KEY": ""}])
def test_the_check_can_be_off(
    env: dict[str, str], verifier: Verifier, more: dict[str, str]
) -> None:
    caller = create_app(read_settings(env | more)).test_client()
    lucia = Restaurant(caller)
    assert lucia.post("join", json={}).status_code == 200
    assert verifier.asked == []


def test_only_true_bypasses_the_check(env: dict[str, str]) -> None:
    app: Flask = create_app(read_settings(env | {"TURNSTILE_BYPASS": "false"}))
    found: Services = app.extensions[EXTENSION]
    assert found.bot_check.is_on
    assert app.test_client().post("/api/queue/create", json=QUEUE).json == REQUIRED


class Clock:
    """The time module, which notes that somebody waits."""

    def __init__(self) -> None:
        self.waited = threading.Event()

    def sleep(self, seconds: float) -> None:
        """Sleep, and note it."""
        self.waited.set()
        time.sleep(seconds)


@pytest.mark.parametrize("accepts", [True, False])
def test_the_same_request_twice_at_once_asks_once(
    app: Flask,
    caller: FlaskClient,
    verifier: Verifier,
    monkeypatch: pytest.MonkeyPatch,
    accepts: bool,
) -> None:
    lucia = Restaurant(caller, turnstileToken="good")
    verifier.asked.clear()
    verifier.hangs = threading.Event()
    clock = Clock()
    monkeypatch.setattr(bot_check_once, "time", clock)

    def join(key: str) -> int:
        return (
            app.test_client()
            .post(
                f"{lucia.path}/join",
                json={"name": f"Ana {key}", "turnstileToken": "tok"},
                headers={"Idempotency-Key": key},
            )
            .status_code
        )

    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(join, "double tap") for _ in range(2)]
        eventually(lambda: verifier.asked)
        assert clock.waited.wait(60)
        if not accepts:
            verifier.answer = b'{"success": false, "error-codes": []}'
        verifier.hangs.set()
        assert {one.result() for one in both} == {200 if accepts else 400}
    assert len(verifier.asked) == (1 if accepts else 2)
    verifier.answer = b'{"success": false, "error-codes": ["timeout-or-duplicate"]}'
    assert join("another key") == 400
    assert len(lucia.state()["queue"]) == (1 if accepts else 0)
