"""Every cookie is unreadable for scripts, stays on this site, and is sent by HTTPS only."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.web.security.conftest import Line, changing, readable


def cookies(answers: list[TestResponse]) -> dict[str, str]:
    """Return the cookies of answers by name, with their attributes."""
    found = [text for answer in answers for text in answer.headers.getlist("Set-Cookie")]
    return {text.partition("=")[0]: text for text in found if "Max-Age=0" not in text}


@pytest.mark.parametrize("address", ["https://localhost", "http://localhost"])
def test_every_cookie_of_every_route_is_guarded(app: Flask, line: Line, address: str) -> None:
    browser = app.test_client()
    tablet = app.test_client()
    opened = tablet.post("/new", data={"eventName": "A", "maxGuests": "9"}, base_url=address)
    code = opened.location.rpartition("/")[2]
    wish = {"eventName": "A", "maxGuests": 9}
    answers = [
        opened,
        browser.post("/api/queue/create", json=wish, base_url=address),
        browser.post(f"/queue/{code}", data={"size": "2"}, base_url=address),
        browser.get(f"/queue/{line.code}/place?partyId={line.party_id}", base_url=address),
    ]
    letters = tablet.post(f"/api/queue/{code}/invite-device", json={}, base_url=address).json
    form = {"invitation": letters["url"].rpartition("#")[2], "name": "Second"}
    answers.append(app.test_client().post(f"/host/{code}/device", data=form, base_url=address))
    for rule in readable(app):
        for path in line.path(rule):
            for one in (line.tablet, line.phone):
                answers.append(one.get(path, query_string={"lang": "de"}, base_url=address))
    for rule in changing(app):
        for path in line.path(rule):
            answers.append(browser.post(path, data={"size": "2"}, base_url=address))
    found = cookies(answers)
    names = {name.rpartition("_")[0] if len(name) > 16 else name for name in found}
    assert {"queue_host_auth", "queueup_party"} <= names
    for text in found.values():
        assert ("Secure" in text) is address.startswith("https"), text
        assert "SameSite=Strict" in text or "SameSite=Lax" in text, text
        assert "Path=/" in text, text
        assert "Domain=" not in text, text
        assert "HttpOnly" in text, text
    hosts = [text for name, text in found.items() if name.startswith("queue_host_auth")]
    assert all("SameSite=Strict" in text for text in hosts)
