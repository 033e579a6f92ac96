"""From the host's tap to the words on the phone, with every process as an operator runs it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.support import push_service
from tests.support.push_service import Answer, PushService
from tests.support.running_service import Service, eventually
from tests.support.scenario import Evening, Remote


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    with push_service.running() as service:
        yield service


@pytest.fixture(scope="module")
def other() -> Iterator[PushService]:
    with push_service.running() as service:
        yield service


@pytest.fixture(scope="module")
def program(tmp_path_factory, service: PushService, other: PushService) -> Iterator[Service]:
    program = Service(
        tmp_path_factory.mktemp("data"),
        PUSH_EXTRA_ORIGINS=f"{service.origin},{other.origin}",
        WEB_PROCESSES="1",
    ).start()
    yield program
    program.stop()


@pytest.fixture
def evening(program: Service, service: PushService) -> Evening:
    service.taken()
    return Evening(Remote(program.url))


@contextmanager
def asleep(program: Service, part: str) -> Iterator[None]:
    """Let a part do nothing for a while, as if its machine were too busy."""
    pid = program.pid(part)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def confirmed(evening: Evening, service: PushService, name: str, device=None):
    """Let a party join with a phone that has rung for the confirmation."""
    device = device or service.device()
    guest = evening.guest(name)
    assert guest.subscribe(device).text == "ok"
    assert service.next().payload["kind"] == "join_confirm"
    return guest, device


def test_the_hosts_tap_rings_the_guests_phone(program, evening, service):
    anna, phone = confirmed(evening, service, "Anna")
    evening.call()
    message = service.next()
    assert message.device is phone
    assert message.payload["kind"] == "called"
    assert message.payload["title"] == "Your table is ready!"
    assert "Trattoria Lucia" in message.payload["body"]
    url = f"{program.url}/queue/{evening.code}/place?partyId={anna.id}"
    assert message.payload["url"] == message.payload["notification"]["navigate"] == url
    assert service.refused == []


def test_a_call_overtakes_the_nudges_that_wait(program, evening, service):
    line = [confirmed(evening, service, f"Party {number}") for number in range(3)]
    with asleep(program, "later"):
        line[1][0].leave()
        evening.call(line[0][0])
        assert service.next().payload["kind"] == "called"
    nudge = service.next()
    assert (nudge.device, nudge.payload["kind"]) == (line[2][1], "pos_2")


def test_a_guest_hears_of_all_that_the_host_does_about_the_call(program, evening, service):
    anna, phone = confirmed(evening, service, "Anna")

    def act(name: str, **fields: object) -> None:
        evening.ask(f"/api/queue/{evening.code}/{name}", **fields)

    def heard() -> tuple[str, str]:
        message = service.next()
        assert message.device is phone
        return message.payload["kind"], message.payload["body"]

    act("call", partyId=anna.id)
    assert heard()[0] == "called"
    act("message", partyId=anna.id, text="By the window or inside?")
    assert heard() == ("message", "By the window or inside?")
    seen = requests.get(
        f"{program.url}/api/queue/{evening.code}/snapshot", headers=evening.host, timeout=60
    )
    act("undo", act=seen.json()["undo"]["act"])
    assert heard()[0] == "call_undone"
    act("call", partyId=anna.id)
    assert heard()[0] == "called"
    act("no-show", partyId=anna.id)
    assert heard()[0] == "no_show"
    act("ask-back", partyId=anna.id)
    act("put-back", partyId=anna.id)
    assert heard() == ("place_back", "You have your spot back: you're 1st.")
    assert service.refused == []


def test_a_guest_hears_how_a_test_ring_went(evening, service):
    anna, phone = confirmed(evening, service, "Anna")
    said = anna.say("/api/push/test", title="Hello", body="Anna", url="https://evil.example/")
    assert (said.status_code, said.text) == (200, "sent")
    message = service.next()
    assert (message.payload["kind"], message.payload["title"]) == ("test", "Hello")
    assert "evil" not in message.payload["url"]
    phone.will_answer(403)
    assert anna.say("/api/push/test").status_code == 502
    phone.will_answer(410)
    said = anna.say("/api/push/test")
    assert (said.status_code, said.text) == (410, "stale removed")
    said = anna.say("/api/push/test")
    assert (said.status_code, said.text) == (404, "no subscription")


def test_a_call_of_a_killed_worker_rings_from_the_next_one(program, evening, service):
    _, phone = confirmed(evening, service, "Anna")
    phone.will_answer(Answer(202, delay_s=30))
    evening.call()
    assert service.received.get(timeout=60).status == 202
    program.kill("urgent")
    # RQ alone would take the job's 20 s and a minute more before it gave the job to anybody.
    message = service.next()
    assert (message.device, message.payload["kind"]) == (phone, "called")


def test_a_killed_redis_loses_no_call_that_waits(program, evening, service):
    _, phone = confirmed(evening, service, "Anna")
    with asleep(program, "urgent"):
        evening.call()
        dead = program.kill("redis")
        eventually(lambda: program.pid("redis") != dead)
    message = service.next()
    assert (message.device, message.payload["kind"]) == (phone, "called")


def test_a_push_service_that_hangs_does_not_keep_others_from_ringing(
    program, evening, service, other
):
    bob, phone = confirmed(evening, service, "Bob")
    anna, slow = evening.guest("Anna"), other.device()
    other.answer = Answer(delay_s=30)
    anna.subscribe(slow)
    evening.call(anna)
    assert other.received.get(timeout=60).device is slow
    evening.call(bob)
    assert service.next().device is phone
