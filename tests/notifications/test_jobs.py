"""What events make phones show: once, in time, and only while it is true."""

import json
import logging
import time

import pytest
from rq.registry import ScheduledJobRegistry

from queueup import create_app, log_config
from queueup.config import read_settings
from queueup.jobs import tasks
from queueup.storage.job_queues import LATER, URGENT
from tests.support import hosting
from tests.support.push_service import Answer, Device, PushService
from tests.support.scenario import Evening, Guest, let_waits_pass, queue, waits, work
from tests.support.stale_redis import come_back, remember


def with_phone(evening: Evening, name: str, device: Device) -> Guest:
    """Let a party join that has subscribed and has heard so."""
    guest = evening.guest(name)
    guest.subscribe(device)
    return guest


def heard(service: PushService, device: Device | None = None) -> list[tuple[str, str]]:
    """Return the kinds and bodies of what came in, of one device or of all."""
    return [
        (message.payload["kind"], message.payload["body"])
        for message in service.taken()
        if device is None or message.device is device
    ]


def kinds(service: PushService, device: Device | None = None) -> list[str]:
    return [kind for kind, _ in heard(service, device)]


def test_a_call_rings_at_once_and_opens_the_guests_own_page(redis, evening, service):
    anna = with_phone(evening, "Anna", service.device())
    work(redis)
    service.taken()
    evening.call()
    work(redis)
    (message,) = service.taken()
    url = f"http://localhost/queue/{evening.code}/place?partyId={anna.id}"
    assert message.payload == {
        "title": "Your table is ready!",
        "body": "Trattoria Lucia: please come to the host stand within 2 min.",
        "url": url,
        "kind": "called",
        "web_push": 8030,
        "notification": {
            "title": message.payload["title"],
            "body": message.payload["body"],
            "navigate": url,
        },
    }
    assert message.headers["urgency"] == "high"
    assert 100 <= message.ttl <= 120
    assert message.headers["topic"] not in (anna.id, "")


def test_the_same_party_has_one_topic_and_another_has_another(redis, evening, service):
    phones = [service.device() for _ in range(2)]
    for name, phone in zip(("Anna", "Bob"), phones, strict=True):
        with_phone(evening, name, phone)
        evening.call()
    work(redis)
    topics = {(message.device.id, message.headers["topic"]) for message in service.taken()}
    assert len(topics) == 2


def test_links_start_with_the_configured_address(env, service, client, redis):
    app = create_app(read_settings(env | {"APP_BASE_URL": "https://queue.example.org"}))
    evening = Evening(app.test_client())
    with_phone(evening, "Anna", service.device())
    with app.app_context():
        work(redis)
    assert service.next().payload["url"].startswith("https://queue.example.org/queue/")


def test_a_first_device_hears_that_the_party_is_on_the_list(redis, evening, service):
    evening.guest("Zoe")
    anna = evening.guest("Anna")
    first, second = service.device(), service.device()
    anna.subscribe(first)
    anna.subscribe(first)
    work(redis)
    anna.subscribe(second)
    work(redis)
    assert heard(service, first) == [
        ("join_confirm", "You're 2nd. We'll let you know here when your table is ready.")
    ]


def test_a_device_that_comes_while_the_party_is_called_rings_once(redis, evening, service):
    anna = with_phone(evening, "Anna", service.device())
    work(redis)
    evening.call()
    work(redis)
    service.taken()
    late = service.device()
    anna.subscribe(late)
    anna.subscribe(late)
    work(redis)
    assert [(message.device, message.payload["kind"]) for message in service.taken()] == [
        (late, "called")
    ]


def test_every_device_of_a_party_rings(redis, evening, service):
    anna, devices = evening.guest("Anna"), [service.device() for _ in range(3)]
    for device in devices:
        anna.subscribe(device)
    evening.call()
    work(redis, URGENT)
    assert {message.device for message in service.taken()} == set(devices)


def test_a_second_call_rings_again_and_says_so(redis, evening, service, waitlist):
    anna = with_phone(evening, "Anna", service.device())
    evening.call()
    work(redis, URGENT)
    hosting.call(waitlist, evening.code, anna.id)
    work(redis, URGENT)
    first, second = heard(service)
    assert first[0] == second[0] == "called"
    assert second[1].endswith("We've called you 2 times.")


def test_a_job_that_runs_twice_rings_once(redis, evening, service):
    with_phone(evening, "Anna", service.device())
    evening.call()
    (job_id,) = queue(redis, URGENT).job_ids
    args = queue(redis, URGENT).fetch_job(job_id).args
    queue(redis, URGENT).enqueue("queueup.jobs.tell", *args)
    work(redis, URGENT)
    assert kinds(service) == ["called"]


def test_jobs_carry_ids_and_nothing_else(redis, evening, service):
    with_phone(evening, "Anna Karenina", service.device())
    evening.call()
    kept = [redis.hgetall(key) for key in redis.scan_iter("rq:job:*")]
    assert kept
    for secret in (b"Karenina", b"127.0.0.1", b"Trattoria"):
        assert not any(secret in value for job in kept for value in job.values())


class TestNoLongerTrue:
    """A backlog is worked off without telling anybody what has passed."""

    def test_a_call_that_has_ended_is_not_announced(self, redis, evening, service):
        for end in ("serve", "leave", "kick", "close"):
            guest = with_phone(evening, end, service.device())
            evening.call(guest)
            if end == "leave":
                guest.leave()
            elif end == "kick":
                evening.ask(f"/api/queue/{evening.code}/kick", partyId=guest.id)
            elif end == "serve":
                evening.ask(f"/api/queue/{evening.code}/advance", servedParty=guest.id)
            else:
                evening.ask(f"/api/queue/{evening.code}/close")
        work(redis)
        assert service.taken() == []

    def test_a_hold_that_has_run_out_is_not_announced(self, redis, parts, evening, service):
        guest = with_phone(evening, "Anna", service.device())
        evening.call()
        call = queue(redis, URGENT).fetch_job(queue(redis, URGENT).job_ids[0])
        # Two minutes later, by the party's own clock.
        state = f"queueup:{{{evening.code}}}:state"
        kept = json.loads(redis.hget(state, "queue"))
        kept["parties"][0]["deadline"] -= 121_000
        redis.hset(state, "queue", json.dumps(kept))
        redis.delete(f"queueup:{{{evening.code}}}:snapshot")
        assert call.args[1][0][0] == guest.id
        work(redis, URGENT)
        # What is true by now is that the place is gone.
        assert kinds(service) == ["no_show"]

    def test_of_two_calls_in_the_backlog_the_last_is_announced(
        self, redis, evening, service, waitlist
    ):
        anna = with_phone(evening, "Anna", service.device())
        evening.call()
        hosting.call(waitlist, evening.code, anna.id)
        work(redis, URGENT)
        assert len(service.taken()) == 1

    def test_the_backlog_of_an_hour_is_worked_off_in_order(self, redis, evening, service):
        phones = {name: service.device() for name in ("A", "B", "C", "D")}
        guests = {name: with_phone(evening, name, phone) for name, phone in phones.items()}
        for _ in phones:
            evening.call()
        guests["B"].leave()
        work(redis, URGENT)
        rang = [message.device for message in service.taken()]
        assert rang == [phones["A"], phones["C"], phones["D"]]

    def test_a_queue_that_is_gone_stops_nothing(self, redis, evening, service):
        with_phone(evening, "Anna", service.device())
        evening.call()
        redis.delete(f"queueup:{{{evening.code}}}:state")
        work(redis)
        assert queue(redis, URGENT).failed_job_registry.get_job_count() == 0


class TestRedisWithoutItsLastCommit:
    """A Redis of the operator's may come back older; the next commit has the lost one's version."""

    @pytest.fixture
    def evening(self, redis, settings) -> Evening:
        # As in life, the web is another process than the worker, and does not clear its memory.
        return Evening(create_app(settings).test_client())

    def test_a_call_rings_though_a_lost_one_had_its_version(self, redis, evening, service):
        phones = [service.device() for _ in range(2)]
        anna, bob = (with_phone(evening, *who) for who in zip(("Anna", "Bob"), phones, strict=True))
        work(redis)
        service.taken()
        before = remember(redis)
        evening.call(anna)
        work(redis)
        assert kinds(service, phones[0]) == ["called"]
        come_back(redis, before)
        evening.call(bob)
        work(redis)
        assert kinds(service, phones[1]) == ["called"]

    def test_time_is_applied_though_a_lost_end_had_its_version(
        self, redis, parts, evening, monkeypatch
    ):
        evening.guest("Anna")
        before = remember(redis)
        evening.ask(f"/api/queue/{evening.code}/close")
        tasks.apply_time(evening.code, 0)
        come_back(redis, before)
        evening.call()
        (called,) = parts.waitlist.queue(evening.code).called()
        monkeypatch.setattr(time, "time_ns", lambda: (called.deadline + 1) * 1_000_000)
        tasks.apply_time(evening.code, called.deadline)
        assert parts.waitlist.queue(evening.code).called() == []


class TestNudges:
    """Guests hear once when the line brings them to the fifth and the second place."""

    def line(self, redis, evening, service, length: int) -> list[tuple[Guest, Device]]:
        line = []
        for number in range(length):
            phone = service.device()
            line.append((with_phone(evening, f"Party {number}", phone), phone))
        work(redis)
        service.taken()
        return line

    def test_the_fifth_place_is_told_when_it_is_crossed(self, redis, evening, service):
        line = self.line(redis, evening, service, 6)
        line[4][0].leave()
        work(redis, LATER)
        (message,) = service.taken()
        assert message.device is line[5][1]
        assert message.payload["kind"] == "pos_5"
        assert message.payload["title"] == "Trattoria Lucia"
        assert message.payload["body"] == "You're 5th. Please start heading back."
        assert (message.headers["urgency"], message.ttl) == ("normal", 300)

    def test_the_second_place_is_told_when_it_is_crossed(self, redis, evening, service):
        line = self.line(redis, evening, service, 3)
        line[1][0].leave()
        work(redis, LATER)
        assert heard(service) == [
            ("pos_2", "You're 2nd. Please stay close to the host stand."),
        ]

    def test_whoever_crosses_both_places_at_once_hears_the_nearer_one(
        self, redis, evening, service
    ):
        line = self.line(redis, evening, service, 6)
        last = line[5][1]
        for guest, _ in line[:5]:
            guest.leave()
        work(redis, LATER)
        assert kinds(service, last) == ["pos_2"]

    def test_a_nudge_for_a_party_that_has_been_called_is_dropped(self, redis, evening, service):
        line = self.line(redis, evening, service, 6)
        line[0][0].leave()
        evening.call(line[5][0])
        work(redis)
        assert kinds(service, line[5][1]) == ["called"]


class TestTrouble:
    """What fails for a while is tried again; what fails for good is kept and said."""

    @pytest.fixture
    def phone(self, service) -> Device:
        return service.device()

    @pytest.fixture
    def called(self, redis, evening, phone) -> Guest:
        anna = with_phone(evening, "Anna", phone)
        work(redis)
        phone.answers.clear()
        return anna

    @pytest.mark.parametrize("status", [404, 410])
    def test_a_gone_device_is_forgotten_and_the_others_ring(
        self, redis, parts, evening, service, phone, called, status
    ):
        tablet = service.device()
        called.subscribe(tablet)
        phone.will_answer(status)
        evening.call()
        work(redis, URGENT)
        kept = parts.subscriptions.of(evening.code, [called.id])[called.id].subscriptions
        assert [subscription.endpoint for subscription in kept] == [tablet.endpoint]
        assert waits(redis, URGENT) == []

    @pytest.mark.parametrize("status", [400, 401, 403, 413])
    def test_a_refused_message_is_logged_and_not_repeated(
        self, redis, parts, evening, service, phone, called, status, caplog
    ):
        phone.will_answer(Answer(status, body="BadJwtToken"))
        evening.call()
        with caplog.at_level(logging.ERROR, "queueup.notifications"):
            work(redis, URGENT)
        (said,) = [record.getMessage() for record in caplog.records]
        assert f"{status} BadJwtToken" in said
        assert log_config.party_hash(called.id) in said
        assert not {called.id, phone.endpoint} & set(said.replace(":", " ").split())
        assert waits(redis, URGENT) == []
        assert parts.subscriptions.of(evening.code, [called.id])[called.id].subscriptions

    @pytest.mark.parametrize("status", [429, 500, 503])
    def test_a_busy_push_service_is_asked_again_and_other_devices_ring_once(
        self, redis, evening, service, phone, called, status
    ):
        tablet = service.device()
        called.subscribe(tablet)
        work(redis)
        service.taken()
        phone.will_answer(status)
        evening.call()
        work(redis, URGENT)
        assert len(waits(redis, URGENT)) == 1
        let_waits_pass(redis, URGENT)
        work(redis, URGENT)
        rang = [(message.device, message.status) for message in service.taken()]
        assert len(rang) == 3
        assert set(rang) == {(tablet, 201), (phone, status), (phone, 201)}

    def test_the_push_service_says_how_long_to_wait(self, redis, evening, service, phone, called):
        for ask in (evening.call, lambda: let_waits_pass(redis, URGENT)):
            phone.will_answer(Answer(429, {"Retry-After": "77"}))
            ask()
            work(redis, URGENT)
            (job,) = waits(redis, URGENT)
            due_s = redis.zscore(ScheduledJobRegistry(queue=queue(redis, URGENT)).key, job.id)
            assert due_s > time.time() + 60
        let_waits_pass(redis, URGENT)
        phone.will_answer(503)
        work(redis, URGENT)
        (job,) = waits(redis, URGENT)
        assert job.get_retry_interval() < 77

    def test_a_push_service_that_is_down_is_asked_again(
        self, redis, evening, service, phone, called
    ):
        service.stop()
        evening.call()
        work(redis, URGENT)
        assert len(waits(redis, URGENT)) == 1

    def test_a_retry_tells_nobody_of_a_call_that_has_ended(
        self, redis, evening, service, phone, called
    ):
        phone.will_answer(500)
        evening.call()
        work(redis, URGENT)
        service.taken()
        evening.ask(f"/api/queue/{evening.code}/advance", servedParty=called.id)
        let_waits_pass(redis, URGENT)
        work(redis, URGENT)
        assert service.taken() == []

    def test_a_job_out_of_tries_is_kept_with_its_reason(
        self, redis, parts, evening, service, phone, called
    ):
        service.answer = Answer(503, body="maintenance")
        evening.call()
        work(redis, URGENT)
        for _ in range(12):
            let_waits_pass(redis, URGENT)
            work(redis, URGENT)
        failed = queue(redis, URGENT).failed_job_registry
        assert waits(redis, URGENT) == []
        (job_id,) = failed.get_job_ids()
        job = queue(redis, URGENT).fetch_job(job_id)
        assert "NotDelivered: 503 maintenance" in job.latest_result().exc_string
        assert redis.zscore(failed.key, job_id) - job.ended_at.timestamp() > 6 * 24 * 3600
