"""An overloaded web process rejects requests at once, and recovers afterwards."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import requests
from werkzeug.test import Client
from werkzeug.wrappers import Response

from queueup.web.middleware.load_shedding import BUSY, LoadSheddingMiddleware
from queueup.web.middleware.senders import Senders
from queueup.web.middleware.shares import Shares
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


CODE, PARTY = "ABC234", "4c1f"


def held(most: int, senders: Senders | None = None) -> tuple[Client, threading.Event, list[int]]:
    """Return a client of an app that holds every request, how it is let go, and how many it has."""
    let_go, inside = threading.Event(), []

    def hold(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        inside.append(1)
        assert let_go.wait(HANGS_S)
        return Response("done")(environ, start)

    return Client(LoadSheddingMiddleware(hold, most, senders)), let_go, inside


def from_address(address: str) -> dict[str, dict[str, str]]:
    """Return the options of a request from there."""
    return {"environ_overrides": {"REMOTE_ADDR": address}}


def test_strangers_at_one_address_hold_a_part_of_the_places_and_no_more() -> None:
    senders = Senders()
    senders.remember(CODE, PARTY)
    visitor, let_go, inside = held(16, senders)
    own = f"/queue/{CODE}/place?partyId={PARTY}"
    with ThreadPoolExecutor(10) as pool:
        mean = [
            pool.submit(visitor.get, f"/queue/{CODE}", **from_address("198.51.100.7"))
            for _ in range(4)
        ]
        eventually(lambda: len(inside) == 4)
        refused = visitor.get(f"/queue/{CODE}", **from_address("198.51.100.7"))
        guest = pool.submit(visitor.get, own, **from_address("198.51.100.7"))
        other = pool.submit(visitor.get, f"/queue/{CODE}", **from_address("198.51.100.8"))
        eventually(lambda: len(inside) == 6)
        let_go.set()
        assert {one.result(HANGS_S).status_code for one in (*mean, guest, other)} == {200}
    assert refused.status_code == 503
    assert visitor.get(f"/queue/{CODE}", **from_address("198.51.100.7")).status_code == 200


def test_who_has_asked_for_most_is_rejected_first_and_whom_a_line_knows_last() -> None:
    now, senders = [1000.0], Senders(lambda: now[0])
    senders.remember(CODE, PARTY)
    shed = LoadSheddingMiddleware(Response("done"), 1000, senders, lambda: now[0])
    visitor = Client(shed)
    shed.begin_turn(0)

    def ask(address: str, known: bool = False, method: str = "GET") -> int:
        query = f"?partyId={PARTY}" if known else ""
        path = f"/queue/{CODE}/place{query}"
        return visitor.open(path, method=method, **from_address(address)).status_code

    assert {ask("198.51.100.7") for _ in range(60)} == {200}
    found = {}
    for late_s in (0.05, 0.1, 0.3, 0.6, 1.2):
        now[0] = 1000 + late_s
        found[late_s] = [
            ask("198.51.100.7"),
            ask("198.51.100.8"),
            ask("198.51.100.8", method="POST"),
            ask("198.51.100.8", known=True),
            ask("198.51.100.8", known=True, method="POST"),
        ]
    assert found == {
        0.05: [200, 200, 200, 200, 200],
        0.1: [503, 200, 200, 200, 200],
        0.3: [503, 503, 200, 200, 200],
        0.6: [503, 503, 503, 503, 200],
        1.2: [503, 503, 503, 503, 503],
    }
    # What an address has asked fades away.
    now[0] += 60
    shed.begin_turn(0)
    assert {ask("198.51.100.9") for _ in range(20)} == {200}
    now[0] += 0.2
    assert ask("198.51.100.7") == 200


def test_phones_of_one_wifi_share_what_an_address_may_ask_for() -> None:
    now = [1000.0]
    shares = Shares(lambda: now[0])
    for _ in range(1000):
        shares.count("198.51.100.7", True)
    assert shares.of("198.51.100.7", True) == 0.2
    assert shares.of("198.51.100.7", False) == shares.of("198.51.100.8", True) == 1.0


def test_the_more_are_rejected_the_later_they_come_again() -> None:
    shed = LoadSheddingMiddleware(Response("done"), most=10)
    shed.begin_turn(99)
    waits = [int(Client(shed).get("/").headers["Retry-After"]) for _ in range(200)]
    assert max(waits[:1]) <= 12
    assert 6 < max(waits[100:]) <= 30
    assert min(waits) >= 2


def test_a_house_on_fire_sends_everybody_away() -> None:
    shed = LoadSheddingMiddleware(Response("done"), most=10)
    shed.watch(lambda: 20)
    eventually(lambda: Client(shed).post("/host/ABC234/do/call").status_code == 503)
