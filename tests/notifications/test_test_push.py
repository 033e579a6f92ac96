"""Test rings: what they say can be sent, and many at once take Redis from nobody."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from redis import Redis

from queueup.notifications.service import MAX_WAITING, PushTestResult
from queueup.services import Services
from queueup.storage import codec
from tests.support.push_service import PushService
from tests.support.running_service import eventually
from tests.support.scenario import Evening, work


@pytest.mark.parametrize("letter", ["𝕏", "\x01", '"', "a"])
def test_the_longest_words_and_any_address_can_be_sent(
    redis: Redis, service: PushService, parts: Services, app: Flask, letter: str
) -> None:
    evening = Evening(app.test_client())
    anna = evening.guest("Anna")
    anna.subscribe(service.device())
    work(redis)
    service.taken()
    parts.push_service.result_wait_s = 0
    said = {"title": 60 * letter, "body": 120 * letter, "url": f"/{280 * letter}"}
    assert anna.say("/api/push/test", **said).text == "sent"
    work(redis)
    (rung,) = service.taken()
    own = f"http://localhost/queue/{evening.code}/place?partyId={anna.id}"
    opened = f"http://localhost/{280 * letter}" if letter == "a" else own
    assert rung.payload["url"] == opened


def test_a_test_opens_what_the_device_knows_and_not_what_the_request_says(
    redis: Redis, service: PushService, parts: Services, app: Flask
) -> None:
    evening = Evening(app.test_client())
    anna = evening.guest("Anna")
    anna.subscribe(service.device())
    work(redis)
    service.taken()
    parts.push_service.result_wait_s = 0
    body = {"sessionId": evening.session_id, "partyId": anna.id}
    for more in ({}, {"url": "https://other.example/x"}, {"url": "http://other.example/x"}):
        app.test_client().post(
            "/api/push/test", json=body | more, headers={"Host": "other.example"}
        )
        work(redis)
        (rung,) = service.taken()
        assert rung.payload["url"].startswith("http://localhost/")


def test_a_test_opens_where_the_operator_says_that_the_service_is(
    redis: Redis,
    service: PushService,
    parts: Services,
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    evening = Evening(app.test_client())
    anna = evening.guest("Anna")
    anna.subscribe(service.device())
    work(redis)
    service.taken()
    parts.push_service.result_wait_s = 0
    monkeypatch.setattr(parts.delivery, "_base_url", "https://queue.example.org")
    # The page's own address is ours, too; only its path is taken.
    for url, path in (("http://localhost/board/ABC234", "/board/ABC234"), ("/help", "/help")):
        anna.say("/api/push/test", url=url)
        work(redis)
        (rung,) = service.taken()
        assert rung.payload["url"] == f"https://queue.example.org{path}"


def test_a_whole_address_that_an_older_release_has_kept_is_not_opened(
    redis: Redis, parts: Services
) -> None:
    kept = {"party_id": "anna", "title": "Hi", "body": "", "url": "https://other.example/x"}
    redis.set("queueup:{ABC234}:test:1", codec.dumps(kept))
    found = parts.push_service.open_test("ABC234", "1")
    assert found is not None
    assert found.path == "/"


def waiting(redis: Redis) -> int:
    """Count the connections that wait for something to be written."""
    return sum(client["cmd"] == "blpop" for client in redis.client_list())


def test_when_many_wait_already_a_ring_is_said_to_be_on_its_way(
    redis: Redis, service: PushService, parts: Services, app: Flask
) -> None:
    evening = Evening(app.test_client())
    anna = evening.guest("Anna")
    anna.subscribe(service.device())
    parts.push_service.result_wait_s = 600

    def ring() -> PushTestResult:
        return parts.push_service.test(evening.session_id, anna.id, None, None, "/")

    with ThreadPoolExecutor(MAX_WAITING) as pool:
        rung = [pool.submit(ring) for _ in range(MAX_WAITING)]
        eventually(lambda: waiting(redis) == MAX_WAITING)
        assert anna.say("/api/push/test").text == "sent"
        assert not any(one.done() for one in rung)
        work(redis)
        assert {one.result() for one in rung} == {PushTestResult.SENT}
    # The one that was not waited for rang as well, beside the confirmation of the place.
    assert len(service.taken()) == MAX_WAITING + 2
