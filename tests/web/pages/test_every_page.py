"""What holds for every page: polls, URLs, headers, and the front page."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from queueup.domain.model import UNDO_CLOSING_MS
from queueup.typed import read_code
from queueup.waitlist import Waitlist
from queueup.web.input import fields
from tests.web.pages.filling_in import close_for_good, join, open_line, said

UNKNOWN = "/queue/ZZZZZZ"


def test_the_first_poll_of_every_page_is_unchanged(
    host: FlaskClient, client: FlaskClient, code: str
) -> None:
    join(client, code)
    pages = [(host, f"/host/{code}"), (client, f"/queue/{code}/place"), (host, f"/queue/{code}")]
    for browser, path in pages:
        page = said(browser.get(path))
        tag = re.search(r'data-etag="([^"]+)"', page)
        poll = re.search(r'hx-get="([^"]+)"', page)
        assert tag and poll
        headers = {"HX-Request": "true", "If-None-Match": f'"{tag[1]}"'}
        assert browser.get(poll[1], headers=headers).status_code == 304


def test_pages_that_follow_the_line_reload_themselves_without_a_script(
    host: FlaskClient, client: FlaskClient, code: str
) -> None:
    join(client, code)
    refresh = '<noscript><meta http-equiv="refresh"'
    assert refresh in host.get(f"/host/{code}").text
    assert refresh in client.get(f"/queue/{code}/place").text
    # A form that reloads itself would lose what is typed.
    assert refresh not in host.get(f"/queue/{code}").text


@pytest.mark.parametrize("path", [UNKNOWN, f"{UNKNOWN}/place", "/host/ZZZZZZ", "/nowhere"])
def test_an_unknown_address_offers_the_code_form(client: FlaskClient, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 404
    assert 'name="code"' in page.text
    assert "Session not found" not in page.text


def test_a_typed_code_leads_to_its_line(client: FlaskClient, code: str) -> None:
    for typed in (code, code.lower(), f" {code[:3]} {code[3:]}-", f"http://x.test/queue/{code}?a"):
        answer = client.get("/", query_string={"code": typed})
        assert answer.location == f"/queue/{code}"


@pytest.mark.parametrize("typed", ["ZZZZZZ", "KX7M2O", "", '"><b>', "x" * 500])
def test_a_mistyped_code_stays_in_the_field(client: FlaskClient, typed: str) -> None:
    page = client.get("/", query_string={"code": typed})
    assert page.status_code == 404
    assert "There's no line with this code" in page.text
    assert f'value="{typed}"' in said(page)
    assert '"><b>' not in page.text


@pytest.mark.parametrize(
    "typed",
    ["kx7m2p", " KX7 M2P\n", "kx-7m-2p", "KX7\u2013M2P", "#KX7M2P.", "KX\u200b7M2P", "KX7_M2P"],
)
def test_a_code_is_read_however_it_was_written_down(typed: str) -> None:
    assert read_code(typed) == "KX7M2P"


@pytest.mark.parametrize("typed", ["KX7M2", "KX7M2PP", "KX7M2I", "KX7M20", "KX7M21", "ÄX7M2P"])
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


def test_one_device_hosts_several_lines_and_stands_in_others(
    host: FlaskClient,
    phone: Callable[[], FlaskClient],
    waitlist: Waitlist,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = open_line(host, eventName="Bar"), open_line(host, eventName="Terrace")
    elsewhere = open_line(phone(), eventName="Elsewhere")
    join(host, elsewhere)
    front = host.get("/").text
    for path in (f"/host/{first}", f"/host/{second}", f"/queue/{elsewhere}/place"):
        assert f'href="{path}"' in front
    close_for_good(host, first, "Bar")
    assert f"/host/{first}" in host.get("/").text  # it can still be undone
    final = waitlist._clock() + UNDO_CLOSING_MS
    monkeypatch.setattr(waitlist, "_clock", lambda: final)
    waitlist.erase_guests(first)
    front = host.get("/").text
    assert f"/host/{first}" not in front
    assert f"/host/{second}" in front


def test_cookies_of_lines_that_are_gone_are_dropped(client: FlaskClient) -> None:
    names = ("queueup_party_ZZZZZZ", "queue_host_auth_ZZZZZZ")
    for name in names:
        client.set_cookie(name, "x")
    client.get("/")
    assert [client.get_cookie(name) for name in names] == [None, None]


@pytest.mark.parametrize(
    ("path", "mimetype"), [("/refused", "text/html"), ("/api/refused", "application/json")]
)
def test_a_refused_field_is_a_page_to_people_and_json_to_programs(
    app: Flask, path: str, mimetype: str
) -> None:
    def refuse() -> None:
        fields.number({"size": "many"}, "size", 1, 100)

    app.add_url_rule(path, view_func=refuse)
    answer = app.test_client().get(path)
    assert (answer.status_code, answer.mimetype) == (400, mimetype)
    assert "size must be a whole number from 1 to 100" in answer.text


def test_a_form_of_another_site_is_refused(client: FlaskClient, code: str) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = client.post(f"/queue/{code}", data={"size": "2"}, headers=headers)
        assert answer.status_code == 403


def test_pages_allow_no_script_but_their_own(client: FlaskClient, code: str) -> None:
    for path in ("/", "/new", f"/queue/{code}", UNKNOWN):
        page = client.get(path)
        policy = page.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "style=" not in page.text
        assert not re.search(r"<script(?![^>]*src=)", page.text)
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in page.headers


def test_every_script_and_style_sheet_stands_once_on_a_page(
    host: FlaskClient, client: FlaskClient, code: str
) -> None:
    # A line with a PIN: its pages lock themselves.
    pin = {"do": "set-pin", "pin": "1234"}
    assert host.post(f"/host/{code}/devices", data=pin).status_code == 303
    own = ["", "/settings", "/devices", "/ended", "/add", "/pause", "/message", "/poster"]
    own += ["/end-day", "/close-for-good"]
    pages = [host.get(f"/host/{code}{name}") for name in own]
    assert "js/host/auto-lock.js" in pages[0].text
    join(client, code)
    pages += [client.get(f"/queue/{code}/place"), host.get(f"/queue/{code}")]
    pages += [client.get(path) for path in ("/", "/new", "/offline", f"/board/{code}")]
    for page in [*pages, client.get(f"/kiosk/{code}")]:
        assert page.status_code == 200
        files = re.findall(r'(?:src|href)="(/static/(?:js|css|vendor)/[^"]+)"', page.text)
        assert len(files) == len(set(files)), page.request.path


def test_a_guest_on_https_gets_secure_cookies(client: FlaskClient, code: str) -> None:
    address = "https://localhost"
    answer = client.post(f"/queue/{code}", data={"size": "2"}, base_url=address)
    for word in ("Secure", "HttpOnly", "SameSite=Lax"):
        assert word in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]
