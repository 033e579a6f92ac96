"""Polls are answered from memory only if the request is the same and nothing has changed."""

import time

import pytest
from flask import Flask
from flask.testing import FlaskClient

from queueup import create_app
from queueup.config import Settings, read_settings
from queueup.services import EXTENSION, Services
from queueup.storage.snapshot_cache import TRUST_S
from queueup.web.polling import response_cache
from queueup.web.polling.content import Reader
from queueup.web.polling.response_cache import QUESTIONS, ResponseCache
from tests.web.api.restaurant import Restaurant

LISTED = "https://board.example"


@pytest.fixture
def env(env: dict[str, str]) -> dict[str, str]:
    """A service with another site in ALLOWED_ORIGINS."""
    return env | {"ALLOWED_ORIGINS": LISTED}


@pytest.fixture
def app(settings: Settings) -> Flask:
    """An app for each test: the tests change the state of its change feed."""
    return create_app(settings)


@pytest.fixture
def reached(app: Flask) -> list[str]:
    """The requests that reached Flask, while the change feed seems connected."""
    requests: list[str] = []

    @app.before_request
    def note() -> None:
        requests.append("reached")

    found: Services = app.extensions[EXTENSION]
    found.snapshots.on_connect()
    return requests


@pytest.fixture
def rival(settings: Settings, app: Flask) -> FlaskClient:
    """Another process of the same service, whose commits do not reach the first one."""
    return create_app(read_settings(_same(settings))).test_client(use_cookies=False)


def _same(settings: Settings) -> dict[str, str]:
    return {
        "REDIS_URL": settings.redis_url,
        "QUEUEUP_DATA": str(settings.data),
        "RATE_LIMITS": "0",
        "ALLOWED_ORIGINS": LISTED,
    }


def test_the_same_question_is_answered_without_the_framework(
    reached: list[str], lucia: Restaurant
) -> None:
    ana = lucia.join("Ana")
    first = lucia.snapshot(ana)
    tag = first.headers["ETag"]
    reached.clear()
    answer = lucia.snapshot(ana, If_None_Match=tag)
    assert (answer.status_code, answer.data, reached) == (304, b"", [])
    for name in ("ETag", "Cache-Control", "Vary"):
        assert answer.headers[name] == first.headers[name]


def test_a_change_that_a_guest_does_not_see_keeps_the_page_answered_without_the_framework(
    reached: list[str], lucia: Restaurant
) -> None:
    ana, bo, _ = (lucia.join(name) for name in ("Ana", "Bo", "Cleo"))
    page = {"HX_Request": "true", "Accept_Language": "en"}
    tag = lucia.snapshot(bo, **page).headers["ETag"]
    old_tag = lucia.snapshot(bo).headers["ETag"]
    for number in range(3):
        lucia.join(f"Behind {number}")
        reached.clear()
        assert lucia.snapshot(bo, If_None_Match=tag, **page).status_code == 304
        assert reached == []
    # Legacy clients are sent the length of the line.
    assert lucia.snapshot(bo, If_None_Match=old_tag).status_code == 200
    assert lucia.post("leave", json={"partyId": ana}).status_code == 200
    answer = lucia.snapshot(bo, If_None_Match=tag, **page)
    assert answer.status_code == 200
    assert "1st" in answer.text
    assert lucia.post("leave", json={"partyId": bo}).status_code == 200
    assert lucia.snapshot(bo, If_None_Match=tag, **page).status_code == 200


def test_invented_questions_take_no_memory_and_nobodys_place(
    reached: list[str], app: Flask
) -> None:
    lucia = Restaurant(app.test_client(use_cookies=False))
    ana = lucia.join("Ana")
    page = {"HX_Request": "true"}
    tag = lucia.snapshot(ana, **page).headers["ETag"]
    cache: ResponseCache = app.extensions[response_cache.EXTENSION]
    before = cache.size
    for number in range(200):
        assert lucia.caller.get(f"{lucia.path}/snapshot?a={number}{'x' * 2_000}").status_code == 200
        lucia.snapshot(Cookie=f"a={number}{'x' * 2_000}")
    line = cache._lines[lucia.code]
    assert len(line.questions[Reader("public")]) == QUESTIONS
    assert cache.size - before < QUESTIONS * 5_000
    reached.clear()
    assert lucia.snapshot(ana, If_None_Match=tag, **page).status_code == 304
    assert reached == []


def test_a_304_of_the_framework_is_remembered_like_a_200(
    reached: list[str], lucia: Restaurant, rival: FlaskClient
) -> None:
    tag = rival.get(f"{lucia.path}/snapshot").headers["ETag"]
    reached.clear()
    for _ in range(3):
        assert lucia.snapshot(If_None_Match=tag).status_code == 304
    assert reached == ["reached"]


def test_a_question_without_a_tag_or_with_another_reaches_the_framework(
    reached: list[str], lucia: Restaurant
) -> None:
    tag = lucia.snapshot().headers["ETag"]
    reached.clear()
    assert lucia.snapshot().status_code == 200
    for other in ('"other"', f'"{tag[1:-1]}x"', f'"x{tag[1:-1]}"', f'"{tag[1:-1]}-else"', "gzip"):
        assert lucia.snapshot(If_None_Match=other).status_code == 200, other
    assert len(reached) == 6


# What Apache, Jetty, Caddy, nginx, Varnish, Cloudflare and others make of a tag.
THROUGH_PROXIES = (
    'W/"{}"',
    '"{}-gzip"',
    '"{}--gzip"',
    '"{};br"',
    '"{}-br"',
    'W/"{}-gzip"',
    '"{}:zstd"',
    '"{}-gzip-gzip"',
    '"other", "{}"',
    '"other-gzip",W/"{};gzip" , "another"',
    "*",
)


@pytest.mark.parametrize("sent", THROUGH_PROXIES)
def test_a_tag_that_a_proxy_has_changed_is_answered_without_the_framework(
    reached: list[str], lucia: Restaurant, sent: str
) -> None:
    ana = lucia.join("Ana")
    tag = lucia.snapshot(ana).headers["ETag"]
    reached.clear()
    answer = lucia.snapshot(ana, If_None_Match=sent.format(tag[1:-1]))
    assert (answer.status_code, answer.data, reached) == (304, b"", [])
    assert answer.headers["ETag"] == tag


@pytest.mark.parametrize("sent", THROUGH_PROXIES)
@pytest.mark.parametrize(
    "path", ["snapshot", "/static/css/base.css", "/static/icons/icon-192.png", "/sw.js"]
)
def test_a_tag_that_a_proxy_has_changed_is_known_wherever_there_are_tags(
    lucia: Restaurant, client: FlaskClient, path: str, sent: str
) -> None:
    url = f"{lucia.path}/snapshot" if path == "snapshot" else path
    # This app has not answered a poll yet, so its view does.
    tag = lucia.caller.get(url, buffered=True).headers["ETag"]
    answer = client.get(url, headers={"If-None-Match": sent.format(tag[1:-1])})
    assert (answer.status_code, answer.data) == (304, b"")
    other = client.get(url, headers={"If-None-Match": '"0-0"'}, buffered=True)
    assert other.status_code == 200


def test_another_cookie_gets_its_own_answer(reached: list[str], lucia: Restaurant) -> None:
    lucia.join("Ana")
    cookie = f"queue_host_auth={lucia.opened['hostAuthToken']}"
    tag = lucia.snapshot(Cookie=cookie).headers["ETag"]
    assert lucia.snapshot(Cookie=cookie, If_None_Match=tag).status_code == 304
    for other in ("queue_host_auth=wrong", "lang=en"):
        answer = lucia.snapshot(Cookie=other, If_None_Match=tag)
        assert answer.status_code == 200
        assert "Ana" not in answer.text
    assert lucia.snapshot(If_None_Match=tag).status_code == 200


def test_another_token_in_the_header_gets_its_own_answer(
    reached: list[str], lucia: Restaurant
) -> None:
    tag = lucia.snapshot(as_host=True).headers["ETag"]
    assert lucia.snapshot(as_host=True, If_None_Match=tag).status_code == 304
    assert lucia.snapshot(x_host_auth="wrong", If_None_Match=tag).status_code == 403
    assert lucia.snapshot(If_None_Match=tag).status_code == 200


def test_another_origin_gets_its_own_answer(reached: list[str], lucia: Restaurant) -> None:
    tag = lucia.snapshot(Origin=LISTED).headers["ETag"]
    for origin in (LISTED, "http://localhost", LISTED):
        answer = lucia.snapshot(Origin=origin, If_None_Match=tag)
        assert answer.status_code == 304
        assert answer.headers["Access-Control-Allow-Origin"] == origin
    answer = lucia.snapshot(If_None_Match=tag)
    assert answer.status_code == 304
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert lucia.snapshot(Origin="https://evil.example", If_None_Match=tag).status_code == 403


def test_another_host_name_gets_its_own_answer(reached: list[str], lucia: Restaurant) -> None:
    origin = "http://localhost"
    tag = lucia.snapshot(Origin=origin).headers["ETag"]
    assert lucia.snapshot(Origin=origin, If_None_Match=tag).status_code == 304
    answer = lucia.snapshot(Origin=origin, Host="queue.example", If_None_Match=tag)
    assert answer.status_code == 403


def test_htmx_gets_its_own_answer(reached: list[str], lucia: Restaurant) -> None:
    ana = lucia.join("Ana")
    tag = lucia.snapshot(ana).headers["ETag"]
    assert lucia.snapshot(ana, If_None_Match=tag).status_code == 304
    fragment = lucia.snapshot(ana, HX_Request="true", If_None_Match=tag)
    assert fragment.status_code == 200
    assert fragment.mimetype == "text/html"
    own = fragment.headers["ETag"]
    assert own != tag
    assert lucia.snapshot(ana, HX_Request="true", If_None_Match=own).status_code == 304
    assert lucia.snapshot(ana, If_None_Match=own).json["type"] == "position"


def test_another_query_gets_its_own_answer(reached: list[str], lucia: Restaurant) -> None:
    ana, ben = lucia.join("Ana"), lucia.join("Ben")
    tag = lucia.snapshot(ana).headers["ETag"]
    assert lucia.snapshot(ana, If_None_Match=tag).status_code == 304
    assert lucia.snapshot(ben, If_None_Match=tag).json["position"] == 2
    assert lucia.snapshot("nobody", If_None_Match=tag).status_code == 404
    assert lucia.snapshot(If_None_Match=tag).status_code == 200


def test_another_queue_gets_its_own_answer(
    reached: list[str], lucia: Restaurant, caller: FlaskClient
) -> None:
    other = Restaurant(caller, eventName="Other", maxGuests=9)
    tag = lucia.snapshot().headers["ETag"]
    assert lucia.snapshot(If_None_Match=tag).status_code == 304
    assert other.snapshot(If_None_Match=tag).json["maxGuests"] == 9


def test_any_spelling_of_the_code_is_the_same_question(
    reached: list[str], lucia: Restaurant
) -> None:
    tag = lucia.snapshot().headers["ETag"]
    reached.clear()
    path = f"/api/queue/{lucia.code.lower()}/snapshot"
    answer = lucia.caller.get(path, headers={"If-None-Match": tag})
    assert (answer.status_code, reached) == (304, [])


def test_a_process_shows_its_own_commit_before_it_hears_of_it(
    reached: list[str], lucia: Restaurant
) -> None:
    tag = lucia.snapshot().headers["ETag"]
    assert lucia.snapshot(If_None_Match=tag).status_code == 304
    lucia.join("Ana")
    assert len(lucia.snapshot(If_None_Match=tag).json["queue"]) == 1


def test_who_joined_by_another_process_is_found_before_the_commit_is_heard(
    reached: list[str], lucia: Restaurant, rival: FlaskClient
) -> None:
    assert lucia.snapshot().status_code == 200
    ana = rival.post(f"{lucia.path}/join", json={"name": "Ana"}).json["partyId"]
    assert lucia.snapshot(ana).json["position"] == 1


def test_a_commit_that_was_not_heard_is_seen_within_a_second(
    reached: list[str], lucia: Restaurant, rival: FlaskClient
) -> None:
    tag = lucia.snapshot().headers["ETag"]
    assert lucia.snapshot(If_None_Match=tag).status_code == 304
    rival.post(f"{lucia.path}/join", json={"name": "Ana"})
    time.sleep(TRUST_S + 0.01)
    assert len(lucia.snapshot(If_None_Match=tag).json["queue"]) == 1


def test_while_commits_are_not_heard_a_change_is_seen_at_once(
    reached: list[str], lucia: Restaurant, rival: FlaskClient, app: Flask
) -> None:
    app.extensions[EXTENSION].snapshots.on_disconnect()
    tag = lucia.snapshot().headers["ETag"]
    assert lucia.snapshot(If_None_Match=tag).status_code == 304
    rival.post(f"{lucia.path}/join", json={"name": "Ana"})
    assert len(lucia.snapshot(If_None_Match=tag).json["queue"]) == 1
