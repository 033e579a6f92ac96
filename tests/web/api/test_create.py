"""POST /api/queue/create."""

import base64
import hashlib
import hmac
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from queueup import create_app
from queueup.config import Settings, read_settings
from tests.web.api.restaurant import refusal

GOOD = {"eventName": "Lucia", "maxGuests": 20}
CODE = re.compile(r"[ABCDEFGHJKLMNPQRSTUVWXYZ23456789]{6}")


def test_the_answer_has_everything_a_screen_needs(caller: FlaskClient, settings: Settings) -> None:
    answer = caller.post(
        "/api/queue/create",
        json={
            "eventName": "  Lucia  ",
            "maxGuests": 20,
            "location": " Pier 3 ",
            "contactInfo": "desk@lucia.example",
            "openTime": "18:00",
            "closeTime": "23:30",
        },
    )
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    created = answer.json
    code, session_id = created["code"], created["sessionId"]
    assert CODE.fullmatch(code)
    assert len(session_id) >= 32
    signature = hmac.digest(settings.host_auth_secret.encode(), session_id.encode(), hashlib.sha256)
    token = f"{session_id}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
    assert created == {
        "code": code,
        "sessionId": session_id,
        "joinUrl": f"http://localhost/queue/{code}",
        "wsUrl": f"http://localhost/api/queue/{code}/connect",
        "hostAuthToken": token,
        "eventName": "Lucia",
        "maxGuests": 20,
        "location": "Pier 3",
        "contactInfo": "desk@lucia.example",
        "openTime": "18:00",
        "closeTime": "23:30",
    }


def test_the_host_cookie_is_set_as_the_wire_has_it(caller: FlaskClient) -> None:
    answer = caller.post("/api/queue/create", json=GOOD)
    token = answer.json["hostAuthToken"]
    cookies = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("queue_host_auth=")]
    assert len(cookies) == 1
    assert set(cookies[0].split("; ")) == {
        f"queue_host_auth={token}",
        "Max-Age=604800",
        "HttpOnly",
        "SameSite=Strict",
        "Path=/",
    }


def test_on_https_the_cookie_is_secure_and_the_links_are_https(caller: FlaskClient) -> None:
    answer = caller.post("/api/queue/create", json=GOOD, base_url="https://queue.example")
    assert "; Secure" in answer.headers["Set-Cookie"]
    assert answer.json["joinUrl"].startswith("https://queue.example/queue/")
    assert answer.json["wsUrl"].startswith("https://queue.example/api/queue/")


def test_a_proxy_that_does_not_say_https_still_gets_secure_cookies_under_the_public_name(
    env: dict[str, str],
) -> None:
    app = create_app(read_settings(env | {"APP_BASE_URL": "https://lucia.example"}))

    def opened(address: str) -> TestResponse:
        return app.test_client().post("/api/queue/create", json=GOOD, base_url=address)

    assert "; Secure" in opened("http://Lucia.example").headers["Set-Cookie"]
    # In the house, by the address of the machine, there is no HTTPS.
    assert "; Secure" not in opened("http://192.168.1.7:8000").headers["Set-Cookie"]


def test_app_base_url_decides_what_links_start_with(env: dict[str, str]) -> None:
    app = create_app(read_settings(env | {"APP_BASE_URL": "https://lucia.example/"}))
    created = app.test_client().post("/api/queue/create", json=GOOD).json
    code = created["code"]
    assert created["joinUrl"] == f"https://lucia.example/queue/{code}"
    assert created["wsUrl"] == f"https://lucia.example/api/queue/{code}/connect"


@pytest.mark.parametrize("blank", [{}, {"location": " ", "contactInfo": "", "openTime": " "}])
def test_blank_optional_fields_become_null(caller: FlaskClient, blank: dict[str, str]) -> None:
    created = caller.post("/api/queue/create", json=GOOD | blank).json
    for name in ("location", "contactInfo", "openTime", "closeTime"):
        assert created[name] is None


def test_long_texts_are_cut(caller: FlaskClient) -> None:
    body = GOOD | {"location": "l" * 300, "contactInfo": "c" * 600}
    created = caller.post("/api/queue/create", json=body).json
    assert created["location"] == "l" * 240
    assert created["contactInfo"] == "c" * 500


def test_contact_is_another_name_for_contact_info(caller: FlaskClient) -> None:
    created = caller.post("/api/queue/create", json=GOOD | {"contact": "desk"}).json
    assert created["contactInfo"] == "desk"


@pytest.mark.parametrize(("given", "read"), [(1, 1), (100, 100), ("20", 20), (" 7 ", 7)])
def test_max_guests_may_be_a_numeric_string(caller: FlaskClient, given: Any, read: int) -> None:
    body = {"eventName": "Lucia", "maxGuests": given}
    assert caller.post("/api/queue/create", json=body).json["maxGuests"] == read


def test_a_name_of_120_characters_is_not_too_long(caller: FlaskClient) -> None:
    body = GOOD | {"eventName": " " + "n" * 120 + " "}
    assert caller.post("/api/queue/create", json=body).json["eventName"] == "n" * 120


WRONG_IN_ORDER: list[tuple[dict[str, Any], str]] = [
    ({"eventName": None}, "eventName is required"),
    ({"eventName": "n" * 121}, "eventName must be 120 characters or fewer"),
    ({"openTime": "25:00"}, "openTime must be in HH:mm format"),
    ({"closeTime": "9:00"}, "closeTime must be in HH:mm format"),
    ({"openTime": "18:00", "closeTime": "18:00"}, "closeTime must be after openTime"),
    ({"maxGuests": "many"}, "maxGuests must be an integer"),
    ({"maxGuests": 101}, "maxGuests must be between 1 and 100"),
]


@pytest.mark.parametrize(("wrong", "sentence"), WRONG_IN_ORDER)
def test_each_refusal_has_its_sentence(
    caller: FlaskClient, wrong: dict[str, Any], sentence: str
) -> None:
    assert refusal(caller.post("/api/queue/create", json=GOOD | wrong)) == (400, sentence)


@pytest.mark.parametrize("first", range(len(WRONG_IN_ORDER) - 1))
def test_of_two_refusals_the_earlier_is_given(caller: FlaskClient, first: int) -> None:
    wrong, sentence = WRONG_IN_ORDER[first]
    for later, _ in WRONG_IN_ORDER[first + 1 :]:
        body = GOOD | later | wrong
        assert refusal(caller.post("/api/queue/create", json=body)) == (400, sentence)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"eventName": "   "}, "eventName is required"),
        ({"eventName": 5}, "eventName is required"),
        ({"openTime": "18.00"}, "openTime must be in HH:mm format"),
        ({"openTime": "18:60"}, "openTime must be in HH:mm format"),
        ({"openTime": "١٨:٠٠"}, "openTime must be in HH:mm format"),
        ({"openTime": 1800}, "openTime must be in HH:mm format"),
        ({"closeTime": ["23:00"]}, "closeTime must be in HH:mm format"),
        ({"openTime": "18:00", "closeTime": "17:59"}, "closeTime must be after openTime"),
        ({"maxGuests": None}, "maxGuests must be an integer"),
        ({"maxGuests": 2.5}, "maxGuests must be an integer"),
        ({"maxGuests": "2.5"}, "maxGuests must be an integer"),
        ({"maxGuests": True}, "maxGuests must be an integer"),
        ({"maxGuests": [5]}, "maxGuests must be an integer"),
        ({"maxGuests": ""}, "maxGuests must be an integer"),
        ({"maxGuests": 0}, "maxGuests must be between 1 and 100"),
        ({"maxGuests": "-3"}, "maxGuests must be between 1 and 100"),
        ({"maxGuests": 10**300}, "maxGuests must be between 1 and 100"),
        ({"maxGuests": "9" * 300}, "maxGuests must be between 1 and 100"),
    ],
)
def test_every_kind_of_wrong_value_is_refused(
    caller: FlaskClient, wrong: dict[str, Any], sentence: str
) -> None:
    assert refusal(caller.post("/api/queue/create", json=GOOD | wrong)) == (400, sentence)


def test_max_guests_is_required(caller: FlaskClient) -> None:
    answer = caller.post("/api/queue/create", json={"eventName": "Lucia"})
    assert refusal(answer) == (400, "maxGuests must be an integer")


@pytest.mark.parametrize("body", ["", "[]", '"text"', "null", "5", "{", "{'a': 1}"])
def test_a_body_that_is_not_an_object_is_refused(caller: FlaskClient, body: str) -> None:
    answer = caller.post("/api/queue/create", data=body, content_type="application/json")
    assert refusal(answer) == (400, "Invalid request body")
