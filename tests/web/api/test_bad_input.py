"""Invalid input gets the right status and a sentence, and leaves the queue unchanged."""

import json
from typing import Any

import pytest
from werkzeug.test import TestResponse

from queueup.body_limits import BODY_LIMIT
from tests.web.api.restaurant import Restaurant

READING = ["join", "declare-nearby", "leave", "advance", "kick"]
DEEP = "[" * 5_000 + "]" * 5_000
NOT_JSON = {
    "broken": b'{"name": ',
    "trailing": b'{"name": "Ana"} {}',
    "single quotes": b"{'name': 'Ana'}",
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "cut UTF-8": b'{"name": "\xc3',
    "overlong UTF-8": b'{"name": "\xc0\xaf"}',
    "lone surrogate": b'{"name": "\\ud83d"}',
    "lone surrogate in a key": b'{"\\udc00": 1}',
    "surrogate in UTF-8": b'{"name": "\xed\xa0\xbd"}',
    "NaN": b'{"size": NaN}',
    "infinity": b'{"size": Infinity}',
    "minus infinity": b'{"size": -Infinity}',
    "raw control character": b'{"name": "A\x00na"}',
    "deep": f'{{"name": {DEEP}}}'.encode(),
    "deep objects": ('{"a":' * 2_500 + "1" + "}" * 2_500).encode(),
    "endless number": b'{"size": ' + b"9" * 5_000 + b"}",
    "array": b"[]",
    "text": b'"Ana"',
    "null": b"null",
    "nothing": b" ",
}


@pytest.fixture
def busy(lucia: Restaurant) -> Restaurant:
    """A restaurant with somebody called and somebody waiting."""
    lucia.join("Ana", 2)
    lucia.join("Ben", 3)
    lucia.call_next()
    return lucia


def send(
    busy: Restaurant, action: str, body: bytes | str, content_type: str | None = "application/json"
) -> TestResponse:
    """Send a raw body to an action, with the host's token; it must not change the queue."""
    before = busy.state()
    headers = dict(busy.host)
    path = "/api/queue/create" if action == "create" else f"{busy.path}/{action}"
    answer = busy.caller.post(path, data=body, headers=headers, content_type=content_type)
    assert busy.state() == before
    return answer


def sentence(answer: TestResponse) -> str:
    """Return the sentence of a refusal, which must be readable."""
    assert set(answer.json) == {"error"}
    said: str = answer.json["error"]
    assert 10 <= len(said) <= 200
    assert "Traceback" not in said and "Error" not in said and "object at" not in said
    return said


@pytest.mark.parametrize("action", [*READING, "create"])
@pytest.mark.parametrize("kind", list(NOT_JSON))
def test_what_is_not_a_json_object_is_refused(busy: Restaurant, action: str, kind: str) -> None:
    answer = send(busy, action, NOT_JSON[kind])
    assert answer.status_code == 400
    expected = "Invalid request body" if action == "create" else "Invalid JSON body"
    assert sentence(answer) == expected


@pytest.mark.parametrize("action", [*READING, "create"])
@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/html",
        "application/xml",
        "image/png",
        "application/jsonp",
    ],
)
def test_another_content_type_is_refused(busy: Restaurant, action: str, content_type: str) -> None:
    answer = send(busy, action, b'{"eventName": "X", "maxGuests": 5}', content_type)
    assert answer.status_code == 415
    sentence(answer)


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/json",
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "text/plain;charset=UTF-8",
        "application/vnd.api+json",
    ],
)
def test_json_is_accepted_by_every_honest_name(lucia: Restaurant, content_type: str | None) -> None:
    answer = lucia.post("join", data=b'{"name": "Ana"}', content_type=content_type)
    assert answer.status_code == 200


@pytest.mark.parametrize("action", [*READING, "create"])
def test_a_huge_body_is_refused(busy: Restaurant, action: str) -> None:
    huge = json.dumps({"name": "x" * BODY_LIMIT})
    for body in (huge, huge * 100):
        answer = send(busy, action, body)
        assert answer.status_code == 413
        sentence(answer)


def test_the_limit_is_16_kb(lucia: Restaurant) -> None:
    assert BODY_LIMIT == 16 * 1024
    frame = len(json.dumps({"name": "Ana", "more": ""}))
    body = json.dumps({"name": "Ana", "more": "x" * (BODY_LIMIT - frame)})
    assert len(body) == BODY_LIMIT
    answer = lucia.post("join", data=body + " ", content_type="application/json")
    assert answer.status_code == 413
    assert lucia.post("join", data=body, content_type="application/json").status_code == 200


@pytest.mark.parametrize("name", ["x" * 10_000, "👩‍👩‍👧" * 2_000, "x" * 121])
def test_a_name_without_end_is_refused(busy: Restaurant, name: str) -> None:
    body = json.dumps({"name": name}, ensure_ascii=False).encode()
    answer = send(busy, "join", body)
    assert answer.status_code in (400, 413)
    sentence(answer)


def test_a_queues_name_without_end_is_refused(busy: Restaurant) -> None:
    answer = send(busy, "create", json.dumps({"eventName": "x" * 10_000, "maxGuests": 5}))
    assert answer.status_code == 400
    assert sentence(answer) == "eventName must be 120 characters or fewer"


NAMES = [
    "👩‍👩‍👧‍👦",
    "🏴󠁧󠁢󠁷󠁬󠁳󠁿 Rhys",
    "אברהם",
    "عائشة",
    "\u200fAna\u200e",
    "Zoë",
    "Zoe\u0308",
    "李小龍",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "Robert'); DROP TABLE parties;--",
    "%s %(name)s {0}",
    "../../etc/passwd",
    "x" * 120,
    "null",
    "ﷺ" * 40,
]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_comes_back_as_it_was_given(lucia: Restaurant, name: str) -> None:
    ana = lucia.join(name)
    assert lucia.state()["queue"][0]["name"] == name
    assert lucia.snapshot(ana).status_code == 200
    lucia.call_next()
    assert lucia.state()["nowServing"]["name"] == name


@pytest.mark.parametrize("name", NAMES)
def test_every_queues_name_comes_back_as_it_was_given(busy: Restaurant, name: str) -> None:
    other = Restaurant(busy.caller, eventName=name, location=name, contactInfo=name)
    assert other.opened["eventName"] == other.opened["location"] == name
    ana = other.join("Ana")
    assert other.snapshot(ana).json["eventName"] == name


@pytest.mark.parametrize("name", NAMES)
def test_markup_in_a_name_is_text_on_a_page(lucia: Restaurant, name: str) -> None:
    lucia.join(name)
    answer = lucia.snapshot(as_host=True, HX_Request="true")
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("letter", ["\x00", "\x07", "\n", "\r", "\t", "\x7f", "\x85", "\x1b[31m"])
def test_control_characters_do_not_enter_a_name(lucia: Restaurant, letter: str) -> None:
    lucia.join(f"{letter}Ana{letter}Maria{letter}")
    name = lucia.state()["queue"][0]["name"]
    assert name.isprintable()
    assert name.startswith(("Ana", "[31mAna"))


def test_unknown_fields_are_ignored(lucia: Restaurant) -> None:
    body: dict[str, Any] = {
        "name": "Ana",
        "status": "called",
        "partyId": "mine",
        "position": -1,
        "__proto__": {"admin": True},
        "more": [{"deep": [1, 2, {"x": None}]}],
    }
    answer = lucia.post("join", json=body)
    assert answer.status_code == 200
    assert answer.json["partyId"] != "mine"
    (party,) = lucia.state()["queue"]
    assert (party["status"], party["size"]) == ("waiting", 1)
    other = Restaurant(lucia.caller, code="AAAAAA", sessionId="mine", hostAuthToken="mine")
    assert other.code != "AAAAAA" and other.opened["hostAuthToken"] != "mine"


@pytest.mark.parametrize("size", [2**31, 2**63, 10**1_000, 1e300, 1e15])
def test_a_party_of_the_whole_world_does_not_fit(busy: Restaurant, size: float) -> None:
    answer = send(busy, "join", json.dumps({"size": size}))
    assert answer.status_code == 409
    assert sentence(answer) == "Queue is full"


def test_a_number_that_overflows_is_no_size(busy: Restaurant) -> None:
    answer = send(busy, "join", b'{"size": 1e400}')
    assert answer.status_code == 400
    assert sentence(answer) == "size must be a positive integer"


@pytest.mark.parametrize("size", [b"2.0", b"2e0", b"20e-1"])
def test_a_whole_number_may_be_written_as_a_fraction(lucia: Restaurant, size: bytes) -> None:
    answer = lucia.post("join", data=b'{"size": %s}' % size, content_type="application/json")
    assert answer.status_code == 200
    assert lucia.state()["queue"][0]["size"] == 2


@pytest.mark.parametrize("party_id", ["x" * 10_000, "\x00", "é", "../..", "*", "%00", "{ABC}"])
def test_a_party_id_that_cannot_be_one_is_not_found(busy: Restaurant, party_id: str) -> None:
    for action in ("leave", "declare-nearby", "kick"):
        answer = send(busy, action, json.dumps({"partyId": party_id}))
        assert (answer.status_code, sentence(answer)) == (404, "Party not found")
    assert busy.snapshot(party_id).status_code == 404


@pytest.mark.parametrize("key", ["é" * 100, "\x7f", "'; --", "*" * 200])
def test_an_idempotency_key_may_be_anything_short(lucia: Restaurant, key: str) -> None:
    headers = {"Idempotency-Key": key.encode().decode("latin-1")[:200]}
    first = lucia.post("join", json={}, headers=headers)
    assert first.status_code == 200
    assert lucia.post("join", json={}, headers=headers).json == first.json
