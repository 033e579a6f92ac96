"""Rate limits per address, and that a restaurant's whole wifi can still join in a rush."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import Client

from queueup import create_app
from queueup.config import read_settings
from queueup.services import EXTENSION
from queueup.web.middleware import rate_limits
from tests.web.api.restaurant import Restaurant


@pytest.fixture
def env(env: dict[str, str], redis_url: str) -> dict[str, str]:
    """A service with the default limits, and no requests yet."""
    with Redis.from_url(redis_url) as redis:
        for key in redis.scan_iter("LIMITS:*"):
            redis.delete(key)
    return env | {"RATE_LIMITS": "1"}


@pytest.fixture
def app_with(env: dict[str, str]) -> Iterator[Callable[..., Flask]]:
    """Make an app with other settings."""
    with ExitStack() as ends:

        def make(**settings: str) -> Flask:
            made = create_app(read_settings(env | settings))
            ends.callback(made.extensions[EXTENSION].redis.close)
            return made

        yield make


def statuses(client: FlaskClient, path: str, times: int, **request: object) -> list[int]:
    """Send so many requests, and return the statuses."""
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


def test_wrong_links_for_a_device_are_refused_after_a_while_and_a_good_one_too(app: Flask) -> None:
    lucia = Restaurant(app.test_client(use_cookies=False))
    link = lucia.post("invite-device", as_host=True).json["url"]
    stranger = app.test_client(use_cookies=False)
    form = {"invitation": "ABCDEFGHJKLM", "name": "Bar"}
    answers = statuses(stranger, f"/host/{lucia.code}/device", 40, data=form)
    assert answers == [410] * 30 + [429] * 10
    form["invitation"] = link.rpartition("#")[2]
    assert stranger.post(f"/host/{lucia.code}/device", data=form).status_code == 429
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    assert (
        stranger.post(
            f"/host/{lucia.code}/device", data=form, environ_overrides=elsewhere
        ).status_code
        == 303
    )


@pytest.mark.parametrize(
    ("path", "body", "most", "status"),
    [
        ("/api/queue/create", {"eventName": "Lucia", "maxGuests": 9}, 60, 200),
        ("/api/push/subscribe", {}, 120, 400),
        ("/api/push/test", {}, 10, 400),
        ("/api/track", {"type": "tap"}, 600, 200),
    ],
)
def test_nobody_goes_on_for_ever(
    app: Flask, path: str, body: dict[str, object], most: int, status: int
) -> None:
    caller = app.test_client(use_cookies=False)
    assert statuses(caller, path, most, json=body) == [status] * most
    refused = caller.post(path, json=body)
    assert refused.status_code == 429
    assert refused.json["error"] == "Too many requests. Please wait a moment and try again."
    assert 0 < int(refused.headers["Retry-After"]) <= 60


def test_a_form_and_a_program_open_lines_on_one_account(app: Flask) -> None:
    caller = app.test_client(use_cookies=False)
    fields = {"eventName": "Lucia", "maxGuests": "9"}
    assert statuses(caller, "/new", 30, data=fields) == [303] * 30
    assert statuses(caller, "/api/queue/create", 31, json=fields | {"maxGuests": 9}) == [
        *[200] * 30,
        429,
    ]
    assert "Too many requests from here" in caller.post("/new", data=fields).text


def test_behind_a_configured_proxy_each_client_has_limits_of_its_own(
    app_with: Callable[..., Flask],
) -> None:
    caller = Client(app_with(TRUSTED_PROXIES="1").wsgi_app)

    def ring(client: str) -> int:
        # What the client says itself stands before what the proxy adds.
        forwarded = {"X-Forwarded-For": f"192.0.2.1, {client}"}
        return caller.post("/api/push/test", json={}, headers=forwarded).status_code

    assert [ring("198.51.100.7") for _ in range(11)] == [400] * 10 + [429]
    assert ring("198.51.100.8") == 400


def test_a_whole_ipv6_network_is_one_client(app: Flask) -> None:
    stranger = app.test_client(use_cookies=False)

    def guess(address: str, number: int) -> int:
        letters = "ABCDEFGHJK"
        code = f"ZZ{letters[number // 10]}{letters[number % 10]}22"
        caller = {"REMOTE_ADDR": address}
        return stranger.get(f"/queue/{code}", environ_overrides=caller).status_code

    assert [guess(f"2001:db8:1:2::{number:x}", number) for number in range(40)] == [
        *[404] * 30,
        *[429] * 10,
    ]
    assert guess("2001:db8:1:3::1", 41) == 404
    # A server that listens to both kinds sees an IPv4 address like this.
    assert guess("::ffff:198.51.100.7", 42) == 404
    assert guess("::ffff:198.51.100.8", 43) == 404


def test_who_asks_for_names_gets_few_answers(app: Flask) -> None:
    lucia = Restaurant(app.test_client(use_cookies=False))
    lucia.join("Ana")
    asked = [lucia.post("join", json={"name": "Ana", "size": 99}).status_code for _ in range(11)]
    assert asked == [409] * 10 + [429]
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    body = {"name": "Ben", "size": 1}
    assert lucia.post("join", json=body, environ_overrides=elsewhere).status_code == 200


def test_a_guest_who_taps_for_ever_is_stopped_and_the_others_go_on(app: Flask) -> None:
    lucia = Restaurant(app.test_client(use_cookies=False))
    ana, ben = lucia.join("Ana"), lucia.join("Ben")

    def tap(party_id: str, number: int) -> int:
        # Programs and forms are on one account.
        if number % 2:
            form = {"partyId": party_id}
            path = f"/queue/{lucia.code}/nearby"
            return lucia.caller.post(path, data=form).status_code
        return lucia.post("declare-nearby", json={"partyId": party_id}).status_code

    assert [tap(ana, number) for number in range(31)][-3:] == [200, 303, 429]
    assert tap(ben, 0) == 200
    size = {"partyId": ana, "size": 2}
    assert lucia.post("size", json=size).status_code == 429


def test_phones_of_many_parties_cannot_be_rung_for_ever(app: Flask) -> None:
    caller = app.test_client(use_cookies=False)
    bodies = [{"partyId": f"party {number % 10}", "sessionId": "none"} for number in range(61)]
    rung = [caller.post("/api/push/test", json=body).status_code for body in bodies]
    assert rung == [404] * 60 + [429]


def test_a_party_id_that_cannot_be_stored_changes_no_limit(app: Flask) -> None:
    stranger = app.test_client(use_cookies=False)
    assert guesses(stranger, 40, "/queue/{}?partyId=somebody")[-1] == 429
    body = b'{"partyId": "\\ud800", "sessionId": "none"}'
    odd = stranger.post("/api/push/test", data=body, content_type="application/json")
    assert odd.status_code == 400
    assert stranger.get("/queue/XXXXX2").status_code == 429


def test_pins_are_set_and_tried_a_while_and_other_actions_go_on(app: Flask) -> None:
    tablet = app.test_client()
    code = tablet.post("/new", data={"eventName": "Lucia", "maxGuests": "9"}).location[-6:]
    ways = (
        lambda: tablet.post(f"/api/queue/{code}/set-pin", json={"pin": "4711"}),
        lambda: tablet.post(f"/host/{code}/do/set-pin", data={"pin": "4711"}),
        lambda: tablet.post(f"/host/{code}/devices", data={"do": "set-pin", "pin": "4711"}),
        lambda: tablet.post(f"/api/queue/{code}/unlock", json={"pin": "4711"}),
        lambda: tablet.post(f"/host/{code}/unlock", data={"pin": "4711"}),
    )
    statuses = [ways[number % 5]().status_code for number in range(25)]
    assert 429 not in statuses[:20]
    assert statuses[20:] == [429] * 5
    pause = {"reason": "The kitchen needs a moment."}
    assert tablet.post(f"/host/{code}/do/pause", data=pause).status_code == 303
    assert tablet.post(f"/host/{code}/devices", data={"do": "invite-device"}).status_code == 200


def test_wrong_pins_are_counted_by_address(app: Flask) -> None:
    tablet = app.test_client()
    code = tablet.post("/new", data={"eventName": "Lucia", "maxGuests": "9"}).location[-6:]
    tablet.post(f"/api/queue/{code}/set-pin", json={"pin": "4711"})
    tablet.post(f"/api/queue/{code}/lock")
    for _ in range(15):
        assert tablet.post(f"/host/{code}/unlock", data={"pin": "0000"}).status_code == 403
    # The same account as that of wrong tokens.
    wrong = {"x-host-auth": "nonsense"}
    path = f"/api/queue/{code}/advance"
    stranger = app.test_client(use_cookies=False)
    answers = [stranger.post(path, headers=wrong).status_code for _ in range(16)]
    assert answers == [403] * 15 + [429]


def test_without_limits_there_are_none(app_with: Callable[..., Flask]) -> None:
    caller = app_with(RATE_LIMITS="0").test_client()
    assert statuses(caller, "/api/push/test", 40, json={}) == [400] * 40


def test_the_operators_password_cannot_be_tried_for_ever(app: Flask) -> None:
    stranger = app.test_client(use_cookies=False)
    forwarded = {"X-Forwarded-For": "198.51.100.7"}
    answers = [stranger.get("/metrics", headers=forwarded).status_code for _ in range(12)]
    assert answers == [403] * 10 + [429] * 2


def test_a_hosts_taps_end_somewhere_and_nobody_else_uses_them_up(
    app_with: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits, "HOSTS_TAPS", "5 per minute")
    client = app_with().test_client(use_cookies=False)
    lucia, other = Restaurant(client), Restaurant(client)
    strangers = [lucia.post("advance").status_code for _ in range(8)]
    assert set(strangers) == {401}
    taps = [lucia.post("advance", as_host=True).status_code for _ in range(8)]
    assert 429 not in taps[:5] and taps[5:] == [429] * 3
    assert other.post("advance", as_host=True).status_code != 429
