"""Cross-origin requests to the API (Fetch standard, CORS)."""

import pytest
from flask.testing import FlaskClient

from tests.web.api.restaurant import Restaurant, refusal

LISTED = "https://board.example"
OWN = "http://localhost"
STRANGERS = [
    "https://evil.example",
    "http://board.example",
    "https://board.example:8443",
    "https://board.example.evil.example",
    "https://localhost",
    "http://localhost:81",
    "null",
    "",
]


@pytest.fixture
def env(env: dict[str, str]) -> dict[str, str]:
    """A service with two sites in ALLOWED_ORIGINS."""
    return env | {"ALLOWED_ORIGINS": f"{LISTED}, https://second.example/"}


def allowed(answer: object) -> tuple[str | None, str | None]:
    headers = answer.headers  # type: ignore[attr-defined]
    return (
        headers.get("Access-Control-Allow-Origin"),
        headers.get("Access-Control-Allow-Credentials"),
    )


@pytest.mark.parametrize("origin", [OWN, LISTED, "https://second.example"])
def test_an_allowed_origin_is_named_in_every_answer(lucia: Restaurant, origin: str) -> None:
    ana = lucia.join("Ana")
    fresh = lucia.snapshot(ana, Origin=origin)
    unchanged = lucia.snapshot(ana, Origin=origin, If_None_Match=fresh.headers["ETag"])
    assert unchanged.status_code == 304
    answers = [
        fresh,
        unchanged,
        lucia.snapshot("nobody", Origin=origin),
        lucia.post("join", headers={"Origin": origin}, data="{"),
        lucia.post("advance", headers={"Origin": origin}),
        lucia.post("dance", headers={"Origin": origin}),
        lucia.caller.get("/api/queue/ZZZZ99/snapshot", headers={"Origin": origin}),
        lucia.caller.get("/api/push/vapid", headers={"Origin": origin}),
    ]
    for answer in answers:
        assert allowed(answer) == (origin, "true")
        assert "Origin" in answer.headers["Vary"]


def test_readers_of_snapshots_may_read_the_tag_and_creators_the_cookie(
    lucia: Restaurant, caller: FlaskClient
) -> None:
    fresh = lucia.snapshot(Origin=LISTED)
    unchanged = lucia.snapshot(Origin=LISTED, If_None_Match=fresh.headers["ETag"])
    for answer in (fresh, unchanged):
        assert answer.headers["Access-Control-Expose-Headers"] == "etag"
    body = {"eventName": "Lucia", "maxGuests": 5}
    created = caller.post("/api/queue/create", json=body, headers={"Origin": LISTED})
    assert created.status_code == 200
    assert created.headers["Access-Control-Expose-Headers"] == "set-cookie"


@pytest.mark.parametrize("origin", STRANGERS)
def test_a_stranger_is_refused_and_changes_nothing(lucia: Restaurant, origin: str) -> None:
    tag = lucia.snapshot().headers["ETag"]
    answers = [
        lucia.snapshot(Origin=origin),
        lucia.snapshot(Origin=origin, If_None_Match=tag),
        lucia.post("join", headers={"Origin": origin}, json={"name": "Ana"}),
        lucia.post("close", as_host=True, headers={"Origin": origin}),
        lucia.caller.get("/api/queue/ZZZZ99/snapshot", headers={"Origin": origin}),
    ]
    for answer in answers:
        assert refusal(answer) == (403, "Origin not allowed")
        assert allowed(answer) == (None, None)
        assert "Origin" in answer.headers["Vary"]
    state = lucia.state()
    assert (state["queue"], state["closed"]) == ([], False)


def test_a_request_without_an_origin_is_nobodys_business(lucia: Restaurant) -> None:
    answer = lucia.snapshot()
    assert answer.status_code == 200
    assert allowed(answer) == (None, None)
    assert "Origin" in answer.headers["Vary"]


def test_a_form_from_another_site_is_refused_without_an_origin(lucia: Restaurant) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = lucia.post("join", headers=headers, json={"name": "Ana"})
    assert refusal(answer) == (403, "Origin not allowed")
    assert lucia.state()["queue"] == []


@pytest.mark.parametrize("path", ["create", "ABC234/join", "ABC234/snapshot", "ABC234/dance"])
def test_a_preflight_says_what_is_allowed(caller: FlaskClient, path: str) -> None:
    answer = caller.options(
        f"/api/queue/{path}",
        headers={
            "Origin": LISTED,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        },
    )
    assert (answer.status_code, answer.data) == (204, b"")
    assert allowed(answer) == (LISTED, "true")
    assert answer.headers["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
    allowed_headers = answer.headers["Access-Control-Allow-Headers"]
    assert {
        "content-type",
        "cf-connecting-ip",
        "authorization",
        "x-host-auth",
        "if-none-match",
    } <= set(allowed_headers.split(", "))
    assert answer.headers["Access-Control-Max-Age"] == "600"


@pytest.mark.parametrize("origin", STRANGERS)
def test_a_strangers_preflight_is_refused(caller: FlaskClient, origin: str) -> None:
    answer = caller.options("/api/queue/create", headers={"Origin": origin})
    assert refusal(answer) == (403, "Origin not allowed")
    assert "Access-Control-Allow-Methods" not in answer.headers
