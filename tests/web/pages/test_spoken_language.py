"""Guests' pages are in the guest's language, hosts' pages in English."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from queueup.domain.model import MINUTE, OnExpiry, QueueSettings
from queueup.domain.presets import QUICK_REPLIES
from queueup.waitlist import Waitlist
from queueup.web.templating import locale
from tests.web.pages.filling_in import act, join, said

FRAGMENT = {"HX-Request": "true"}
GERMAN = {"Accept-Language": "de-AT,en;q=0.8"}
CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}


@pytest.mark.parametrize(
    ("accepted", "offered", "spoken"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", [], "de"),
        ("de-AT,en;q=0.8", [], "de"),
        ("en;q=0.5,it;q=0.9", [], "it"),
        ("zh-Hant-TW", [], "zh"),
        ("fr-CA", ["en", "fr"], "fr"),
        ("de", ["en", "fr"], "en"),
        ("de", ["fr", "es"], "es"),
        ("nl,pt;q=0.9", [], "en"),
        ("de;q=0,fr", [], "fr"),
        ("*", [], "en"),
        ("", [], "en"),
        ("%%%,;;q=x", [], "en"),
    ],
)
def test_the_best_language_that_the_queue_offers_is_chosen(
    app: Flask, accepted: str, offered: list[str], spoken: str
) -> None:
    with app.test_request_context(headers={"Accept-Language": accepted}):
        assert locale.choose_for({"languages": offered}) == spoken


def test_a_german_phone_reads_german_all_the_way(
    host: FlaskClient, client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = GERMAN["Accept-Language"]
    page = client.get(f"/queue/{code}").text
    assert '<html lang="de" dir="ltr"' in page
    assert "Für wie viele Personen?" in page
    assert "Bitte höchstens 120 Zeichen verwenden." in join(client, code, "x" * 121)
    assert "Sie sind als Nächste dran" in join(client, code, "Anna")
    act(host, code, waitlist.queue(code).parties[0].id, "call")
    place = client.get(f"/queue/{code}/place").text
    assert "Ihr Tisch ist bereit" in place
    assert 'data-other-title="Bitte kommen Sie zum Empfang"' in place


def test_a_party_is_remembered_with_the_language_it_joined_in(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = GERMAN["Accept-Language"]
    join(client, code)
    assert waitlist.queue(code).parties[0].language == "de"


def test_only_the_languages_that_the_host_chose_are_spoken(
    phone: Callable[[], FlaskClient], waitlist: Waitlist
) -> None:
    settings = QueueSettings("Lucia", 20, MINUTE, OnExpiry.FLAG, languages=("en", "fr"))
    code = waitlist.create(settings).code
    for accepted, sentence in (
        ("fr-CH", "Combien êtes-vous"),
        ("de-DE", "How many in your party?"),
    ):
        page = phone().get(f"/queue/{code}", headers={"Accept-Language": accepted}).text
        assert sentence in page
        assert "Deutsch" not in page
        assert "Français" in page
    chosen = phone()
    chosen.get(f"/queue/{code}?lang=de")
    assert "How many in your party?" in chosen.get(f"/queue/{code}").text


def test_the_host_reads_english_on_any_tablet(
    host: FlaskClient, client: FlaskClient, code: str
) -> None:
    join(client, code)
    for path in ("/new", f"/host/{code}", f"/host/{code}/poster"):
        assert '<html lang="en"' in host.get(path, headers=GERMAN).text
    poll = f"/api/queue/{code}/snapshot"
    german = host.get(poll, headers=FRAGMENT | GERMAN)
    assert german.data == host.get(poll, headers=FRAGMENT).data
    assert "No-show" in german.text or "Call" in german.text
    assert '<html lang="en"' in client.get(f"/host/{code}", headers=GERMAN).text


def test_a_fragment_is_kept_for_each_language(client: FlaskClient, code: str) -> None:
    join(client, code)
    poll = re.search(r'hx-get="([^"]+)"', said(client.get(f"/queue/{code}/place")))
    assert poll
    tags = {}
    for headers, word in ((GERMAN, "Nächste"), (CHINESE, "下一桌"), ({}, "You're next")):
        for _ in range(2):
            answer = client.get(poll[1], headers=FRAGMENT | headers)
            assert word in said(answer)
            assert "Accept-Language" in answer.headers["Vary"]
        tags[word] = answer.headers["ETag"]
        unchanged = FRAGMENT | headers | {"If-None-Match": answer.headers["ETag"]}
        assert client.get(poll[1], headers=unchanged).status_code == 304
    assert len(set(tags.values())) == 3
    # The tag of another language is no reason to keep that language on the screen.
    changed = FRAGMENT | GERMAN | {"If-None-Match": tags["下一桌"]}
    assert client.get(poll[1], headers=changed).status_code == 200


def test_json_is_the_same_in_all_languages(client: FlaskClient, code: str) -> None:
    join(client, code)
    answers = [
        client.get(f"/api/queue/{code}/snapshot?lang=fr&view=public", headers=headers)
        for headers in ({}, GERMAN, CHINESE)
    ]
    assert len({answer.data for answer in answers}) == 1
    assert all("Accept-Language" not in answer.headers["Vary"] for answer in answers)
    assert all(answer.status_code == 200 for answer in answers)


def test_a_choice_by_hand_sticks(client: FlaskClient, code: str) -> None:
    answer = client.get(f"/queue/{code}?lang=it&from=poster", headers=GERMAN)
    assert answer.status_code == 303
    # The address says it, too, as this browser may block cookies.
    assert answer.location == f"/queue/{code}?from=poster&spoken=it"
    assert "Mettersi in lista" in client.get(answer.location, headers=GERMAN).text
    again = client.get(f"/queue/{code}?lang=it", headers=GERMAN)
    assert again.location == f"/queue/{code}"
    assert "Il prossimo turno" in join(client, code)
    assert '<html lang="it"' in client.get("/", headers=GERMAN).text
    assert '<html lang="en"' in client.get("/new").text


@pytest.mark.parametrize("wished", ["xx", "", "../de", "en\r\nX: y"])
def test_a_language_that_is_not_there_changes_nothing(
    client: FlaskClient, code: str, wished: str
) -> None:
    page = client.get(f"/queue/{code}", query_string={"lang": wished}, headers=GERMAN)
    assert page.status_code == 200
    assert client.get_cookie(locale.COOKIE) is None


def test_a_choice_leads_nowhere_else(client: FlaskClient) -> None:
    for path in ("//evil.example/?lang=de", "/?lang=de&_external=1&_scheme=evil", "/x?lang=de"):
        answer = client.get(path)
        assert not (answer.location or "").startswith(("//", "http://evil", "evil"))


def test_every_page_of_a_guest_offers_the_other_languages(client: FlaskClient, code: str) -> None:
    pages = ["/", f"/queue/{code}"]
    for path in pages:
        page = client.get(path, headers=CHINESE).text
        assert '<html lang="zh-Hans"' in page
        assert 'href="?lang=fr" lang="fr"' in page
    join(client, code)
    assert 'href="?lang=fr"' in client.get(f"/queue/{code}/place").text


def test_errors_are_told_in_the_guests_language(client: FlaskClient) -> None:
    assert "Das finden wir nicht" in client.get("/queue/ZZZZZZ", headers=GERMAN).text
    assert "We can&#39;t find that" in client.get("/host/ZZZZZZ", headers=GERMAN).text or (
        "We can't find that" in client.get("/host/ZZZZZZ", headers=GERMAN).text
    )


def test_the_app_and_its_page_for_no_network_speak_the_guests_language(
    client: FlaskClient,
) -> None:
    assert "Keine Verbindung" in client.get("/offline", headers=GERMAN).text
    worker = client.get("/sw.js", headers=GERMAN)
    assert "Neues zu Ihrem Platz" in worker.text
    assert worker.headers["ETag"] != client.get("/sw.js").headers["ETag"]
    manifest = client.get("/manifest.webmanifest", headers=GERMAN).json
    assert manifest["lang"] == "de"
    assert "Mit Code eintragen" in [shortcut["name"] for shortcut in manifest["shortcuts"]]


def test_ready_made_words_of_a_host_are_said_in_the_guests_language(app: Flask) -> None:
    with app.test_request_context(headers=GERMAN):
        said_by_host = app.jinja_env.filters["said_by_host"]
        assert said_by_host(QUICK_REPLIES[3]) == "Sie können gern an der Bar warten."
        for own in ("", "50 % off at the bar <b>", "%(x)s"):
            assert said_by_host(own) == own


def test_what_a_guest_typed_is_no_markup_in_any_language(
    phone: Callable[[], FlaskClient], host: FlaskClient
) -> None:
    name = "<b>\"&'%(x)s"
    answer = host.post("/new", data={"eventName": name, "maxGuests": "20"})
    code = answer.location.rpartition("/")[2]
    for headers in (GERMAN, CHINESE, {}):
        page = phone().get(f"/queue/{code}", headers=headers)
        assert name not in page.text
        assert name in said(page)
