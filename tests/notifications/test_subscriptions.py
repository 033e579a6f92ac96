"""Which devices of a party are told, and which addresses are never asked."""

import base64
import traceback
from collections.abc import Iterator

import pytest

from queueup.storage.redis_client import Unavailable
from tests.support import push_service
from tests.support.push_service import PushService
from tests.support.scenario import Evening

OK = (200, "ok")


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service.running() as service:
        yield service


@pytest.fixture
def env(env: dict[str, str], service: PushService) -> dict[str, str]:
    return env | {"PUSH_EXTRA_ORIGINS": service.origin}


@pytest.fixture(autouse=True)
def _no_old_jobs(parts) -> None:
    parts.redis.flushdb()


@pytest.fixture
def evening(client) -> Evening:
    return Evening(client)


def devices(parts, evening, guest) -> list[str]:
    found = parts.subscriptions.of(evening.code, [guest.id])[guest.id]
    return [subscription.endpoint for subscription in found.subscriptions]


def answer(response) -> tuple[int, str]:
    return response.status_code, response.text


def refusal(response) -> tuple[int, str]:
    return response.status_code, response.json["error"]


def test_browsers_get_the_key_to_subscribe_with(client):
    assert len(client.get("/api/push/vapid").json["publicKey"]) == 87


def test_a_device_that_subscribes_twice_is_kept_once(parts, evening, service):
    anna, device = evening.guest("Anna"), service.device()
    assert answer(anna.subscribe(device)) == OK
    device.auth = b"another auth key"
    assert answer(anna.subscribe(device)) == OK
    assert devices(parts, evening, anna) == [device.endpoint]
    kept = parts.subscriptions.of(evening.code, [anna.id])[anna.id].subscriptions[0]
    assert kept.auth == push_service.base64url(b"another auth key")


def test_a_sixth_device_takes_the_place_of_the_first(parts, evening, service):
    anna, many = evening.guest("Anna"), [service.device() for _ in range(6)]
    for device in many:
        assert answer(anna.subscribe(device)) == OK
    kept = devices(parts, evening, anna)
    assert len(kept) == 5
    assert set(kept) == {device.endpoint for device in many[1:]}


def test_an_unsubscribed_device_is_forgotten_and_the_others_stay(parts, evening, service):
    anna, phone, tablet = evening.guest("Anna"), service.device(), service.device()
    anna.subscribe(phone)
    anna.subscribe(tablet)
    for _ in range(2):
        assert answer(anna.say("/api/push/unsubscribe", endpoint=phone.endpoint)) == OK
    assert devices(parts, evening, anna) == [tablet.endpoint]


def test_nothing_is_kept_for_ever_when_a_push_is_taken_after_the_queue_has_gone(parts):
    parts.subscriptions.note_accepted("GQNE22", [("party", "device", "called:1")], now=1)
    keys = parts.redis.keys("queueup:{GQNE22}:*")
    assert len(keys) == 2
    assert all(parts.redis.ttl(key) > 0 for key in keys)


@pytest.mark.parametrize("end", ["leave", "kick", "serve", "close"])
def test_devices_stay_until_the_day_is_over_as_an_ended_party_may_come_back(
    parts, evening, service, end
):
    anna, bob = evening.guest("Anna"), evening.guest("Bob")
    phone = service.device()
    anna.subscribe(phone)
    bob.subscribe(service.device())
    if end == "leave":
        anna.leave()
    elif end == "kick":
        evening.ask(f"/api/queue/{evening.code}/kick", partyId=anna.id)
    elif end == "serve":
        evening.call(anna)
        evening.ask(f"/api/queue/{evening.code}/advance", servedParty=anna.id)
    else:
        evening.ask(f"/api/queue/{evening.code}/close")
    assert devices(parts, evening, anna) == ([] if end == "close" else [phone.endpoint])
    assert len(devices(parts, evening, bob)) == (0 if end == "close" else 1)
    evening.ask(f"/api/queue/{evening.code}/close")
    assert not list(parts.redis.scan_iter("*:push:*"))
    assert not list(parts.redis.scan_iter("*:reach"))


def test_keys_of_subscriptions_end_with_their_queue(parts, evening, service):
    evening.guest("Anna").subscribe(service.device())
    keys = [key for name in ("push:*", "reach") for key in parts.redis.scan_iter(f"*:{name}")]
    assert len(keys) == 2
    assert all(0 < parts.redis.ttl(key) <= 24 * 3600 for key in keys)


def test_who_subscribes_must_say_for_whom(client, evening, service):
    subscription = {"subscription": service.device().subscription()}
    response = client.post("/api/push/subscribe", json=subscription)
    assert refusal(response) == (400, "sessionId and partyId required")


def test_a_party_that_is_not_in_that_queue_cannot_subscribe(client, evening, service):
    anna, elsewhere = evening.guest("Anna"), Evening(client)
    device = service.device()
    stolen = anna.subscribe(device, sessionId=elsewhere.session_id)
    made_up = anna.subscribe(device, sessionId=f"{evening.code}-made-up")
    nonsense = anna.subscribe(device, sessionId="nonsense")
    anna.leave()
    for response in (stolen, made_up, nonsense, anna.subscribe(device)):
        assert refusal(response) == (404, "Party not found")


def bad_keys() -> dict[str, dict[str, object]]:
    off_curve = push_service.base64url(b"\x04" + b"\x01" * 64)
    return {
        "no keys": {"keys": None},
        "a point off the curve": {"keys": {"p256dh": off_curve, "auth": "A" * 22}},
        "no point": {"keys": {"auth": "A" * 22}},
        "not base64": {"keys": {"p256dh": "é!", "auth": "A" * 22}},
        "no endpoint": {"endpoint": None},
        "a number": {"endpoint": 7},
        "an endless endpoint": {"endpoint": "https://fcm.googleapis.com/" + "x" * 3000},
    }


@pytest.mark.parametrize("fault", bad_keys())
def test_what_no_message_can_be_encrypted_for_is_refused(evening, service, fault):
    anna = evening.guest("Anna")
    broken = service.device().subscription() | bad_keys()[fault]
    assert refusal(anna.say("/api/push/subscribe", subscription=broken)) == (
        400,
        "Invalid subscription payload",
    )


@pytest.mark.parametrize("length", [1, 15, 17])
def test_an_auth_key_of_another_length_is_refused(evening, service, length):
    anna, broken = evening.guest("Anna"), service.device().subscription()
    broken["keys"]["auth"] = base64.urlsafe_b64encode(b"x" * length).decode()
    response = anna.say("/api/push/subscribe", subscription=broken)
    assert refusal(response) == (400, "Invalid subscription payload")


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://jmt17.google.com/fcm/send/abc",
        "https://android.googleapis.com/gcm/send/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/abc",
        "https://web.push.apple.com/QAbc",
        "https://db5p.notify.windows.com/w/?token=a%2bc",
        "https://FCM.googleapis.com:443/fcm/send/abc",
    ],
)
def test_push_services_of_browsers_are_known(evening, service, endpoint):
    anna = evening.guest("Anna")
    subscription = service.device().subscription() | {"endpoint": endpoint}
    assert answer(anna.say("/api/push/subscribe", subscription=subscription)) == OK


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com:8443/fcm/send/abc",
        "https://fcm.googleapis.com.evil.example/abc",
        "https://evil.example/fcm.googleapis.com/abc",
        "https://user:word@fcm.googleapis.com/abc",
        "https://fcm.googleapis.com@evil.example/abc",
        "https://evil.example\\@fcm.googleapis.com/abc",
        "https://evil.example#@web.push.apple.com/abc",
        "https://push.apple.com.evil.example/abc",
        "https://evilpush.apple.com/abc",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/abc",
        "https://a..b.push.apple.com/abc",
        f"https://{'a' * 64}.push.apple.com/abc",
        "https://a-.push.apple.com/abc",
        "https://fcm.googleapis.com",
        "https://fcm.googleapis.com/a b",
        "https://fcm.googleapis.com/a\r\nX: y",
        "//fcm.googleapis.com/abc",
        "ftp://fcm.googleapis.com/abc",
        "",
    ],
)
def test_any_other_address_is_refused(evening, service, endpoint):
    anna = evening.guest("Anna")
    subscription = service.device().subscription() | {"endpoint": endpoint}
    response = anna.say("/api/push/subscribe", subscription=subscription)
    assert refusal(response) == (400, "Unknown push service")


def test_an_origin_is_not_a_prefix_of_another(evening, service):
    anna = evening.guest("Anna")
    for endpoint in (f"{service.origin}1/push/x", f"{service.origin}@evil.example/x"):
        subscription = service.device().subscription() | {"endpoint": endpoint}
        assert anna.say("/api/push/subscribe", subscription=subscription).status_code == 400


def test_a_command_that_fails_names_no_party(parts, evening):
    anna = evening.guest("Anna")
    # As no disk can be filled here: a key of another type is refused as well.
    parts.redis.set(f"queueup:{{{evening.code}}}:push:{anna.id}", "not a hash")
    with pytest.raises(Unavailable) as failed:
        parts.subscriptions.note_accepted(evening.code, [(anna.id, "a device", "called")], 0)
    told = "".join(traceback.format_exception(failed.value))
    assert "wrong kind of value" in told
    assert anna.id not in told
