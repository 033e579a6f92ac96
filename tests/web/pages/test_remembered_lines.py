"""What a browser remembers of lines: newest first, bounded, and for as long as the code lives."""

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from queueup.domain.commands import session as session_commands
from queueup.storage.store import KEEP_CODE_S, KEEP_S
from queueup.waitlist import Waitlist
from queueup.web.auth.lines import GUEST_COOKIE, HOST_COOKIE, MOST
from tests.web.pages.filling_in import join, open_line
from tests.web.security.test_cookies import cookies

EVENINGS = MOST[HOST_COOKIE] + 8
DEVICE = "abcdef012345." + "s" * 43
PARTY = "01234567-89ab-4cde-8f01-23456789abcd"


def kept(browser: FlaskClient, role: str) -> list[str]:
    """Return the cookies that a browser has of lines, the oldest first."""
    names = [part.partition("=")[0] for part in sent(browser).split("; ")]
    return [name for name in names if name.startswith(role)]


def sent(browser: FlaskClient) -> str:
    """Return the header with which a browser sends its cookies."""
    with browser:
        browser.get("/healthz")
        return request.headers.get("Cookie", "")


@pytest.mark.parametrize("closes", [True, False])
def test_a_tablet_that_opens_a_line_each_evening_finds_tonights_first(
    host: FlaskClient, waitlist: Waitlist, closes: bool
) -> None:
    first = open_line(host, eventName="The whole season")
    for evening in range(EVENINGS):
        code = open_line(host, eventName=f"Evening {evening}")
        # The line of the season stays in use.
        waitlist.join(first, None, 1, None)
        waitlist.kick(first, waitlist.queue(first).waiting()[0].id)
        if closes and evening < EVENINGS - 1:
            waitlist.act(code, session_commands.end_day)
    page = host.get("/").text
    shown = [part.partition("</bdi>")[0] for part in page.split('<bdi translate="no">')[1:]]
    assert shown[0] == f"Evening {EVENINGS - 1}"
    assert len(shown) == MOST[HOST_COOKIE] == len(kept(host, HOST_COOKIE))
    assert "The whole season" in shown[:2] if closes else "The whole season" in shown
    for own in (code, first):
        assert host.get(f"/host/{own}").status_code == 200


def test_a_phone_that_stands_in_many_lines_forgets_the_first_of_them(
    host: FlaskClient, client: FlaskClient
) -> None:
    codes = [open_line(host) for _ in range(MOST[GUEST_COOKIE] + 3)]
    for code in codes:
        join(client, code)
    page = client.get("/").text
    places = [page.find(f'href="/queue/{code}/place"') for code in codes]
    assert places[:3] == [-1, -1, -1]
    assert -1 not in places[3:] and places[3:] == sorted(places[3:], reverse=True)


def test_a_device_with_the_cookies_of_years_gets_rid_of_them(app: Flask) -> None:
    tablet = app.test_client()
    letters = "ABCDEFGHJKLM"
    many = [f"ZZZZ{one}{two}" for one in letters for two in letters]
    for code in many:
        tablet.set_cookie(f"{HOST_COOKIE}_{code}", DEVICE)
    for code in many[:60]:
        tablet.set_cookie(f"{GUEST_COOKIE}_{code}", PARTY)
    assert len(sent(tablet)) > 8_190
    own = open_line(tablet)
    for _ in range(20):
        answer = tablet.get("/")
        assert len("".join(answer.headers.getlist("Set-Cookie"))) < 4_000
    assert kept(tablet, HOST_COOKIE) == [f"{HOST_COOKIE}_{own}"]
    assert kept(tablet, GUEST_COOKIE) == []


def test_cookies_live_as_long_as_the_code(host: FlaskClient, client: FlaskClient) -> None:
    answers = [host.post("/new", data={"eventName": "Lucia", "maxGuests": "20"})]
    code = answers[0].location.rpartition("/")[2]
    answers += [host.get(f"/host/{code}")]
    joined = [client.post(f"/queue/{code}", data={"size": "2"}), client.get(f"/queue/{code}/place")]
    for answer in answers:
        assert f"Max-Age={KEEP_CODE_S}" in cookies([answer])[f"{HOST_COOKIE}_{code}"]
    for answer in joined:
        assert f"Max-Age={KEEP_S}" in cookies([answer])[f"{GUEST_COOKIE}_{code}"]
