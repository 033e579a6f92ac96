"""Sending one message: every answer of a push service has one meaning."""

import email.utils
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from queueup.errors import BadSetting
from queueup.notifications.subscriptions import read_subscription
from queueup.notifications.web_push import (
    PAYLOAD_LIMIT,
    Message,
    Outcome,
    PushSender,
    Sent,
)
from queueup.signing_keys import load_or_make
from queueup.vapid import TOKENS, Tokens, check_signing
from tests.support import push_service
from tests.support.push_service import Answer, Device, PushService

MESSAGE = Message(b'{"title":"Your table is ready!"}', ttl_s=90, urgency="high", topic="party-1")


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service.running() as service:
        yield service


@pytest.fixture
def device(service: PushService) -> Device:
    return service.device()


@pytest.fixture
def sender(service: PushService, tmp_path) -> PushSender:
    return make_sender(tmp_path, service.origin)


def make_sender(folder, *origins: str, timeout_s=(2, 5)) -> PushSender:
    key = load_or_make(folder).vapid_private
    return PushSender(key, "mailto:host@trattoria.example", origins, timeout_s)


def subscription(device: Device):
    return read_subscription(device.subscription(), "https://queue.example.org")


def test_a_message_arrives_encrypted_for_its_device_and_signed(service, sender, device):
    assert sender.send(subscription(device), MESSAGE).outcome is Outcome.ACCEPTED
    received = service.next()
    assert received.device is device
    assert received.payload == {"title": "Your table is ready!"}
    assert (received.ttl, received.headers["urgency"]) == (90, "high")
    assert received.headers["topic"] == "party-1"
    assert service.refused == []


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_taken_message_is_accepted(sender, device, status):
    device.will_answer(status)
    assert sender.send(subscription(device), MESSAGE).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("status", [404, 410])
def test_an_unsubscribed_browser_is_gone(sender, device, status):
    device.will_answer(status)
    assert sender.send(subscription(device), MESSAGE).outcome is Outcome.GONE


@pytest.mark.parametrize("status", [400, 401, 403, 413, 415])
def test_a_refusal_carries_its_reason_without_addresses(sender, device, status):
    device.will_answer(Answer(status, body=f"BadJwtToken at\n{device.endpoint}"))
    sent = sender.send(subscription(device), MESSAGE)
    assert (sent.outcome, sent.reason) == (Outcome.REFUSED, f"{status} BadJwtToken at")


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_busy_push_service_is_tried_again(sender, device, status):
    device.will_answer(status)
    sent = sender.send(subscription(device), MESSAGE)
    assert (sent.outcome, sent.retry_after_s) == (Outcome.TRY_AGAIN, None)


def test_retry_after_is_read_as_seconds_and_as_a_date(sender, device):
    in_ten_minutes = email.utils.formatdate(time.time() + 600, usegmt=True)
    device.will_answer(
        Answer(429, {"Retry-After": "37"}),
        Answer(503, {"Retry-After": in_ten_minutes}),
        Answer(503, {"Retry-After": "soon"}),
        Answer(503, {"Retry-After": "Mon, 23 Nov 99999999999 15:19:22 GMT"}),
        Answer(503, {"Retry-After": "999999999"}),
    )
    waits = [sender.send(subscription(device), MESSAGE).retry_after_s for _ in range(5)]
    assert waits[0] == 37
    assert 1 <= waits[1] <= 601
    assert waits[2:] == [None, None, 3600]


def test_a_push_service_that_is_down_is_tried_again(sender, service, device):
    service.stop()
    assert sender.send(subscription(device), MESSAGE).outcome is Outcome.UNREACHED


def test_a_push_service_that_hangs_rests_while_others_get_their_messages(tmp_path, service):
    with push_service.running() as slow:
        sender = make_sender(tmp_path, service.origin, slow.origin, timeout_s=(20, 3))
        slow.answer = Answer(delay_s=30)
        hanging = subscription(slow.device())
        assert sender.send(hanging, MESSAGE).reason == "timeout"
        resting = sender.send(hanging, MESSAGE)
        assert resting.outcome is Outcome.UNREACHED
        assert resting.retry_after_s is not None
        assert slow.requests == 1
        assert sender.send(subscription(service.device()), MESSAGE).outcome is Outcome.ACCEPTED


def test_nothing_is_sent_to_an_address_off_the_list(tmp_path, service, device):
    sender = make_sender(tmp_path)
    assert sender.send(subscription(device), MESSAGE).outcome is Outcome.REFUSED
    assert service.requests == 0


def test_a_device_that_no_request_can_reach_does_not_stop_the_others(tmp_path, service, device):
    nowhere = "http://a..b"
    sender = make_sender(tmp_path, service.origin, nowhere)
    good = subscription(device)
    bad = replace(good, endpoint=f"{nowhere}/abc")
    assert sender.send(bad, MESSAGE).outcome is Outcome.REFUSED
    assert sender.send(good, MESSAGE).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("nowhere", ["http://[::1]:20001", "http://127.0.0.1:1:2"])
def test_a_device_that_cannot_be_signed_for_is_refused_alone(tmp_path, service, device, nowhere):
    sender = make_sender(tmp_path, service.origin, nowhere)
    good = subscription(device)
    bad = replace(good, endpoint=f"{nowhere}/abc")
    assert sender.send(bad, MESSAGE) == Sent(Outcome.REFUSED, "VapidException")
    assert sender.send(good, MESSAGE).outcome is Outcome.ACCEPTED


def test_a_device_with_keys_that_fit_nothing_is_refused_alone(sender, device):
    good = subscription(device)
    bad = [replace(good, p256dh=key) for key in ("", "AAAA", "\udc00", "=" * 40, "BA" * 44)]
    bad += [replace(good, auth=key) for key in ("", "A", "\udc00")]
    assert {sender.send(one, MESSAGE).outcome for one in bad} == {Outcome.REFUSED}
    assert sender.send(good, MESSAGE).outcome is Outcome.ACCEPTED


def test_a_contact_that_the_library_refuses_is_said_at_the_start(tmp_path):
    private = load_or_make(tmp_path).vapid_private
    check_signing(private, "mailto:host@trattoria.example")
    check_signing(private, "https://trattoria.example")
    for refused in ("https://trattoria.example/contact", "mailto:host@trattoria", "host"):
        with pytest.raises(BadSetting, match="VAPID_SUBJECT"):
            check_signing(private, refused)


def test_a_redirect_is_not_followed(sender, service, device):
    other = service.device()
    device.will_answer(Answer(307, {"Location": other.endpoint}))
    assert sender.send(subscription(device), MESSAGE).outcome is Outcome.REFUSED
    assert service.requests == 1


def test_proxies_of_the_environment_are_not_asked(sender, service, device, monkeypatch):
    with push_service.running() as proxy:
        monkeypatch.setenv("http_proxy", proxy.origin)
        assert sender.send(subscription(device), MESSAGE).outcome is Outcome.ACCEPTED
        assert proxy.requests == 0


def test_a_token_is_kept_for_its_push_service_and_not_shown_to_another(tmp_path, service):
    with push_service.running() as other:
        sender = make_sender(tmp_path, service.origin, other.origin)
        for device in (service.device(), other.device(), service.device()):
            assert sender.send(subscription(device), MESSAGE).outcome is Outcome.ACCEPTED
        first, second = service.taken()
        assert first.headers["authorization"] == second.headers["authorization"]
        assert other.taken()[0].headers["authorization"] != first.headers["authorization"]


def test_names_that_guests_make_up_are_not_remembered_for_ever(tmp_path):
    tokens = Tokens(load_or_make(tmp_path).vapid_private, "mailto:host@trattoria.example")
    first = tokens.token("https://1.push.apple.com")
    assert tokens.token("https://1.push.apple.com") == first
    for number in range(TOKENS + 10):
        assert tokens.token(f"https://{number}.push.apple.com").startswith("vapid ")
    assert len(tokens._kept) <= TOKENS


def test_the_token_of_a_service_in_use_is_not_crowded_out(tmp_path):
    tokens = Tokens(load_or_make(tmp_path).vapid_private, "mailto:host@trattoria.example")
    used = tokens.token("https://web.push.apple.com")
    for number in range(TOKENS + 10):
        tokens.token(f"https://{number}.push.apple.com")
        assert tokens.token("https://web.push.apple.com") == used


def test_messages_share_a_connection(sender, service, device):
    for _ in range(3):
        sender.send(subscription(device), MESSAGE)
    assert service.connections == 1


def test_a_payload_that_push_services_would_refuse_is_refused_for_its_device(sender, device):
    sent = sender.send(subscription(device), replace(MESSAGE, payload=b"x" * (PAYLOAD_LIMIT + 1)))
    assert (sent.outcome, sent.reason) == (Outcome.REFUSED, "a push payload of 3001 bytes")
    assert device.answers == []


def test_a_message_that_cannot_be_signed_is_refused(service, device):
    unusable = PushSender("no key", "mailto:host@trattoria.example", [service.origin])
    assert unusable.send(subscription(device), MESSAGE).outcome is Outcome.REFUSED
    assert service.requests == 0
