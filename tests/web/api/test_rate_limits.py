"""Rate limits per address, and that a restaurant's whole wifi can still join in a rush."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import Client

from queueup import create_app
from queueup.config import read_settings
from queueup.services import EXTENSION
from queueup.web.middleware import rate_limits
from queueup.web.middleware.early_refusals import EXTENSION as EARLY
from queueup.web.middleware.early_refusals import EarlyRefusals
from tests.web.api.restaurant import Restaurant


@pytest.fixture
def env(env: dict[str, str], redis_url: str) -> dict[str, str]:
    """A service with the default limits, and no requests yet."""
    with Redis.from_url(redis_url) as redis:
        for pattern in ("LIMITS:*", "queueup:reached:*"):
            for key in redis.scan_iter(pattern):
                redis.delete(key)
    return env | {"RATE_LIMITS": "1"}


@pytest.fixture
def app(app: Flask) -> Flask:
    """An app that remembers no limit as used up."""
    forget_spent(app)
    return app


def forget_spent(app: Flask) -> None:
    """Let the app ask Redis again, as it does when the time of a limit is over."""
    refusals: EarlyRefusals = app.extensions[EARLY]
    vars(refusals)["_until"].clear()
    vars(refusals)["_clients"].clear()


@pytest.fixture
def app_with(env: dict[str, str]) -> Iterator[Callable[..., Flask]]:
    """Make an app with other settings."""
    with ExitStack() as ends:

        def make(**settings: str) -> Flask:
            made = create_app(read_settings(env | settings))
            ends.callback(made.extensions[EXTENSION].redis.close)
            return made

        yield make


CLOCK = re.compile(r'data-now="\d+"')


def statuses(client: FlaskClient, path: str, times: int, **request: object) -> list[int]:
    """Send so many requests, and return the statuses."""
    method = client.post if request else client.get
    return [method(path, **request).status_code for _ in range(times)]  # type: ignore[operator]


def guesses(
    client: FlaskClient, times: int, path: str = "/queue/{}", first: str = "Z"
) -> list[int]:
    """Guess so many codes."""
    letters = "ABCDEFGHJK"
    codes = [f"{first}Z{a}{b}22" for a in letters for b in letters][:times]
    return [client.get(path.format(code)).status_code for code in codes]


ELSEWHERE = {"REMOTE_ADDR": "198.51.100.7"}


def opened_elsewhere(app: Flask) -> str:
    """Open a line from another address, and return its code."""
    body = {"eventName": "Mario", "maxGuests": 9}
    caller = app.test_client()
    opened = caller.post("/api/queue/create", json=body, environ_overrides=ELSEWHERE)
    return str(opened.json["code"])


def test_guessing_codes_ends_soon_even_when_a_guess_is_right(app: Flask) -> None:
    stranger = app.test_client(use_cookies=False)
    found = guesses(stranger, 40)
    assert found == [404] * 30 + [429] * 10
    # Asking twice does not tell a wrong code from a right one, either.
    assert guesses(stranger, 40)[30:] == [429] * 10
    # Right guesses: a few lines that were never reached from here before.
    codes = [opened_elsewhere(app) for _ in range(8)]
    answers = [stranger.get(f"/queue/{code}") for code in codes]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429] * 2
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 600
    assert stranger.get(f"/api/queue/{codes[-1]}/snapshot").status_code == 429


def test_the_daily_limit_of_wrong_codes_is_counted(app: Flask, redis_url: str) -> None:
    stranger = app.test_client(use_cookies=False)
    letters = "ABCDEFGHJKLMNPQR"
    found: list[int] = []
    with Redis.from_url(redis_url) as redis:
        for a in letters:
            found += [stranger.get(f"/queue/ZZ{a}{b}33").status_code for b in letters]
            # Ten minutes pass.
            for key in redis.scan_iter("LIMITS:*wrong code/30/10/minute"):
                redis.delete(key)
            forget_spent(app)
    assert found.count(404) == 200
    assert set(found[-16:]) == {429}


def test_one_address_opens_no_more_than_so_many_lines_a_day(app: Flask, redis_url: str) -> None:
    caller = app.test_client(use_cookies=False)
    fields = {"eventName": "Lucia", "maxGuests": 9}
    found: list[int] = []
    with Redis.from_url(redis_url) as redis:
        for _ in range(5):
            found += statuses(caller, "/api/queue/create", 50, json=fields)
            # A minute passes.
            for key in redis.scan_iter("LIMITS:*create/60/1/minute"):
                redis.delete(key)
            forget_spent(app)
    assert found == [200] * 200 + [429] * 50
    assert opened_elsewhere(app)


def test_a_shared_wifi_works_through_a_saturday_while_somebody_guesses(app: Flask) -> None:
    tablet, board, kiosk = (app.test_client() for _ in range(3))
    code = tablet.post("/new", data={"eventName": "Lucia", "maxGuests": "90"}).location[-6:]
    assert board.get(f"/board/{code}").status_code == 200
    assert kiosk.get(f"/kiosk/{code}").status_code == 200
    other = opened_elsewhere(app)
    guesser = app.test_client(use_cookies=False)
    for hour in range(3):
        assert guesses(guesser, 100, first="XYZ"[hour])[-1] == 429
        for _ in range(50):
            guesser.get(f"/queue/{other}")
            guesser.post(f"/queue/{code}", data={"size": "none"})
        guest = app.test_client()
        assert guest.get(f"/queue/{code}").status_code == 200
        joined = guest.post(f"/queue/{code}", data={"name": f"Ana {hour}", "size": "2"})
        assert joined.status_code == 303
        assert guest.get(f"/queue/{code}/place").status_code == 200
        assert board.get(f"/board/{code}").status_code == 200
        assert board.get(f"/api/queue/{code}/snapshot?view=board").status_code == 200
        assert kiosk.post(f"/kiosk/{code}", data={"size": "2"}).status_code == 200
        assert tablet.get(f"/host/{code}").status_code == 200


def test_a_board_and_a_kiosk_are_known_wherever_they_move(app: Flask) -> None:
    code, other = opened_elsewhere(app), opened_elsewhere(app)
    board, kiosk, stranger = (app.test_client() for _ in range(3))
    for browser, path in ((board, f"/board/{code}"), (kiosk, f"/kiosk/{code}")):
        assert browser.get(path, environ_overrides=ELSEWHERE).status_code == 200
    guesses(app.test_client(use_cookies=False), 40, first="W")
    for _ in range(6):
        assert stranger.get(f"/queue/{opened_elsewhere(app)}").status_code == 200
    # Before the address has reached the line with the true cookie: then it is known, too.
    known = board.get_cookie("queueup_screen")
    assert known is not None
    for forged in (f"{code}-{'0' * 24}", known.value.replace(code, other)):
        stranger.set_cookie("queueup_screen", forged)
        assert stranger.get(f"/board/{forged[:6]}").status_code == 429
    assert board.get(f"/board/{code}").status_code == 200
    assert kiosk.get(f"/kiosk/{code}").status_code == 200


def test_pictures_of_another_site_are_no_guesses_and_tell_it_nothing(app: Flask) -> None:
    code = Restaurant(app.test_client()).code
    visitor = app.test_client(use_cookies=False)
    picture = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    frame = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}
    for headers in (picture, frame):
        for path in ("/queue/{}", "/api/queue/{}/snapshot", "/board/{}", "/?code={}"):
            codes = (code, *(f"ZZZZ{a}2" for a in "ABCDEFGHJK"))
            answers = [visitor.get(path.format(named), headers=headers) for named in codes]
            assert {answer.status_code for answer in answers} == {403}
            assert len({CLOCK.sub("", answer.text) for answer in answers}) == 1
    assert visitor.get("/queue/ZZZZZ2").status_code == 404
    # A link that somebody follows is a visit.
    visit = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert visitor.get(f"/queue/{code}", headers=visit).status_code == 200


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
    # Who tries in vain does not take the turn of who comes when there is room.
    answers = [lucia.post("join", json={"name": "x"}).status_code for _ in range(130)]
    assert answers == [409] * 120 + [429] * 10
    party = lucia.state()["queue"][0]["id"]
    assert lucia.post("kick", as_host=True, json={"partyId": party}).status_code == 200
    lucia.join("Ana")


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


def test_wrong_links_for_a_device_end_soon_and_a_right_one_works(
    app: Flask,
) -> None:
    lucia = Restaurant(app.test_client(use_cookies=False))
    link = lucia.post("invite-device", as_host=True).json["url"]
    stranger = app.test_client(use_cookies=False)
    form = {"invitation": "ABCDEFGHJKLM", "name": "Bar"}
    answers = statuses(stranger, f"/host/{lucia.code}/device", 40, data=form)
    assert answers == [410] * 30 + [429] * 10
    # A right one is no guess: it has sixty random bits.
    form["invitation"] = link.rpartition("#")[2]
    assert stranger.post(f"/host/{lucia.code}/device", data=form).status_code == 303


@pytest.mark.parametrize(
    ("path", "body", "most", "status"),
    [
        ("/api/queue/create", {"eventName": "Lucia", "maxGuests": 9}, 60, 200),
        ("/api/push/subscribe", {}, 60, 400),
        ("/api/push/test", {}, 60, 400),
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

    # Some proxies add the port.
    ports = [f"198.51.100.7:{5000 + number}" for number in range(60)]
    assert [ring(client) for client in (*ports, "198.51.100.7")] == [400] * 60 + [429]
    assert ring("198.51.100.8") == 400
    assert ring("[2001:db8:1:2::1]:443") == 400
    made_up = [ring(f"nowhere {number}") for number in range(61)]
    assert made_up == [400] * 60 + [429]


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


def test_many_networks_count_by_the_wider_ones_as_well(app: Flask) -> None:
    stranger = app.test_client(use_cookies=False)
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"

    def guess(address: str, number: int) -> int:
        code = f"YY{letters[number // 24]}{letters[number % 24]}22"
        caller = {"REMOTE_ADDR": address}
        return stranger.get(f"/queue/{code}", environ_overrides=caller).status_code

    # The 256 networks of one customer, then those of many.
    own = [guess(f"2001:db8:1:{number:x}::1", number) for number in range(130)]
    assert own == [404] * 120 + [429] * 10
    others = [f"2001:db8:1:{1 + number % 255:x}00::1" for number in range(370)]
    found = [guess(address, 130 + number) for number, address in enumerate(others)]
    # What was refused told nothing, and is not counted.
    assert found == [404] * 360 + [429] * 10
    assert guess("2001:db8:2::1", 500) == 404


def test_who_asks_for_names_gets_few_answers(app: Flask) -> None:
    lucia = Restaurant(app.test_client(use_cookies=False))
    lucia.join("Ana")
    asked = [lucia.post("join", json={"name": "Ana", "size": 99}).status_code for _ in range(11)]
    assert asked == [409] * 10 + [429]
    # No other refusal tells that a name is not taken; and who has another name can join.
    assert lucia.post("join", json={"name": "Ben", "size": 99}).status_code == 429
    assert lucia.post("join", json={"name": "Ben", "size": 1}).status_code == 200


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


def test_phones_of_a_party_and_of_many_cannot_be_rung_for_ever(app: Flask) -> None:
    lucia = Restaurant(app.test_client(use_cookies=False), maxGuests=100)
    parties = [lucia.join(f"Party {number}") for number in range(8)]

    def ring(party_id: str) -> int:
        body = {"partyId": party_id, "sessionId": lucia.opened["sessionId"]}
        return lucia.caller.post("/api/push/test", json=body).status_code

    # 404: no device has subscribed.
    assert [ring(parties[0]) for _ in range(11)] == [404] * 10 + [429]
    rung = [ring(party_id) for party_id in parties[1:] for _ in range(8)]
    assert rung[:49] == [404] * 49
    assert rung[50:] == [429] * 6


def test_what_a_request_makes_up_is_no_key_of_a_limit(app: Flask) -> None:
    lucia = Restaurant(app.test_client(use_cookies=False))
    body = {"partyId": lucia.join("Ana"), "sessionId": lucia.opened["sessionId"]}
    found = [
        lucia.caller.post(f"/api/push/subscribe?code=AAAA{a}{b}&x={a}", json=body).status_code
        for a in "ABCDE"
        for b in "ABCDE"
    ]
    assert found == [400] * 20 + [429] * 5
    bodies = [{"partyId": f"party {n}", "sessionId": f"none-{n}"} for n in range(22, 87)]
    rung = [lucia.caller.post("/api/push/test", json=body).status_code for body in bodies]
    assert rung == [404] * 60 + [429] * 5


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


def test_a_host_who_taps_json_all_evening_tries_no_pin(app: Flask) -> None:
    lucia = Restaurant(app.test_client(use_cookies=False))
    for number in range(30):
        action = "resume" if number % 2 else "pause"
        body = {"reason": f"Reason {number}"}
        assert lucia.post(action, as_host=True, json=body).status_code == 200


def locked_tablet(app: Flask) -> tuple[FlaskClient, str]:
    """Open a line with a PIN from a tablet, and lock it."""
    tablet = app.test_client()
    code = tablet.post("/new", data={"eventName": "Lucia", "maxGuests": "9"}).location[-6:]
    assert tablet.post(f"/api/queue/{code}/set-pin", json={"pin": "4711"}).status_code == 200
    assert tablet.post(f"/api/queue/{code}/lock").status_code == 200
    return tablet, code


def test_strangers_do_not_shut_the_right_pin_out(app: Flask) -> None:
    tablet, code = locked_tablet(app)
    stranger = app.test_client(use_cookies=False)
    tries = [stranger.post(f"/host/{code}/unlock", data={"pin": "0000"}) for _ in range(40)]
    assert [answer.status_code for answer in tries] == [403] * 30 + [429] * 10
    assert tablet.post(f"/host/{code}/unlock", data={"pin": "4711"}).status_code == 303


def test_wrong_pins_are_counted_by_device(app: Flask) -> None:
    tablet, code = locked_tablet(app)
    # To have set the PIN counts as one. Most are refused before they cost anything.
    tries = [tablet.post(f"/host/{code}/unlock", data={"pin": "0000"}) for _ in range(25)]
    assert [answer.status_code for answer in tries] == [403] * 19 + [429] * 6


def test_without_limits_there_are_none(app_with: Callable[..., Flask]) -> None:
    caller = app_with(RATE_LIMITS="0").test_client()
    assert statuses(caller, "/api/push/test", 40, json={}) == [400] * 40


def test_the_operators_password_cannot_be_tried_for_ever_and_the_operator_goes_on(
    app_with: Callable[..., Flask],
) -> None:
    app = app_with(OPS_PASSWORD="right", METRICS_TOKEN="a-token-that-a-program-made")
    operator, stranger = app.test_client(), app.test_client()
    assert operator.get("/ops", auth=("", "right")).status_code == 200
    tries = [stranger.get("/ops", auth=("", f"wrong {n}")).status_code for n in range(12)]
    assert tries == [401] * 10 + [429] * 2
    # People choose it, so it could be guessed: the right one is refused, too.
    assert stranger.get("/ops", auth=("", "right")).status_code == 429
    assert operator.get("/ops", auth=("", "right")).status_code == 200
    assert operator.get("/ops", auth=("", "wrong")).status_code == 401
    forwarded = {"X-Forwarded-For": "198.51.100.7"}
    asked = [stranger.get("/metrics", headers=forwarded).status_code for _ in range(12)]
    assert asked == [403] * 10 + [429] * 2
    token = {"Authorization": "Bearer a-token-that-a-program-made"}
    assert stranger.get("/metrics", headers=forwarded | token).status_code == 200


def test_a_hosts_taps_end_somewhere_and_nobody_else_uses_them_up(
    app_with: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [
        replace(rule, limit="5 per minute") if rule.kind == "host's tap" else rule
        for rule in rate_limits.BEFORE
    ]
    monkeypatch.setattr(rate_limits, "BEFORE", few)
    client = app_with().test_client(use_cookies=False)
    lucia, other = Restaurant(client), Restaurant(client)
    strangers = [lucia.post("advance").status_code for _ in range(8)]
    assert set(strangers) == {401}
    taps = [lucia.post("advance", as_host=True).status_code for _ in range(8)]
    assert 429 not in taps[:5] and taps[5:] == [429] * 3
    assert other.post("advance", as_host=True).status_code != 429


def test_an_address_joins_so_often_and_new_lines_less_often(
    app_with: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer = {"joins": "7 per day", "joins of new lines": "4 per day"}
    few = [replace(rule, limit=fewer.get(rule.kind, rule.limit)) for rule in rate_limits.BEFORE]
    monkeypatch.setattr(rate_limits, "BEFORE", few)
    app = app_with()
    tablet, guests = app.test_client(), app.test_client(use_cookies=False)
    form = {"eventName": "Lucia", "maxGuests": "90"}
    new = [tablet.post("/new", data=form).location[-6:] for _ in range(2)]
    legacy = Restaurant(tablet)

    def join(code: str, number: int, **request: object) -> int:
        body = {"name": f"Party {number}"}
        return guests.post(f"/api/queue/{code}/join", json=body, **request).status_code

    # All new lines together, and what fails is not counted.
    assert join(new[0], 0) == 200
    assert join(new[0], 0) == 409
    assert [join(new[n % 2], n) for n in range(1, 6)] == [200] * 3 + [429] * 2
    assert join(new[0], 6, environ_overrides=ELSEWHERE) == 200
    assert [join(legacy.code, n) for n in range(4)] == [200] * 3 + [429]
    # Hosts add whom they want.
    added = tablet.post(f"/api/queue/{new[0]}/add", json={"name": "Ben", "size": 2})
    assert added.status_code == 200


def test_reports_end_somewhere_and_strangers_use_none_of_them_up(
    app_with: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [
        replace(rule, limit="5 per minute") if rule.kind == "report" else rule
        for rule in rate_limits.BEFORE
    ]
    monkeypatch.setattr(rate_limits, "BEFORE", few)
    client = app_with().test_client(use_cookies=False)
    lucia, other = Restaurant(client), Restaurant(client)
    asked = f"{lucia.path}/export?from=never"
    assert {client.get(asked).status_code for _ in range(8)} == {401}
    mine = [client.get(asked, headers=lucia.host).status_code for _ in range(8)]
    assert mine == [400] * 5 + [429] * 3
    assert client.get(f"{other.path}/export?from=never", headers=other.host).status_code == 400
