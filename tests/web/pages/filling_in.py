"""Helpers of the tests of pages that fill in forms as people do."""

import html
import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse


def open_line(browser: FlaskClient, **fields: str) -> str:
    """Open a line through the form, and return its code."""
    answer = browser.post("/new", data={"eventName": "Lucia", "maxGuests": "20"} | fields)
    assert answer.status_code == 303
    return answer.location.rpartition("/")[2]


def join(browser: FlaskClient, code: str, name: str = "", size: str = "2", **more: str) -> str:
    """Join through the form with its own key, and return the page that follows."""
    key = hidden(browser.get(f"/queue/{code}"), "key")
    data = {"name": name, "size": size, "key": key} | more
    return browser.post(f"/queue/{code}", data=data, follow_redirects=True).text


def close_for_good(host: FlaskClient, code: str, name: str = "Lucia") -> TestResponse:
    """Close a line for good, with its name as the page asks."""
    return host.post(f"/host/{code}/do/close", data={"name": name})


def hidden(page: TestResponse, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'type="hidden" name="{name}" value="([^"]*)"', page.text)
    assert found
    return found[1]


def act(host: FlaskClient, code: str, party_id: str, do: str, **more: str) -> TestResponse:
    """Press a party's button on the console."""
    data = {"partyId": party_id} | more
    return host.post(f"/host/{code}/do/{do}", data=data, follow_redirects=True)


def said(page: TestResponse) -> str:
    """Return a page with its entities as the letters that people read."""
    return html.unescape(page.text)
