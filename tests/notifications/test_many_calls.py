"""A call to many goes out in order, and whatever cuts it off, nobody is rung twice."""

from collections import Counter

import pytest
from redis import Redis
from rq.timeouts import JobTimeoutException

from queueup.domain.commands import host as host_commands
from queueup.notifications import delivery
from queueup.notifications.notification import Notification
from queueup.notifications.web_push import PushSender
from queueup.services import Services
from queueup.storage.job_queues import URGENT
from tests.support.push_service import PushService
from tests.support.running_service import eventually
from tests.support.scenario import Evening, Guest, let_waits_pass, queue, waits, work

PHONES = 20


@pytest.fixture
def guests(redis: Redis, evening: Evening, service: PushService) -> list[Guest]:
    """More parties than a line has requests under way, each with one phone."""
    line = [evening.guest(f"Party {number}") for number in range(PHONES)]
    for guest in line:
        guest.subscribe(service.device())
    work(redis)
    service.taken()
    return line


def call(parts: Services, evening: Evening, guests: list[Guest]) -> None:
    """Call several parties in one commit."""
    ids = tuple(guest.id for guest in guests)
    parts.waitlist.act(evening.code, lambda queue, now: host_commands.call_several(queue, ids, now))


def rings(service: PushService) -> Counter[str]:
    """Count how often each phone has rung."""
    return Counter(message.device.id for message in service.taken())


def test_a_call_to_many_is_worked_off_in_small_jobs_in_its_order(redis, parts, evening):
    guests = [evening.guest(f"Party {number}") for number in range(40)]
    guests.reverse()
    call(parts, evening, guests)
    line = queue(redis, URGENT)
    named = [line.fetch_job(job_id).args[1] for job_id in line.job_ids]
    assert [len(some) for some in named] == [25, 15]
    told = [Notification(*name) for some in named for name in some]
    assert told == [Notification(guest.id, "called", 1) for guest in guests]


def test_a_job_that_is_cut_off_does_not_ring_again_whom_it_has_rung(
    redis, parts, evening, service, guests, monkeypatch
):
    first = parts.subscriptions.of(evening.code, [guest.id for guest in guests[: PHONES // 2]])
    quick = {found.endpoint for devices in first.values() for found in devices.subscriptions}
    send = PushSender.send

    def slow(sender, subscription, message):
        if subscription.endpoint not in quick:
            raise JobTimeoutException("Task exceeded maximum timeout value (20 seconds)")
        return send(sender, subscription, message)

    call(parts, evening, guests)
    with monkeypatch.context() as slowness:
        slowness.setattr(PushSender, "send", slow)
        work(redis, URGENT)
    assert len(waits(redis, URGENT)) == 1
    let_waits_pass(redis, URGENT)
    work(redis, URGENT)
    assert list(rings(service).values()) == [1] * len(guests)
    assert waits(redis, URGENT) == []


def test_what_a_job_does_not_wait_for_rings_once_and_is_noted(
    redis, parts, evening, service, guests, monkeypatch
):
    monkeypatch.setattr(delivery, "SENDING_S", 0)
    call(parts, evening, guests)
    work(redis, URGENT)
    eventually(lambda: service.received.qsize() == len(guests))
    eventually(lambda: not parts.delivery._under_way)
    let_waits_pass(redis, URGENT)
    work(redis, URGENT)
    assert list(rings(service).values()) == [1] * len(guests)
    assert waits(redis, URGENT) == []
