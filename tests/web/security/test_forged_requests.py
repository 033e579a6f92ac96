"""No other site can act through a host's or a guest's browser, on whatever route and in what form.

The routes are those that the app has: a new one is covered by being there.
"""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import Client

from queueup import create_app
from queueup.config import read_settings
from queueup.services import EXTENSION, Services
from tests.web.security.conftest import Line, changing

FORGED: list[dict[str, str]] = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost.evil.example"},
    {"Origin": "http://localhost:81"},
    {"Origin": "https://localhost"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
]
HONEST: list[dict[str, str]] = [
    {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {},
]
TYPES = ("json", "form", "text")


def sent(
    browser: FlaskClient, path: str, as_what: str, party_id: str, headers: dict[str, str]
) -> int:
    """Send something that would do much, and return the status."""
    fields = {"partyId": party_id, "sure": "1", "size": "3", "reason": "x", "text": "x"}
    if as_what == "json":
        return browser.post(path, json=fields, headers=headers).status_code
    if as_what == "form":
        return browser.post(path, data=fields, headers=headers).status_code
    # What a form of another site can send without asking first (Fetch standard, CORS).
    body = '{"partyId":"' + party_id + '"}'
    return browser.post(path, data=body, headers=headers, content_type="text/plain").status_code


@pytest.mark.parametrize("headers", FORGED, ids=str)
def test_no_changing_route_takes_a_forged_request(
    app: Flask, parts: Services, line: Line, headers: dict[str, str]
) -> None:
    rules = changing(app)
    assert len(rules) > 50
    before = parts.waitlist.queue(line.code)
    for rule in rules:
        for path in line.path(rule):
            for as_what in TYPES:
                for browser in (line.tablet, line.phone):
                    status = sent(browser, path, as_what, line.party_id, headers)
                    assert status == 403, (path, as_what, status)
    assert parts.waitlist.queue(line.code) == before


@pytest.mark.parametrize("headers", HONEST, ids=str)
def test_the_same_requests_of_our_own_pages_and_of_programs_are_not_refused(
    app: Flask, line: Line, headers: dict[str, str]
) -> None:
    path = f"/host/{line.code}/do/call"
    assert sent(line.tablet, path, "form", line.party_id, headers) == 303
    path = f"/api/queue/{line.code}/on-my-way"
    assert sent(line.phone, path, "json", line.party_id, headers) == 200


def test_no_method_but_post_changes_anything(app: Flask) -> None:
    methods = {method for rule in changing(app) for method in rule.methods or ()}
    assert methods <= {"POST", "OPTIONS", "GET", "HEAD"}


def test_looking_changes_nothing(app: Flask, parts: Services, line: Line) -> None:
    before = parts.waitlist.queue(line.code)
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.websocket:
            for path in line.path(rule):
                for browser in (line.tablet, line.phone):
                    browser.get(path, query_string={"partyId": line.party_id, "sure": "1"})
    assert parts.waitlist.queue(line.code) == before


def test_a_client_behind_a_proxy_does_not_choose_our_name(env: dict[str, str]) -> None:
    app = create_app(read_settings(env | {"TRUSTED_PROXIES": "1"}))
    asked = Client(app.wsgi_app).post(
        "/api/queue/create",
        json={"eventName": "Lucia", "maxGuests": 9},
        headers={
            "Host": "queue.example.org",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "evil.example",
            "Origin": "https://queue.example.org",
        },
    )
    assert asked.json
    assert asked.json["joinUrl"].startswith("https://queue.example.org/queue/")
    app.extensions[EXTENSION].redis.close()
