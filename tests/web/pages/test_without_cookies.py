"""Browsers that block cookies: a guest's place has an address, and hosts are told beforehand."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from queueup.domain.model import Status
from queueup.links import place_url
from queueup.waitlist import Waitlist
from tests.web.pages.filling_in import hidden, open_line, said

NOTICE = "This browser blocks cookies"


@pytest.fixture
def blocking(app: Flask) -> FlaskClient:
    """A phone whose browser blocks all cookies."""
    return app.test_client(use_cookies=False)


def fill_in(browser: FlaskClient, path: str, **fields: str) -> dict[str, str]:
    """Return the form at this address as a browser would send it."""
    page = browser.get(path)
    return {"key": hidden(page, "key"), "cookies": hidden(page, "cookies")} | fields


def test_a_guest_without_cookies_joins_once_and_keeps_the_place(
    blocking: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    form = fill_in(blocking, f"/queue/{code}", size="2", name="Anna")
    places = [blocking.post(f"/queue/{code}", data=form, follow_redirects=True) for _ in range(2)]
    (party,) = waitlist.queue(code).parties
    for page in places:
        assert "You're next" in said(page) and NOTICE in page.text
        assert page.request.path == f"/queue/{code}/place"
        assert page.request.args["partyId"] == party.id
        # The address is the guest's only: it goes into no cache and no Referer.
        assert page.headers["Cache-Control"] == "private, no-store"
        assert page.headers["Referrer-Policy"] == "strict-origin"
    again = blocking.get(places[0].request.full_path)
    assert again.status_code == 200 and "You're next" in said(again)


def test_a_guest_without_cookies_does_everything_from_that_page(
    blocking: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    form = fill_in(blocking, f"/queue/{code}", size="2")
    page = blocking.post(f"/queue/{code}", data=form, follow_redirects=True)
    address = page.request.full_path
    shown = {"partyId": hidden(page, "partyId")}
    answers = [
        blocking.post(f"/queue/{code}/nearby", data=shown),
        blocking.post(f"/queue/{code}/do/size", data=shown | {"size": "3"}),
    ]
    assert [answer.location for answer in answers] == [address.rstrip("?")] * 2
    picture = re.search(r'src="([^"]*place.svg[^"]*)"', said(page))
    assert picture and blocking.get(picture[1]).status_code == 200
    german = re.search(r'href="([^"]*spoken=de)"', said(page))
    assert german
    translated = blocking.get(f"/queue/{code}/place{german[1]}")
    assert '<html lang="de"' in translated.text and "spoken=de" in translated.text
    asked = blocking.post(f"/queue/{code}/leave", data=shown)
    assert address in said(asked)
    left = blocking.post(f"/queue/{code}/leave", data=shown | {"sure": "1"}, follow_redirects=True)
    assert "You left the line" in left.text
    party = waitlist.queue(code).parties[0]
    assert (party.status, party.nearby, party.size) == (Status.LEFT, True, 3)


def test_a_link_leads_a_browser_without_cookies_to_the_place(
    blocking: FlaskClient, client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    """As from a kiosk's ticket, a host's hand-over, a push."""
    _, party = waitlist.join(code, "Anna", 2, None)
    link = place_url("", code, party.id)
    page = blocking.get(link + ").", follow_redirects=True)
    assert "Anna" in page.text and NOTICE in page.text
    # Where cookies come back, the id leaves the address.
    kept = client.get(link, follow_redirects=True)
    assert "Anna" in kept.text and NOTICE not in kept.text
    assert kept.request.query_string == b""
    # The marked address does no harm in a browser that has cookies.
    marked = client.get(page.request.full_path)
    assert marked.location == f"/queue/{code}/place"


def test_cookies_that_are_allowed_again_take_the_id_from_the_address(
    app: Flask, blocking: FlaskClient, code: str
) -> None:
    form = fill_in(blocking, f"/queue/{code}", size="2")
    page = blocking.post(f"/queue/{code}", data=form, follow_redirects=True)
    allowing = app.test_client()
    allowing.get(page.request.full_path)
    assert allowing.get(page.request.full_path).location == f"/queue/{code}/place"


def test_a_language_can_be_chosen_without_cookies(blocking: FlaskClient, code: str) -> None:
    answer = blocking.get(f"/queue/{code}?lang=de")
    assert answer.location == f"/queue/{code}?spoken=de"
    assert '<html lang="de"' in blocking.get(answer.location).text
    form = fill_in(blocking, answer.location, size="2")
    page = blocking.post(answer.location, data=form, follow_redirects=True)
    assert '<html lang="de"' in page.text


def test_a_host_without_cookies_is_told_before_the_line_is_opened(
    app: Flask, blocking: FlaskClient
) -> None:
    typed = {"eventName": "Trattoria Lucia", "maxGuests": "40"}
    form = fill_in(blocking, "/new") | typed
    page = blocking.post("/new", data=form)
    assert page.status_code == 422
    assert NOTICE in page.text and 'value="Trattoria Lucia"' in page.text
    assert hidden(page, "key") == form["key"]
    # The same form is taken as soon as cookies are.
    allowing: Any = app.test_client()
    allowing.get("/new")
    code = allowing.post("/new", data=form).location.rpartition("/")[2]
    assert allowing.get(f"/host/{code}").status_code == 200


def test_a_device_without_cookies_does_not_use_up_its_invitation(
    app: Flask, blocking: FlaskClient, host: FlaskClient, code: str
) -> None:
    link = host.post(f"/api/queue/{code}/invite-device", json={}).json["url"]
    path = f"/host/{code}/device"
    form = fill_in(blocking, path, invitation=link.rpartition("#")[2], name="Bar")
    page = blocking.post(path, data=form)
    assert page.status_code == 422
    assert NOTICE in page.text and form["invitation"] in page.text
    assert app.test_client().post(path, data=form | {"cookies": ""}).status_code == 422
    tablet = app.test_client()
    tablet.get(path)
    assert tablet.post(path, data=form).status_code == 303
    assert tablet.get(f"/host/{code}").status_code == 200


def test_a_browser_that_keeps_cookies_is_asked_for_one_once(client: FlaskClient) -> None:
    code = open_line(client)
    client.get("/new")
    assert client.get_cookie("queueup_cookies") is None
    fresh: FlaskClient = client.application.test_client()
    assert "queueup_cookies" in fresh.get(f"/queue/{code}").headers["Set-Cookie"]
    assert "Set-Cookie" not in fresh.get(f"/queue/{code}").headers
