"""Behind a proxy that the settings do not know, the page, the log and /ops name the setting."""

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import unquote

import pytest
from flask import Flask

from queueup import create_app
from queueup.config import read_settings
from queueup.services import EXTENSION

PUBLIC = "https://queue.example.org"
FORM = {"name": "Ana", "size": "2"}
OWN = {"Origin": PUBLIC, "Sec-Fetch-Site": "same-origin"}
MISSING = f"set APP_BASE_URL={PUBLIC}."


@pytest.fixture
def app_with(env: dict[str, str]) -> Iterator[Callable[..., Flask]]:
    """Make an app with other settings."""
    with ExitStack() as ends:

        def make(**settings: str) -> Flask:
            made = create_app(read_settings(env | settings))
            ends.callback(made.extensions[EXTENSION].redis.close)
            return made

        yield make


def opened(app: Flask) -> str:
    """Open a line, and return its code."""
    return str(app.test_client().post("/new", data={"eventName": "A", "maxGuests": "9"}).location)[
        -6:
    ]


def test_our_own_form_is_answered_with_the_setting_that_is_missing(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    code, guest = opened(app), app.test_client()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            answer = guest.post(f"/queue/{code}", data=FORM, headers=OWN)
            assert answer.status_code == 403
            assert MISSING in answer.text
            assert "This page is for the host" not in answer.text
            assert MISSING in unquote(answer.headers["X-QueueUp-Notice"])
    assert [MISSING in record.getMessage() for record in caplog.records] == [True]
    # A proxy that speaks HTTPS and does not say so; older browsers send no Sec-Fetch-Site.
    silent = guest.post(f"/queue/{code}", data=FORM, headers={"Origin": "https://localhost"})
    assert "set APP_BASE_URL=https://localhost." in silent.text


def test_with_the_setting_the_form_is_taken(app_with: Callable[..., Flask]) -> None:
    app = app_with(APP_BASE_URL=PUBLIC)
    code = opened(app)
    assert app.test_client().post(f"/queue/{code}", data=FORM, headers=OWN).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://other.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://other.example"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://<b>", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_another_sites_form_is_told_no_setting(app: Flask, headers: dict[str, str]) -> None:
    answer = app.test_client().post(f"/queue/{opened(app)}", data=FORM, headers=headers)
    assert answer.status_code == 403
    assert "APP_BASE_URL" not in answer.text


def test_an_ignored_forwarded_address_is_said_in_the_log_and_to_the_operator(
    app_with: Callable[..., Flask], caplog: pytest.LogCaptureFixture
) -> None:
    forwarded = {"X-Forwarded-For": "198.51.100.7"}
    operator = ("", "right")
    app = app_with(OPS_PASSWORD="right", TRUSTED_PROXIES="0")
    browser = app.test_client()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert browser.get("/", headers=forwarded).status_code == 200
    (said,) = [record.getMessage() for record in caplog.records]
    assert "TRUSTED_PROXIES=0" in said
    app.extensions[EXTENSION].daily_stats.add()
    page = browser.get("/ops", auth=operator).text
    assert "TRUSTED_PROXIES=0" in page
    trusting = app_with(OPS_PASSWORD="right", TRUSTED_PROXIES="1").test_client()
    assert trusting.get("/", headers=forwarded).status_code == 200
    assert "TRUSTED_PROXIES=0" not in trusting.get("/ops", auth=operator).text
