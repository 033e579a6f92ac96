"""Scanning again with another browser: the host confirms whose place it is, and nobody else can."""

import re
import secrets
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client import REGISTRY
from werkzeug.test import TestResponse

from queueup.domain.commands import claims
from queueup.waitlist import Waitlist
from tests.web.pages.filling_in import act, hidden, join, said

ASKED = "We've asked the host"


def ask(browser: FlaskClient, code: str, ticket: str = "1", name: str = "Anna") -> TestResponse:
    """Ask for the way back with the form below the join form, and return the page that follows."""
    form = {"ticket": ticket, "name": name, "key": secrets.token_urlsafe(12)}
    return browser.post(f"/queue/{code}/claim", data=form, follow_redirects=True)


def shown_number(page: TestResponse) -> str:
    """Return the number that the guest shows to the host."""
    found = re.search(r'<b translate="no">(\d\d)</b>', page.text)
    assert found
    return found[1]


def answer(host: FlaskClient, code: str, do: str) -> TestResponse:
    """Answer the claim that the console shows."""
    shown = host.get(f"/host/{code}")
    card = shown.text.partition('class="ask-card"')[2]
    party_id = re.search(r'name="partyId" value="([^"]*)"', card)
    claim = re.search(r'name="claim" value="([^"]*)"', card)
    assert party_id and claim
    return act(host, code, party_id[1], do, claim=claim[1])


@pytest.fixture
def anna(phone: Callable[[], FlaskClient], code: str) -> FlaskClient:
    """The phone of the first party in line."""
    found = phone()
    join(found, code, "Anna")
    return found


@pytest.mark.parametrize("keeps_cookies", [True, False])
def test_the_host_confirms_with_a_tap_and_the_phone_shows_the_place(
    app: Flask,
    host: FlaskClient,
    anna: FlaskClient,
    code: str,
    waitlist: Waitlist,
    keeps_cookies: bool,
) -> None:
    scanner = app.test_client(use_cookies=keeps_cookies)
    assert "Already in line?" in scanner.get(f"/queue/{code}").text
    asked = ask(scanner, code)
    assert ASKED in said(asked)
    console = said(host.get(f"/host/{code}"))
    assert "on another phone?" in console and f">{shown_number(asked)}</b>" in console
    waiting = asked.request.full_path
    assert scanner.get(f"{waiting}&state=1").text == "waiting"
    answer(host, code, "confirm-claim")
    assert "on another phone?" not in said(host.get(f"/host/{code}"))
    assert scanner.get(f"{waiting}&state=1").text == "answered"
    place = scanner.get(waiting, follow_redirects=True)
    assert place.request.path == f"/queue/{code}/place" and "Anna" in place.text
    assert len(waitlist.queue(code).parties) == 1
    assert "Anna" in anna.get(f"/queue/{code}/place").text


def test_the_waiting_page_asks_for_no_more_than_what_other_polls_read(
    app: Flask, anna: FlaskClient, code: str
) -> None:
    scanner = app.test_client()
    waiting = ask(scanner, code).request.full_path

    def reads() -> list[float | None]:
        made = [REGISTRY.get_sample_value("queueup_truth_reads_total")]
        return made + [
            REGISTRY.get_sample_value("queueup_snapshots_total", {"found": found})
            for found in ("redis", "truth")
        ]

    state = scanner.get(f"{waiting}&state=1").text
    before = reads()
    assert {scanner.get(f"{waiting}&state=1").text for _ in range(5)} == {state} == {"waiting"}
    assert reads() == before


def test_nothing_of_a_party_is_shown_before_the_host_has_confirmed(
    app: Flask, anna: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    party = waitlist.queue(code).parties[0]
    pages = {}
    for ticket, name in (("1", "Anna"), ("1", "Somebody"), ("1", ""), ("77", "Anna")):
        stranger = app.test_client()
        page = ask(stranger, code, ticket, name)
        for text in (page.text, str(page.headers), page.request.full_path):
            assert "Anna" not in text and party.id not in text
        assert stranger.get_cookie(f"queueup_party_{code}") is None
        assert page.headers["Cache-Control"] == "private, no-store"
        assert page.headers["Referrer-Policy"] == "strict-origin"
        own = page.request.args["claim"]
        pages[ticket, name] = (
            re.sub(r'translate="no">\d\d<', "", page.text.replace(own, "")),
            stranger.get(f"{page.request.full_path}&state=1").text,
        )
    clean = {re.sub(r'data-now="\d+"', "", text) + state for text, state in pages.values()}
    assert len(clean) == 1


def test_a_declined_claim_opens_nothing_and_can_be_made_again(
    app: Flask, host: FlaskClient, anna: FlaskClient, code: str
) -> None:
    scanner = app.test_client()
    asked = ask(scanner, code)
    answer(host, code, "decline-claim")
    page = scanner.get(asked.request.full_path)
    assert "The host couldn't confirm this spot" in said(page)
    assert "Anna" not in page.text and scanner.get_cookie(f"queueup_party_{code}") is None
    again = ask(scanner, code)
    answer(host, code, "confirm-claim")
    assert "Anna" in scanner.get(again.request.full_path, follow_redirects=True).text


def test_a_tap_answers_the_claim_that_the_host_saw_and_no_later_one(
    app: Flask, host: FlaskClient, anna: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    mine, strangers = app.test_client(), app.test_client()
    ask(mine, code)
    party = waitlist.queue(code).parties[0]
    later = ask(strangers, code)
    page = act(host, code, party.id, "confirm-claim", claim=party.claim or "")
    assert page.status_code == 409 and "no longer open" in page.text
    assert ASKED in said(strangers.get(later.request.full_path))
    answer(host, code, "decline-claim")
    assert strangers.get_cookie(f"queueup_party_{code}") is None


def test_only_the_host_answers_a_claim(app: Flask, anna: FlaskClient, code: str) -> None:
    scanner = app.test_client()
    asked = ask(scanner, code)
    shown = {"partyId": "x", "claim": "y"}
    for browser in (scanner, anna):
        for action in ("confirm-claim", "decline-claim"):
            assert browser.post(f"/host/{code}/do/{action}", data=shown).status_code == 403
    assert ASKED in said(scanner.get(asked.request.full_path))
    guessed = f"/queue/{code}/claim?claim=guess"
    assert ASKED in said(app.test_client().get(guessed))


def test_the_same_form_sent_twice_is_one_claim(
    client: FlaskClient, anna: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    form = {"ticket": "#1", "name": "Anna", "key": hidden(client.get(f"/queue/{code}"), "key")}
    addresses = {client.post(f"/queue/{code}/claim", data=form).location for _ in range(2)}
    assert len(addresses) == 1
    happened = waitlist.queue(code).last_event
    client.post(f"/queue/{code}/claim", data=form)
    assert waitlist.queue(code).last_event == happened


@pytest.mark.parametrize("ticket", ["", "Anna", "0", "1e3"])
def test_a_ticket_that_is_none_is_asked_for(client: FlaskClient, code: str, ticket: str) -> None:
    page = ask(client, code, ticket, "Zoë")
    assert page.status_code == 422
    assert "Please enter the number on your ticket" in page.text
    assert "<details" in page.text and " open>" in page.text and 'value="Zoë"' in page.text


def test_a_party_that_has_gone_is_not_claimed(
    client: FlaskClient, host: FlaskClient, anna: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    asked = ask(client, code)
    waitlist.kick(code, waitlist.queue(code).parties[0].id)
    assert "on another phone?" not in said(host.get(f"/host/{code}"))
    assert ASKED in said(client.get(asked.request.full_path))
    assert ASKED in said(ask(client, code))


def test_each_form_of_the_page_keeps_what_was_typed_into_it(client: FlaskClient, code: str) -> None:
    claim = {"name": "Zoë", "ticket": "fourteen", "key": "the claim's"}
    refused = client.post(f"/queue/{code}/claim", data=claim)
    assert refused.status_code == 422
    join_form, _, claim_form = refused.text.partition('<details class="claim"')
    assert "Zoë" not in join_form
    assert "the claim" not in join_form
    assert 'value="Zoë"' in claim_form
    assert 'value="fourteen"' in claim_form
    assert 'value="the claim&#39;s"' in claim_form
    refused = client.post(f"/queue/{code}/join", data={"name": "Zoë", "size": "0", "key": "join's"})
    assert refused.status_code == 422
    join_form, _, claim_form = refused.text.partition('<details class="claim"')
    assert 'value="Zoë"' in join_form
    assert 'value="join&#39;s"' in join_form
    assert "Zoë" not in claim_form


def test_two_waiting_parties_of_one_name_and_size_are_marked(
    host: FlaskClient, phone: Callable[[], FlaskClient], code: str, waitlist: Waitlist
) -> None:
    for name, size in (
        ("José Luis", "2"),
        ("jose  luis", "2"),
        ("José", "2"),
        ("", "2"),
        ("", "2"),
    ):
        join(phone(), code, name, size)
    console = host.get(f"/host/{code}").text
    assert console.count("same name and size as") == 2
    for ticket in (1, 2):
        assert f'same name and size as <span translate="no">#{ticket}<' in console
    waitlist.kick(code, waitlist.queue(code).parties[0].id)
    assert "same name and size" not in host.get(f"/host/{code}").text


def test_a_number_has_two_digits() -> None:
    numbers = {claims.number(f"{value:08x}") for value in (0, 89, 90, 2**32 - 1)}
    assert all(10 <= number <= 99 for number in numbers)
