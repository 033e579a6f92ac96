"""The security headers of every response: content policy, framing and caching."""

import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.web.security.conftest import Line, readable

HTTPS = "https://localhost"


def answers(app: Flask, line: Line, base_url: str = "http://localhost") -> list[TestResponse]:
    """Return what all addresses say to the host, a guest and a stranger."""
    stranger = app.test_client()
    found = [
        browser.get(path, base_url=base_url)
        for rule in readable(app)
        for path in line.path(rule)
        for browser in (line.tablet, line.phone, stranger)
    ]
    missing = [stranger.get(path, base_url=base_url) for path in ("/nowhere", "/queue/ZZZZZZ")]
    wrong = [stranger.post("/new", data={"eventName": ""}, base_url=base_url)]
    assert len(found) > 90
    assert {answer.status_code for answer in found} >= {200, 303, 403}
    return found + missing + wrong


def test_no_answer_can_be_shown_in_a_frame(app: Flask, line: Line) -> None:
    for answer in answers(app, line):
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy, answer.request.path


def test_no_answer_allows_scripts_from_anywhere_or_in_the_page(app: Flask, line: Line) -> None:
    for answer in answers(app, line):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        if answer.mimetype == "text/html":
            assert not re.search(r"<script(?![^>]*\ssrc=)", answer.text), answer.request.path
            assert not re.search(r"<[^>]+\son[a-z]+=", answer.text), answer.request.path
            assert "base-uri 'none'" in policy
            assert "form-action 'self'" in policy
            assert "require-trusted-types-for 'script'" in policy


def test_no_answer_is_read_as_something_else(app: Flask, line: Line) -> None:
    for answer in answers(app, line):
        assert answer.headers["X-Content-Type-Options"] == "nosniff", answer.request.path


def test_no_page_tells_other_sites_its_address(app: Flask, line: Line) -> None:
    pages = [answer for answer in answers(app, line) if answer.mimetype == "text/html"]
    assert len(pages) > 30
    for answer in pages:
        # The latter is of pages that do not tell their whole address to our own server either.
        told = answer.headers["Referrer-Policy"]
        assert told in ("same-origin", "strict-origin"), answer.request.path
        assert "camera=()" in answer.headers["Permissions-Policy"]
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(("address", "is_https"), [(HTTPS, True), ("http://localhost", False)])
def test_browsers_are_told_to_stay_on_https(
    app: Flask, line: Line, address: str, is_https: bool
) -> None:
    for answer in answers(app, line, address):
        told = answer.headers.get("Strict-Transport-Security")
        assert (told == "max-age=31536000") if is_https else told is None, answer.request.path


def test_no_page_of_a_host_or_guest_is_kept_by_shared_caches(app: Flask, line: Line) -> None:
    pages = [
        (f"/host/{line.code}", line.tablet),
        (f"/host/{line.code}/devices", line.tablet),
        (f"/queue/{line.code}/place", line.phone),
    ]
    for path, browser in pages:
        answer = browser.get(path)
        assert answer.status_code == 200
        kept = answer.headers["Cache-Control"]
        assert "private" in kept or "no-store" in kept


def test_no_answer_names_the_software_behind_it(app: Flask, line: Line) -> None:
    for answer in answers(app, line):
        assert not {"X-Powered-By"} & set(answer.headers.keys())
