"""Forms show what is wrong beside each field, and keep what was typed."""

import pytest
from flask.testing import FlaskClient

from queueup import create_app
from queueup.config import read_settings
from queueup.domain.model import MINUTE, OnExpiry, QueueSettings
from queueup.services import EXTENSION
from queueup.waitlist import Waitlist
from queueup.web.input import forms
from tests.web.pages.filling_in import hidden, join, open_line, said


def test_a_form_says_everything_that_is_wrong_at_once_and_keeps_what_was_typed(
    client: FlaskClient,
) -> None:
    typed = {"eventName": "  ", "maxGuests": "many", "openTime": "5 pm", "location": "Via <Roma>"}
    page = client.post("/new", data=typed)
    assert page.status_code == 422
    for field in ("eventName", "maxGuests", "openTime"):
        assert f'id="{field}-wrong"' in page.text
        assert forms.ERRORS[field][0] in said(page)
    for kept in ('value="many"', 'value="5 pm"', 'value="Via &lt;Roma&gt;"'):
        assert kept in page.text
    assert "eventName is required" not in page.text


def test_a_line_opened_here_holds_tables_ten_minutes_and_flags_late_parties(
    host: FlaskClient, waitlist: Waitlist
) -> None:
    settings = waitlist.queue(open_line(host, location="Via Roma", openTime="17:30")).settings
    assert settings.hold_ms == 10 * MINUTE
    assert settings.on_expiry is OnExpiry.FLAG
    assert (settings.location, settings.open_time) == ("Via Roma", "17:30")


@pytest.mark.parametrize("size", ["", "0", "-3", "2.5", "two", "more", "1" * 5000, "²"])
def test_a_size_that_is_no_number_is_asked_for_again_and_the_name_stays(
    client: FlaskClient, code: str, size: str, waitlist: Waitlist
) -> None:
    page = client.post(f"/queue/{code}", data={"name": "Zoë 🎂", "size": size, "key": "k"})
    assert page.status_code == 422
    assert forms.ERRORS["size"][0] in page.text
    assert 'value="Zoë 🎂"' in page.text
    assert hidden(page, "key") == "k"
    assert waitlist.queue(code).parties == ()


def test_a_large_party_types_its_size(client: FlaskClient, code: str, waitlist: Waitlist) -> None:
    join(client, code, size="more", exactSize="11")
    assert waitlist.queue(code).parties[0].size == 11


def test_a_party_that_does_not_fit_is_told_so_and_keeps_what_it_typed(
    client: FlaskClient, code: str
) -> None:
    key = hidden(client.get(f"/queue/{code}"), "key")
    client.application.test_client().post(f"/queue/{code}", data={"size": "1", "key": "first"})
    data = {"name": "Big", "size": "more", "exactSize": "20", "key": key}
    page = client.post(f"/queue/{code}", data=data)
    assert page.status_code == 409
    assert "no room for a party of 20" in page.text
    assert "try again in a few minutes" in page.text
    assert 'value="20"' in page.text
    assert 'value="Big"' in page.text


def test_a_full_line_says_so_before_anybody_fills_in_the_form(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    waitlist.join(code, None, 20, None)
    assert "The line is full right now." in client.get(f"/queue/{code}").text
    waitlist.leave(code, waitlist.queue(code).parties[0].id)
    assert "No one is waiting" in client.get(f"/queue/{code}").text


def test_a_party_that_can_never_fit_is_not_asked_to_try_again(
    client: FlaskClient, code: str
) -> None:
    page = client.post(f"/queue/{code}", data={"size": "more", "exactSize": "21", "key": "k"})
    assert page.status_code == 409
    assert "up to 20 people" in page.text
    assert "in a few minutes" not in page.text


def test_the_bot_check_stands_in_both_forms_when_it_is_on(env: dict[str, str]) -> None:
    env |= {"TURNSTILE_SECRET_KEY": "secret", "TURNSTILE_SITE_KEY": "site-key"}
    app = create_app(read_settings(env))
    line = QueueSettings("Lucia", 20, 10 * MINUTE, OnExpiry.FLAG)
    code = app.extensions[EXTENSION].waitlist.create(line).code
    browser = app.test_client()
    for path, typed in (
        ("/new", {"eventName": "Bar", "maxGuests": "20"}),
        (f"/queue/{code}", {"name": "Bar", "size": "2", "key": "k"}),
    ):
        page = browser.get(path)
        assert 'data-sitekey="site-key"' in page.text
        assert (
            "frame-src https://challenges.cloudflare.com"
            in (page.headers["Content-Security-Policy"])
        )
        refused = browser.post(path, data=typed)
        assert refused.status_code == 422
        assert "Please wait for the check to finish" in refused.text
        assert 'value="Bar"' in refused.text


def test_the_join_form_is_sent_to_a_plain_address_that_leads_back_to_the_form(
    client: FlaskClient, code: str
) -> None:
    page = client.get(f"/queue/{code}")
    assert f'action="/queue/{code}/join" class="join-form"' in page.text
    refused = client.post(f"/queue/{code}/join", data={"size": "0", "key": hidden(page, "key")})
    assert refused.status_code == 422
    assert client.get(f"/queue/{code}/join").location == f"/queue/{code}"
    # The language that a browser without cookies has chosen stays in the address.
    spoken = client.get(f"/queue/{code}?spoken=de")
    assert f'action="/queue/{code}/join?spoken=de" class="join-form"' in spoken.text
    assert client.get(f"/queue/{code}/join?spoken=de").location == f"/queue/{code}?spoken=de"
    join(client, code)
    assert "spoken" not in client.get(f"/queue/{code}/place").text
