"""A party's id authorizes acting for it: only its guest and the host are shown it."""

import logging
import re
import uuid
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from queueup import log_config
from tests.web.security.conftest import Line, readable

NAME, PHONE, NOTES = "Zebedee", "+1 555 0199", "allergic to peanuts"


@pytest.fixture
def known(line: Line) -> Line:
    """The line, with much known of its first party, and everything said to it that can be."""
    fields = {"partyId": line.party_id, "name": NAME, "size": "2", "phone": PHONE, "notes": NOTES}
    for action, more in (
        ("edit", fields),
        ("message", {"partyId": line.party_id, "text": "Zebedee only"}),
        ("call", {}),
    ):
        done = line.tablet.post(
            f"/host/{line.code}/do/{action}", data={"partyId": line.party_id} | more
        )
        assert done.status_code == 303
    return line


def everything(
    app: Flask, line: Line, browser: FlaskClient, party_id: str
) -> Iterator[TestResponse]:
    """Yield what one browser is told at every address, as page, fragment and JSON."""
    for rule in readable(app):
        if "party_id" in rule.arguments:
            continue  # who asks so knows the id already
        for path in line.path(rule):
            yield browser.get(path)
            yield browser.get(path, headers={"HX-Request": "true"})
    for view in ("public", "board", "kiosk", "guest", "host"):
        for headers in ({}, {"HX-Request": "true"}):
            path = f"/api/queue/{line.code}/snapshot?view={view}"
            yield browser.get(path, headers=headers)
    own = f"/api/queue/{line.code}/snapshot?partyId={party_id}"
    yield browser.get(own)
    yield browser.get(own, headers={"HX-Request": "true"})


def test_a_party_is_shown_to_no_other_guest_and_not_to_the_room(app: Flask, known: Line) -> None:
    for browser in (known.other_phone, app.test_client()):
        for answer in everything(app, known, browser, known.other_id):
            told = answer.text + str(answer.headers)
            for secret in (known.party_id, NAME, PHONE, NOTES, "Zebedee only"):
                assert secret not in told, answer.request.path


def test_a_guest_reads_nothing_that_the_host_keeps_of_its_party(app: Flask, known: Line) -> None:
    for answer in everything(app, known, known.phone, known.party_id):
        for secret in (PHONE, NOTES, known.other_id):
            assert secret not in answer.text, answer.request.path


def test_an_id_cannot_be_guessed(line: Line) -> None:
    ids = [uuid.UUID(line.party_id), uuid.UUID(line.other_id)]
    assert [one.version for one in ids] == [4, 4]
    assert ids[0] != ids[1]


def test_a_link_with_an_id_is_exchanged_for_a_cookie_at_once(app: Flask, line: Line) -> None:
    link = f"/queue/{line.code}/place?partyId={line.party_id}"
    known = app.test_client()
    known.get("/queue/" + line.code)
    answer = known.get(link)
    assert answer.status_code == 303
    assert line.party_id not in answer.location
    # A browser of which nothing is known shows at one more address whether it keeps the cookie.
    page = app.test_client().get(link, follow_redirects=True)
    assert (page.request.path, page.request.query_string) == (f"/queue/{line.code}/place", b"")
    assert page.headers["Referrer-Policy"] == "same-origin"


def test_a_link_of_another_site_takes_no_guest_from_the_own_place(app: Flask, line: Line) -> None:
    join = {"name": "Joker", "size": 1}
    jokers = app.test_client().post(f"/api/queue/{line.code}/join", json=join).json["partyId"]
    link, elsewhere = f"/queue/{line.code}/place?partyId={jokers}", {"Sec-Fetch-Site": "cross-site"}
    assert "Set-Cookie" not in line.phone.get(link, headers=elsewhere).headers
    assert line.party_id in line.phone.get(f"/queue/{line.code}/place").text
    # A phone without a place takes the link from wherever it comes.
    fresh = app.test_client()
    fresh.get(link, headers=elsewhere)
    assert jokers in fresh.get(f"/queue/{line.code}/place").text
    # And a guest who follows it as it is is asked first, too.
    assert "Set-Cookie" not in line.phone.get(link).headers
    assert line.party_id in line.phone.get(f"/queue/{line.code}/place").text


def test_no_link_and_no_form_of_a_guests_page_has_the_id_in_its_address(line: Line) -> None:
    page = line.phone.get(f"/queue/{line.code}/place").text
    addresses = re.findall(r'(?:href|src|action|hx-post)="([^"]*)"', page)
    assert addresses
    assert not [address for address in addresses if line.party_id in address]


def test_a_guest_cannot_act_for_another(app: Flask, line: Line) -> None:
    stranger = app.test_client()
    for action in ("leave", "let-pass", "on-my-way", "size"):
        form = {"sure": "1", "size": "5"}
        stranger.post(f"/queue/{line.code}/do/{action}", data=form)
        wrong = {"partyId": str(uuid.uuid4()), **form}
        stranger.post(f"/queue/{line.code}/do/{action}", data=wrong)
        body = {"partyId": str(uuid.uuid4()), "size": 5}
        answer = stranger.post(f"/api/queue/{line.code}/{action}", json=body)
        assert answer.status_code == 404
    snapshot = line.tablet.get(f"/api/queue/{line.code}/snapshot").json
    assert [(party["name"], party["size"]) for party in snapshot["queue"]] == [
        ("Anna", 2),
        ("Ben", 2),
    ]


def _broken(**_: str) -> None:
    raise RuntimeError("Something is broken")


def test_no_log_line_says_who_the_guests_are(
    app: Flask, known: Line, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = known.tablet.get_cookie(f"queue_host_auth_{known.code}")
    assert cookie
    with caplog.at_level(logging.DEBUG):
        for browser in (known.phone, known.tablet):
            list(everything(app, known, browser, known.party_id))
        path = f"/api/queue/{known.code}"
        known.phone.get(f"{path}/snapshot?partyId={known.party_id}")
        known.phone.get(f"/queue/{known.code}/place?partyId={known.party_id}")
        known.phone.post(f"{path}/on-my-way", json={"partyId": known.party_id})
        known.tablet.get(f"/host/{known.code}/party/{known.party_id}")
        known.phone.get("/nowhere/" + known.party_id)
        monkeypatch.setitem(app.view_functions, "host_party.page", _broken)
        assert known.tablet.get(f"/host/{known.code}/party/{known.party_id}").status_code == 500
    formatter = log_config.TextFormatter(log_config.TEXT)
    said = "\n".join(formatter.format(record) for record in caplog.records)
    assert known.code in said
    assert "request failed" in said and "Something is broken" in said
    for secret in (known.party_id, NAME, PHONE, NOTES, cookie.value):
        assert secret not in said
