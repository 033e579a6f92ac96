"""Many test rings at once wait for their results without taking Redis from everybody else."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import push_service
import pytest
from evening import Evening, work
from flask import Flask
from push_service import PushService
from redis import Redis
from service import eventually

from queueup.parts import Parts
from queueup.pushes import WAITING, RingResult


@pytest.fixture
def service() -> Iterator[PushService]:
    """A push service."""
    with push_service.running() as service:
        yield service


@pytest.fixture
def env(env: dict[str, str], service: PushService) -> dict[str, str]:
    """Settings that let it be used."""
    return env | {"PUSH_EXTRA_ORIGINS": service.origin}


@pytest.fixture
def redis(app: Flask, parts: Parts) -> Iterator[Redis]:
    """An empty Redis, inside the app that a worker would have pushed."""
    parts.redis.flushdb()
    with app.app_context():
        yield parts.redis


def waiting(redis: Redis) -> int:
    """Count the connections that wait for something to be written."""
    return sum(client["cmd"] == "blpop" for client in redis.client_list())


def test_when_many_wait_already_a_ring_is_said_to_be_on_its_way(
    redis: Redis, service: PushService, parts: Parts, app: Flask
) -> None:
    evening = Evening(app.test_client())
    anna = evening.guest("Anna")
    anna.subscribe(service.device())
    parts.pushes.answer_wait_s = 600

    def ring() -> RingResult:
        return parts.pushes.test(evening.session_id, anna.id, None, None, "/")

    with ThreadPoolExecutor(WAITING) as pool:
        rung = [pool.submit(ring) for _ in range(WAITING)]
        eventually(lambda: waiting(redis) == WAITING)
        assert anna.say("/api/push/test").text == "sent"
        assert not any(one.done() for one in rung)
        work(redis)
        assert {one.result() for one in rung} == {RingResult.SENT}
    # The one that was not waited for rang as well, beside the confirmation of the place.
    assert len(service.taken()) == WAITING + 2
