"""Who has used up a limit is refused without the app, and nobody else is."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

from queueup import create_app
from queueup.config import Settings
from queueup.web.middleware import early_refusals
from queueup.web.middleware.early_refusals import EarlyRefusals, Spent
from queueup.web.middleware.senders import code_in
from tests.web.api.restaurant import Restaurant

Guess = Callable[[FlaskClient, str, int], TestResponse]
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
OPERATORS = {"OPS_PASSWORD": "right", "METRICS_TOKEN": "short"}


@pytest.fixture
def env(env: dict[str, str], redis_url: str) -> dict[str, str]:
    """A service with the default limits, and no requests yet."""
    with Redis.from_url(redis_url) as redis:
        for pattern in ("LIMITS:*", "queueup:reached:*"):
            for key in redis.scan_iter(pattern):
                redis.delete(key)
    return env | OPERATORS | {"RATE_LIMITS": "1"}


@pytest.fixture
def app(settings: Settings) -> Flask:
    """An app that remembers nothing."""
    return create_app(settings)


def wrong(number: int) -> str:
    """Return a code of no line."""
    return f"QQ{LETTERS[number // 24]}{LETTERS[number % 24]}22"


GUESSES: dict[str, Guess] = {
    "code on a page": lambda who, _, n: who.get(f"/queue/{wrong(n)}"),
    "code in the API": lambda who, _, n: who.get(f"/api/queue/{wrong(n)}/snapshot"),
    "PIN": lambda who, code, n: who.post(f"/host/{code}/unlock", data={"pin": f"{n:04}"}),
    "PIN in the API": lambda who, code, n: who.post(f"/api/queue/{code}/unlock", json={"pin": n}),
    "token": lambda who, code, n: who.post(
        f"/api/queue/{code}/advance", headers={"x-host-auth": f"{code}-1.{n:043}"}
    ),
    "ticket": lambda who, code, n: who.post(f"/queue/{code}/claim", data={"ticket": str(n)}),
    "operator": lambda who, _, n: who.get("/ops", auth=("", f"wrong {n}")),
    "metrics": lambda who, _, n: who.get("/metrics", headers={"Authorization": f"Bearer {n}"}),
}


@pytest.mark.parametrize("guess", GUESSES.values(), ids=GUESSES)
def test_guesses_beyond_the_limit_do_not_reach_the_app(
    app: Flask, guess: Guess, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = Restaurant(app.test_client()).code
    stranger = app.test_client(use_cookies=False)
    answers = [guess(stranger, code, number) for number in range(40)]
    first = next(answer for answer in answers if answer.status_code == 429)
    assert answers[-1].status_code == 429
    monkeypatch.setattr(app, "full_dispatch_request", lambda: pytest.fail("reached the app"))
    refused = guess(stranger, code, 41)
    assert refused.status_code == 429
    assert refused.data == first.data
    assert 0 < int(refused.headers["Retry-After"]) <= 86_400
    kept = {name for name, _ in first.headers if not name.startswith("X-RateLimit")}
    assert set(refused.headers.keys()) == kept
    assert "'none'" in refused.headers["Content-Security-Policy"]
    assert refused.headers["X-QueueUp"] == "1"


def test_the_refusal_is_a_small_page_in_the_language_of_who_is_refused(app: Flask) -> None:
    stranger = app.test_client(use_cookies=False)
    for number in range(31):
        stranger.get(f"/queue/{wrong(number)}")
    for language, words in (("fr", "Un instant"), ("de", "Einen Moment"), ("en", "One moment")):
        for number in range(2):
            page = stranger.get(
                f"/queue/{wrong(40 + number)}", headers={"Accept-Language": language}
            )
            assert page.status_code == 429
            assert words in page.text
            assert f'lang="{language}"' in page.text
            assert len(page.data) < 1_500
            assert "<script" not in page.text
    chosen = {"Cookie": "queueup_language=de", "Accept-Language": "fr"}
    assert "Einen Moment" in stranger.get(f"/queue/{wrong(50)}", headers=chosen).text


def test_those_who_show_something_reach_the_app_and_are_known_there(app: Flask) -> None:
    tablet, stranger = app.test_client(), app.test_client(use_cookies=False)
    code = tablet.post("/new", data={"eventName": "Lucia", "maxGuests": "9"}).location[-6:]
    assert tablet.post(f"/api/queue/{code}/set-pin", json={"pin": "4711"}).status_code == 200
    assert tablet.post(f"/api/queue/{code}/lock").status_code == 200
    path = f"/host/{code}/unlock"
    for number in range(40):
        last = stranger.post(path, data={"pin": f"{number:04}"})
    assert last.status_code == 429
    # A cookie that is none of the line's is refused by the app.
    forged = {"Cookie": f"queue_host_auth_{code}=0123456789ab.secret"}
    assert stranger.post(path, data={"pin": "4711"}, headers=forged).status_code == 429
    assert tablet.post(path, data={"pin": "4711"}).status_code == 303


def test_what_guesses_nothing_goes_on_beyond_the_limit_of_guesses(app: Flask) -> None:
    guesser = app.test_client(use_cookies=False)
    for number in range(40):
        last = guesser.get(f"/api/queue/{wrong(number)}/snapshot")
    assert last.status_code == 429
    body = {"eventName": "Lucia", "maxGuests": 9}
    assert guesser.post("/api/queue/create", json=body).status_code == 200
    asked = {"Origin": "http://localhost", "Access-Control-Request-Method": "GET"}
    path = f"/api/queue/{wrong(41)}/snapshot"
    assert guesser.options(path, headers=asked).status_code == 204


def test_refusals_of_another_site_refuse_nobody_here(app: Flask) -> None:
    """Any page that a phone on the wifi shows can send these, as often as it likes."""
    lucia = Restaurant(app.test_client(), keepsCode=True)
    guest = lucia.join("Bo", 2)
    own = {"sessionId": lucia.opened["sessionId"], "partyId": guest}
    honest: dict[str, dict[str, Any]] = {
        f"/queue/{lucia.code}/join": {"data": {"name": "Ana", "size": "2"}},
        f"{lucia.path}/join": {"json": {"name": "Cleo", "size": 2}},
        f"{lucia.path}/declare-nearby": {"json": own},
        f"{lucia.path}/judge": {"json": {"partyId": guest, "verdict": "right"}},
        f"{lucia.path}/leave": {"json": own},
        "/api/push/subscribe": {"json": own},
        "/api/queue/create": {"json": {"eventName": "Bar", "maxGuests": 9}},
    }
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    for path, request in honest.items():
        page = app.test_client(use_cookies=False)
        found = [page.post(path, headers=elsewhere).status_code for _ in range(125)]
        assert found[-1] == 429, path
        answer = app.test_client().post(path, **request)
        if path == "/api/push/subscribe":
            # The app has read it: the keys of the browser are missing.
            assert answer.status_code == 400
        else:
            assert answer.status_code < 400, (path, answer.status_code, answer.text)


def test_only_the_paths_of_lines_have_a_code(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<code:code>", "ABC234")
        expected = "ABC234" if path != rule.rule else ""
        assert code_in({"PATH_INFO": path}) == expected, path


def test_a_form_that_is_too_long_is_refused_as_such(app: Flask) -> None:
    code = Restaurant(app.test_client()).code
    form = {"name": "a" * 100_000}
    for path in (f"/queue/{code}", f"/host/{code}/unlock", "/new", f"/queue/{wrong(1)}"):
        answer = app.test_client().post(path, data=form)
        assert answer.status_code in (403, 404, 413), path


def test_another_site_sees_no_difference_beyond_the_limit(app: Flask) -> None:
    code = Restaurant(app.test_client()).code
    visitor = app.test_client(use_cookies=False)
    for number in range(40):
        visitor.get(f"/queue/{wrong(number)}")
    picture = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    for named in (code, wrong(41)):
        assert visitor.get(f"/queue/{named}", headers=picture).status_code == 403


def test_a_limit_has_room_again_when_its_time_is_over() -> None:
    refusals, spent = EarlyRefusals(), Spent("192.0.2.1", "GET", "/OPS")
    refusals.note(spent, time.time() + 60)
    assert 0 < refusals.left_s(spent) <= 60
    assert refusals.left_s(Spent("192.0.2.1", "POST", "/OPS")) == 0
    refusals.note(spent, time.time() - 1)
    assert refusals.has("192.0.2.1")
    assert refusals.left_s(spent) == 0
    assert not refusals.has("192.0.2.1")


def test_what_is_used_up_takes_a_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(early_refusals, "MOST_SPENT", 3)
    monkeypatch.setattr(early_refusals, "MOST_PAGES", 3)
    refusals = EarlyRefusals()
    for number in range(5):
        refusals.note(Spent(f"192.0.2.{number}", "GET", "/OPS"), time.time() + 60)
        environ = {"PATH_INFO": "/ops", "HTTP_ACCEPT_LANGUAGE": f"x{number}"}
        refusals.keep(environ, [("Retry-After", "9"), ("A", "b")], b"no")
    assert [refusals.has(f"192.0.2.{number}") for number in range(5)] == [False] * 2 + [True] * 3
    refusals.note(Spent("192.0.2.9", "GET", "/HOST/ABC234/PARTY/" + "X" * 4_000), time.time() + 60)
    assert not refusals.has("192.0.2.9")
    pages = [
        refusals.page({"PATH_INFO": "/ops", "HTTP_ACCEPT_LANGUAGE": f"x{number}"})
        for number in range(5)
    ]
    assert pages == [None, None, *[([("A", "b")], b"no")] * 3]
