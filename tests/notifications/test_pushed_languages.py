"""What is pushed speaks the language of each device's page, else the one the party joined in."""

import pytest

from queueup.domain.commands import host as host_commands
from queueup.domain.presets import QUICK_REPLIES
from tests.support.push_service import Device, PushService
from tests.support.scenario import Evening, work


@pytest.fixture
def evening(redis, client) -> Evening:
    return Evening(client, "Lucia")


def titles(service: PushService) -> list[tuple[Device, str]]:
    return [(message.device, message.payload["title"]) for message in service.taken()]


def bodies(service: PushService) -> list[str]:
    return [message.payload["body"] for message in service.taken()]


def test_each_device_of_a_party_is_told_in_its_own_language(redis, evening, service):
    anna = evening.guest("Anna")
    german, chinese, other = (service.device() for _ in range(3))
    anna.subscribe(german, language="de")
    anna.subscribe(chinese, language="zh-Hans")
    anna.subscribe(other, language="tlh")
    work(redis)
    service.taken()
    evening.call()
    work(redis)
    assert dict(titles(service)) == {
        german: "Ihr Tisch ist bereit!",
        chinese: "您的餐桌已备好！",
        other: "Your table is ready!",
    }


def test_a_device_that_does_not_say_is_told_as_the_party_joined(redis, client, evening, service):
    page = client.post(
        f"/queue/{evening.code}",
        data={"size": "2"},
        headers={"Accept-Language": "fr-FR"},
        follow_redirects=True,
    )
    party_id = client.get_cookie(f"queueup_party_{evening.code}").value
    assert "Vous êtes les prochains" in page.text
    body = {"sessionId": evening.session_id, "partyId": party_id}
    device = service.device()
    wish = body | {"subscription": device.subscription()}
    assert client.post("/api/push/subscribe", json=wish).status_code == 200
    work(redis)
    assert bodies(service) == [
        "Vous êtes 1er dans la file. Nous vous préviendrons ici quand votre table sera prête."
    ]


def test_a_device_that_changes_its_language_is_told_in_the_new_one(redis, evening, service):
    anna, device = evening.guest("Anna"), service.device()
    for language in ("it", "es"):
        anna.subscribe(device, language=language)
    work(redis)
    assert bodies(service) == [
        "Está en el puesto 1.º. Le avisaremos aquí cuando su mesa esté lista."
    ]


def test_a_ready_made_reply_is_translated_and_own_words_are_not(redis, evening, service, waitlist):
    anna = evening.guest("Anna")
    anna.subscribe(service.device(), language="de")
    work(redis)
    service.taken()
    for text, heard in (
        (QUICK_REPLIES[3], "Sie können gern an der Bar warten."),
        ("100 % of you: the %(bar)s", "100 % of you: the %(bar)s"),
    ):
        waitlist.act(
            evening.code,
            lambda queue, now, text=text: host_commands.message(queue, now, text, anna.id),
        )
        work(redis)
        assert bodies(service) == [heard]


@pytest.mark.parametrize("language", [None, 5, ["de"], {"de": 1}, "", "x" * 1000])
def test_a_language_that_makes_no_sense_is_none(redis, evening, service, language):
    device = service.device()
    assert evening.guest("Anna").subscribe(device, language=language).text == "ok"
    work(redis)
    assert "You're 1st" in bodies(service)[0]


def test_a_test_ring_speaks_the_language_of_the_page_that_asks(redis, evening, service, parts):
    anna = evening.guest("Anna")
    anna.subscribe(service.device(), language="de")
    work(redis)
    service.taken()
    parts.push_service.result_wait_s = 0
    assert anna.say("/api/push/test", language="de").text == "sent"
    work(redis)
    assert bodies(service) == ["So melden wir uns, wenn Ihr Tisch bereit ist."]
