"""An overloaded web process rejects requests at once, and recovers afterwards."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from werkzeug.test import Client
from werkzeug.wrappers import Response

from queueup.web.middleware.load_shedding import BUSY, LoadSheddingMiddleware
from tests.support.legacy_clients import HANGS_S, Open, Start, Web, address
from tests.support.redis_server import OwnRedis
from tests.support.running_service import eventually

CLIENTS = 24
EACH = 10
Ask = Callable[[], requests.Response]


def flood(ask: Ask) -> list[requests.Response]:
    """Send requests from many clients at once, repeatedly."""

    def one(_: int) -> list[requests.Response]:
        return [ask() for _ in range(EACH)]

    with ThreadPoolExecutor(CLIENTS) as clients:
        return [answer for answers in clients.map(one, range(CLIENTS)) for answer in answers]


def create(web: Web) -> requests.Response:
    body = {"eventName": "Rush", "maxGuests": 100}
    return requests.post(f"{web.url}/api/queue/create", json=body, timeout=HANGS_S)


def is_shed(answer: requests.Response) -> bool:
    return answer.status_code == 503 and BUSY in answer.text


def poll_of_a_guest(web: Web) -> tuple[str, dict[str, str]]:
    """Open a queue, let a guest in, and return the poll that will be unchanged."""
    queue = f"{web.url}/api/queue/{create(web).json()['code']}"
    joined = requests.post(f"{queue}/join", json={"name": "Ana"}, timeout=HANGS_S).json()
    url = f"{queue}/snapshot?partyId={joined['partyId']}"
    return url, {"If-None-Match": requests.get(url, timeout=HANGS_S).headers["ETag"]}


@pytest.fixture
def web(start_web: Start, redis_url: str) -> Web:
    """A process with a limit of two requests in flight: a single client is never rejected."""
    return start_web(redis_url, REQUESTS_AT_ONCE="2")


def test_a_flood_gets_503_with_retry_after_and_then_everything_works(web: Web) -> None:
    answers = flood(lambda: create(web))
    assert Counter(answer.status_code for answer in answers).keys() == {200, 503}
    refused = [answer for answer in answers if answer.status_code == 503]
    assert all(answer.json() == {"error": BUSY} for answer in refused)
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
    # Reads are accepted again after changes.
    eventually(lambda: requests.get(f"{web.url}/new", timeout=HANGS_S).ok)
    for _ in range(EACH):
        url, tag = poll_of_a_guest(web)
        assert requests.get(url, headers=tag, timeout=HANGS_S).status_code == 304


def test_a_page_that_was_refused_says_so_in_words_and_comes_again_by_itself(web: Web) -> None:
    answers = flood(lambda: requests.get(f"{web.url}/new", timeout=HANGS_S))
    refused = [answer for answer in answers if is_shed(answer)]
    assert refused
    for answer in refused:
        assert answer.text == BUSY
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.headers["Refresh"] == answer.headers["Retry-After"]


def test_unchanged_polls_are_answered_while_changes_are_refused(web: Web) -> None:
    url, tag = poll_of_a_guest(web)
    # The first poll after a change is answered by a page; what follows comes from memory.
    eventually(lambda: requests.get(url, headers=tag, timeout=HANGS_S).status_code == 304)
    with ThreadPoolExecutor(1) as crowd:
        crowded = crowd.submit(flood, lambda: create(web))
        polls = [requests.get(url, headers=tag, timeout=HANGS_S) for _ in range(CLIENTS)]
    assert any(map(is_shed, crowded.result()))
    assert {poll.status_code for poll in polls} == {304}


def test_files_and_health_are_answered_while_redis_holds_up_all_else(
    start_web: Start, own_redis: OwnRedis
) -> None:
    web = start_web(own_redis.url, REQUESTS_AT_ONCE="2")
    own_redis.fall_silent()
    with ThreadPoolExecutor(CLIENTS) as clients:
        changes = [clients.submit(create, web) for _ in range(CLIENTS)]
        cheap = [
            requests.get(web.url + path, timeout=HANGS_S)
            for path in ("/static/css/base.css", "/healthz")
        ]
        answers = [change.result() for change in changes]
    own_redis.speak()
    assert [answer.status_code for answer in cheap] == [200, 200]
    assert {answer.status_code for answer in answers} == {503}
    assert any(map(is_shed, answers))
    eventually(lambda: create(web).ok)


def test_a_socket_that_is_held_takes_no_requests_place(web: Web, open_screen: Open) -> None:
    url, _ = poll_of_a_guest(web)
    code, party_id = url.split("/")[-2], url.rpartition("=")[2]
    screens = [open_screen(address(web, code, partyId=party_id)) for _ in range(3)]
    for screen in screens:
        assert screen.receive()["type"] == "position"
    assert create(web).status_code == 200


def test_a_host_s_tap_is_let_in_while_those_who_only_look_are_sent_away() -> None:
    shed = LoadSheddingMiddleware(Response("done"), most=10)
    visitor = Client(shed)
    assert visitor.get("/host/ABC234").status_code == 200
    shed.watch(lambda: 15)
    eventually(lambda: visitor.get("/host/ABC234").status_code == 503)
    assert visitor.post("/host/ABC234/do/call").status_code == 200


def test_a_house_on_fire_sends_everybody_away() -> None:
    shed = LoadSheddingMiddleware(Response("done"), most=10)
    shed.watch(lambda: 20)
    eventually(lambda: Client(shed).post("/host/ABC234/do/call").status_code == 503)
