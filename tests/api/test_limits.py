"""What one address may ask for, and that a restaurant's whole wifi may still join in a rush."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from restaurant import Restaurant


@pytest.fixture
def env(env: dict[str, str], redis_url: str) -> dict[str, str]:
    """An operator who has not touched the limits; nobody has asked for anything yet."""
    with Redis.from_url(redis_url) as redis:
        for key in redis.scan_iter("LIMITS:*"):
            redis.delete(key)
    return env | {"RATE_LIMITS": "1"}


def statuses(client: FlaskClient, path: str, times: int, **request: object) -> list[int]:
    """Ask so many times, and return the statuses."""
    method = client.post if request else client.get
    return [method(path, **request).status_code for _ in range(times)]  # type: ignore[operator]


def guesses(client: FlaskClient, times: int, path: str = "/queue/{}") -> list[int]:
    """Guess so many codes."""
    letters = "ABCDEFGHJK"
    codes = [f"ZZ{a}{b}22" for a in letters for b in letters][:times]
    return [client.get(path.format(code)).status_code for code in codes]


def test_guessing_codes_ends_soon_even_when_a_guess_is_right(
    app: Flask, client: FlaskClient
) -> None:
    code = Restaurant(app.test_client()).code
    stranger = app.test_client(use_cookies=False)
    found = guesses(stranger, 40)
    assert found == [404] * 30 + [429] * 10
    refused = stranger.get(f"/queue/{code}")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 600
    assert stranger.get(f"/api/queue/{code}/snapshot").status_code == 429


def test_those_whom_the_line_knows_are_not_shut_out_by_a_guesser_on_their_wifi(app: Flask) -> None:
    caller = app.test_client(use_cookies=False)
    lucia = Restaurant(caller)
    ana = lucia.join("Ana")
    guesses(caller, 40)
    assert lucia.snapshot(ana).status_code == 200
    assert lucia.snapshot(as_host=True).status_code == 200


def test_a_phone_that_asks_for_an_ended_line_for_ever_guesses_once(app: Flask) -> None:
    phone = app.test_client(use_cookies=False)
    path = "/api/queue/ZZZZZZ/snapshot?partyId=an-old-party"
    assert statuses(phone, path, 60) == [404] * 60
    lucia = Restaurant(phone)
    stale = f"{lucia.path}/snapshot?partyId=an-old-party"
    assert statuses(phone, stale, 60) == [404] * 60
    assert phone.get(f"/queue/{lucia.code}").status_code == 200


def test_a_full_line_joins_through_one_wifi_within_a_minute(app: Flask) -> None:
    lucia = Restaurant(app.test_client(use_cookies=False), maxGuests=100)
    for number in range(100):
        lucia.join(f"Party {number}")
    answers = [lucia.post("join", json={"name": "x"}).status_code for _ in range(40)]
    assert answers[0] == 409
    assert answers[-1] == 429


def test_a_forged_forwarded_address_changes_nothing(app: Flask) -> None:
    stranger = app.test_client(use_cookies=False)
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    found = [
        stranger.get(f"/queue/YYYYY{a}", headers={"X-Forwarded-For": f"198.51.100.{number}"})
        for number, a in enumerate(letters)
    ]
    assert [answer.status_code for answer in found][-2:] == [429, 429]


def test_wrong_tokens_are_refused_after_a_while_and_the_tablet_goes_on(app: Flask) -> None:
    lucia = Restaurant(app.test_client(use_cookies=False))
    wrong = {"x-host-auth": "nonsense"}
    answers = [lucia.post("advance", headers=wrong).status_code for _ in range(40)]
    assert answers == [403] * 30 + [429] * 10
    lucia.call_next()


def test_the_operators_password_cannot_be_tried_for_ever(app: Flask) -> None:
    stranger = app.test_client(use_cookies=False)
    forwarded = {"X-Forwarded-For": "198.51.100.7"}
    answers = [stranger.get("/metrics", headers=forwarded).status_code for _ in range(12)]
    assert answers == [403] * 10 + [429] * 2
