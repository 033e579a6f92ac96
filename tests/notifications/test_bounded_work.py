"""One guest's devices delay nobody: their jobs are few, their tries end, and each fails alone."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from flask import Flask
from redis import Redis
from rq.registry import ScheduledJobRegistry

from queueup import log_config
from queueup.domain.commands import host as host_commands
from queueup.notifications import notification
from queueup.notifications.enqueue import LINE_JOBS, PARTY_JOBS, UNREACHED_DELAYS_S, Unsent
from queueup.notifications.notification import FRESH_S, Notification
from queueup.notifications.patience import AT_MOST_S, Patience
from queueup.notifications.subscriptions import read_subscription
from queueup.notifications.web_push import TIMEOUT_S, Outcome, Sent
from queueup.services import Services
from queueup.storage.job_queues import LATER, URGENT
from tests.support import push_service
from tests.support.push_service import Answer, Device, PushService
from tests.support.running_service import eventually
from tests.support.scenario import Evening, Guest, let_waits_pass, queue, waits, work

# A name that no resolver knows (RFC 6761).
NOWHERE = "http://push.invalid"
SLOW_SERVICES = 4


@pytest.fixture
def slow() -> Iterator[list[PushService]]:
    """Push services that take a message and say nothing."""
    with ExitStack() as ends:
        found = [ends.enter_context(push_service.running()) for _ in range(SLOW_SERVICES)]
        for one in found:
            one.answer = Answer(delay_s=600)
        yield found


@pytest.fixture
def env(env: dict[str, str], service: PushService, slow: list[PushService]) -> dict[str, str]:
    origins = [service.origin, NOWHERE, *(one.origin for one in slow)]
    return env | {"PUSH_EXTRA_ORIGINS": ",".join(origins)}


def lost(service: PushService) -> Device:
    """Return a device whose push service has a name that leads nowhere."""
    device = service.device()
    device.endpoint = f"{NOWHERE}/{device.id}"
    return device


def called(redis: Redis, evening: Evening, name: str = "Anna") -> Guest:
    """Let a party join that is called and has no device yet."""
    guest = evening.guest(name)
    evening.call(guest)
    work(redis)
    return guest


def test_a_device_that_subscribes_again_and_again_makes_one_job(redis, evening, service):
    anna, phone = called(redis, evening), service.device()
    for _ in range(30):
        assert anna.subscribe(phone).text == "ok"
    # The confirmation, and the call.
    assert [len(queue(redis, name).job_ids) for name in (URGENT, LATER)] == [0, 2]
    work(redis)
    assert [message.payload["kind"] for message in service.taken()] == ["called"]


def test_a_partys_devices_make_few_jobs_however_many_it_makes_up(redis, evening, service):
    anna, ben = called(redis, evening), called(redis, evening, "Ben")
    for _ in range(PARTY_JOBS + 30):
        assert anna.subscribe(service.device()).text == "ok"
    # And the confirmation.
    assert len(queue(redis, LATER).job_ids) == PARTY_JOBS + 1
    phone = service.device()
    ben.subscribe(phone)
    work(redis)
    assert phone in {message.device for message in service.taken()}
    # What has ended makes room: the next phone of the party rings.
    late = service.device()
    anna.subscribe(late)
    work(redis)
    assert [message.device for message in service.taken()] == [late]


def test_devices_that_are_made_up_stand_before_no_call(redis, evening, service):
    anna, ben = called(redis, evening), evening.guest("Ben")
    for _ in range(PARTY_JOBS):
        assert anna.subscribe(service.device()).text == "ok"
    evening.call(ben)
    (first,) = queue(redis, URGENT).jobs
    assert first.args[1] == [[ben.id, "called", 1]]


def unsent(
    party: str,
    kind: str,
    number: int = 1,
    device: str = "device",
    is_known: bool = True,
    outcome: Outcome = Outcome.TRY_AGAIN,
) -> Unsent:
    """Return what was not taken for a device."""
    return Unsent(Notification(party, kind, number), device, is_known, Sent(outcome))


def test_a_line_has_a_bound_of_such_jobs_and_other_lines_have_their_own(redis, parts):
    jobs = parts.notification_jobs
    for number in range(LINE_JOBS + 5):
        jobs.retry("LUCIA2", [unsent(f"party {number}", notification.CALLED)])
    assert len(waits(redis, URGENT)) == LINE_JOBS
    jobs.retry("MARIO2", [unsent("Ben", notification.CALLED)])
    assert len(waits(redis, URGENT)) == LINE_JOBS + 1


def test_nudges_take_no_place_of_calls(redis, parts, caplog):
    jobs = parts.notification_jobs
    nudges = [unsent(f"party {number}", notification.SOON) for number in range(LINE_JOBS + 2)]
    jobs.retry("LUCIA2", nudges)
    assert len(waits(redis, LATER)) == LINE_JOBS
    jobs.retry("LUCIA2", [unsent("Ben", notification.CALLED)])
    assert len(waits(redis, URGENT)) == 1
    # Nor the call of a guest who subscribes late.
    jobs.repeat_call("LUCIA2", "Cem", 1, "phone", is_known=False)
    assert len(queue(redis, LATER).job_ids) == 1
    # What is dropped is logged, once, without the party's own id.
    logged = [one.getMessage() for one in caplog.records if one.levelname == "WARNING"]
    assert len(logged) == 2
    for line, dropped in zip(logged, nudges[LINE_JOBS:], strict=True):
        party_id = dropped.notification.party_id
        assert "LUCIA2" in line
        assert log_config.party_hash(party_id) in line
        assert party_id not in line
        assert dropped.device not in line.split()


def test_devices_that_guests_make_up_take_no_place_of_calls(redis, parts):
    jobs = parts.notification_jobs
    parties = LINE_JOBS // PARTY_JOBS
    for party in range(parties):
        made_up = [
            unsent(f"party {party}", notification.CALLED, device=f"device{one}", is_known=False)
            for one in range(PARTY_JOBS)
        ]
        jobs.retry("LUCIA2", made_up)
    assert len(waits(redis, LATER)) == LINE_JOBS
    jobs.retry("LUCIA2", [unsent("Ben", notification.CALLED)])
    jobs.repeat_call("LUCIA2", "Cem", 1, "phone", is_known=True)
    # Their own party's phone has its place, too.
    jobs.retry("LUCIA2", [unsent("party 0", notification.CALLED, device="phone")])
    assert len(waits(redis, URGENT)) == 2
    assert len(queue(redis, URGENT).job_ids) == 1


def test_a_party_of_five_phones_that_has_missed_nudges_is_called_on_each(redis, parts):
    jobs = parts.notification_jobs
    for number in range(PARTY_JOBS):
        jobs.retry("LUCIA2", [unsent("Anna", notification.MESSAGE, number)])
    calls = [unsent("Anna", notification.CALLED, device=f"phone{one}") for one in range(5)]
    jobs.retry("LUCIA2", calls)
    assert len(waits(redis, URGENT)) == 5


def test_a_device_that_becomes_known_has_one_job_which_makes_room(redis, parts):
    jobs = parts.notification_jobs
    jobs.retry("LUCIA2", [unsent("Anna", notification.CALLED, is_known=False)])
    (job,) = waits(redis, LATER)
    jobs.retry("LUCIA2", [unsent("Anna", notification.CALLED)])
    assert waits(redis, URGENT) == []
    jobs.ended("LUCIA2", job.id)
    jobs.retry("LUCIA2", [unsent("Anna", notification.CALLED)])
    assert len(waits(redis, URGENT)) == 1


@pytest.mark.parametrize(("name", "is_known"), [(URGENT, True), (LATER, False)])
def test_what_may_still_be_sent_is_not_sent_again_before_that(redis, parts, name, is_known):
    # Another process may do it, which does not know what this one is sending.
    before_s = int(time.time())
    under_way = unsent("Anna", notification.CALLED, 1, "phone", is_known, Outcome.UNDER_WAY)
    parts.notification_jobs.retry("LUCIA2", [under_way])
    (job,) = waits(redis, name)
    due_s = redis.zscore(ScheduledJobRegistry(queue=queue(redis, name)).key, job.id)
    assert due_s > before_s + FRESH_S + sum(TIMEOUT_S)


def test_a_name_that_leads_nowhere_is_tried_a_few_times_behind_the_calls(redis, evening, service):
    anna, phone = evening.guest("Anna"), service.device()
    anna.subscribe(phone)
    anna.subscribe(lost(service))
    work(redis)
    service.taken()
    evening.call(anna)
    work(redis, URGENT)
    assert [message.device for message in service.taken()] == [phone]
    assert waits(redis, URGENT) == []
    tries = 0
    while any(job.id.startswith("again-") and "called" in job.id for job in waits(redis, LATER)):
        tries += 1
        let_waits_pass(redis, LATER)
        work(redis, LATER)
    assert tries == len(UNREACHED_DELAYS_S)
    assert service.taken() == []


def test_the_service_of_a_phone_that_has_rung_is_worth_all_tries(redis, evening, service):
    anna, phone = evening.guest("Anna"), service.device()
    anna.subscribe(phone)
    work(redis)
    service.stop()
    evening.call(anna)
    work(redis, URGENT)
    (job,) = waits(redis, URGENT)
    assert job.retries_left == 11


def test_slow_push_services_of_one_line_do_not_stand_before_the_calls_of_others(
    redis, parts, evening, service, slow, monkeypatch
):
    monkeypatch.setattr(parts.delivery._sender, "_timeout_s", (60, 600))
    lucia = Evening(evening.client, "Lucia")
    ben, phone = lucia.guest("Ben"), service.device()
    ben.subscribe(phone)
    work(redis)
    service.taken()
    for number, one in enumerate(slow):
        guest = evening.guest(f"Party {number}")
        for _ in range(5):
            guest.subscribe(one.device())
        evening.call(guest)
    lucia.call(ben)
    work(redis, URGENT)
    eventually(lambda: service.received.qsize() == 1)
    assert service.taken()[0].device is phone
    # No request to them has ended: nobody has waited for that.
    assert parts.delivery._under_way
    assert all(one.open for one in slow if one.requests)
    # So that the test's own process ends: the services hang up, and nothing more is sent.
    for one in slow:
        one.stop()
    eventually(lambda: not parts.delivery._under_way)


def test_what_is_under_way_is_not_sent_a_second_time(redis, parts, evening, slow, monkeypatch):
    monkeypatch.setattr(parts.delivery._sender, "_timeout_s", (60, 600))
    monkeypatch.setattr("queueup.notifications.delivery.SENDING_S", 0)
    anna = evening.guest("Anna")
    anna.subscribe(slow[0].device())
    evening.call(anna)
    work(redis, URGENT)
    eventually(lambda: slow[0].requests == 1)
    (job,) = waits(redis, LATER)
    let_waits_pass(redis, LATER)
    work(redis, LATER)
    assert slow[0].requests == 1 or job.id in {one.id for one in waits(redis, LATER)}
    called = [key for key in parts.delivery._under_way if key[2] == "called:1"]
    assert len(called) == 1
    slow[0].stop()
    eventually(lambda: not parts.delivery._under_way)


def test_a_message_that_is_too_long_fails_alone(redis, parts, evening, service, app: Flask):
    phones = [service.device() for _ in range(3)]
    guests = [evening.guest(name) for name in ("Anna", "Ben", "Cem")]
    for guest, phone in zip(guests, phones, strict=True):
        guest.subscribe(phone)
    work(redis)
    service.taken()
    # As it was kept before origins had a bound.
    long = replace(
        read_subscription(phones[0].subscription(), "http://localhost"),
        page_origin=f"http://{'x' * 1400}.example",
    )
    parts.subscriptions.add(
        evening.code, guests[0].id, long, 0, lambda pipe: None, unless="nothing"
    )
    ids = tuple(guest.id for guest in guests)
    parts.waitlist.act(evening.code, lambda queue, now: host_commands.call_several(queue, ids, now))
    for _ in range(3):
        work(redis)
        let_waits_pass(redis, URGENT)
        let_waits_pass(redis, LATER)
    rang = [message.device for message in service.taken()]
    assert sorted(rang, key=phones.index) == phones[1:]
    assert [queue(redis, name).failed_job_registry.get_job_count() for name in (URGENT, LATER)] == [
        0,
        0,
    ]


def test_a_message_that_cannot_be_made_fails_alone(
    redis, parts, evening, service, monkeypatch, caplog
):
    phones = [service.device() for _ in range(2)]
    guests = [evening.guest(name) for name in ("Anna", "Ben")]
    for guest, phone in zip(guests, phones, strict=True):
        guest.subscribe(phone)
    work(redis)
    service.taken()
    make = notification.message

    def fail(views, one, *rest):
        if one.party_id == guests[0].id:
            raise KeyError("no such thing")
        return make(views, one, *rest)

    monkeypatch.setattr(notification, "message", fail)
    for guest in guests:
        evening.call(guest)
    work(redis)
    assert [message.device for message in service.taken()] == [phones[1]]
    assert any("no message could be made: KeyError" in r.getMessage() for r in caplog.records)


def test_what_is_kept_of_a_request_has_a_bound(
    redis: Redis, evening: Evening, service: PushService, parts: Services
) -> None:
    anna, phone = evening.guest("Anna"), service.device()
    body = {
        "sessionId": evening.session_id,
        "partyId": anna.id,
        "subscription": phone.subscription(),
    }
    host = ".".join(["a" * 60] * 20)
    refused = evening.client.post("/api/push/subscribe", json=body, headers={"Host": host})
    assert refused.status_code == 400
    assert re.search(r"[a-z]", refused.text)
    assert parts.subscriptions.of(evening.code, [anna.id])[anna.id].subscriptions == ()


class TestPatience:
    """A job waits for slow services, but little in all while other jobs wait."""

    def test_waiting_in_vain_is_bounded_and_comes_back_slowly(self, monkeypatch) -> None:
        now = 0.0

        def waits(_, timeout_s):
            nonlocal now
            now += max(timeout_s, 0.001)
            return push_service_waits

        push_service_waits = type("Waits", (), {"not_done": True})
        monkeypatch.setattr("queueup.notifications.patience.wait", waits)
        patience = Patience(lambda: now)
        began = now
        for _ in range(400):
            patience.wait([], 12, lambda: True)
        assert AT_MOST_S <= now - began < AT_MOST_S * 2
        # Where nobody waits, a job waits as long as it may.
        began = now
        patience.wait([], 12, lambda: False)
        assert now - began >= 12
        now += 1000
        began = now
        patience.wait([], 12, lambda: True)
        assert AT_MOST_S <= now - began < AT_MOST_S + 1
