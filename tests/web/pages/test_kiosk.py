"""The kiosk adds parties, shows each its ticket, and stores nothing of it."""

from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient

from queueup import create_app
from queueup.clock import now_ms
from queueup.config import read_settings
from queueup.domain.commands import session as session_commands
from queueup.domain.model import MINUTE, OnExpiry, QueueSettings
from queueup.services import EXTENSION, Services
from queueup.waitlist import Waitlist
from queueup.web.input.idempotency import join_key
from queueup.web.templating import qr_codes
from tests.support.waitlists import make_waitlist
from tests.web.pages.filling_in import hidden, said

BY_SCRIPT = {"HX-Request": "true"}
NOTICE = "X-QueueUp-Notice"


def test_a_party_gets_its_ticket_in_the_answer_itself(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    key = hidden(client.get(f"/kiosk/{code}"), "key")
    answer = client.post(f"/kiosk/{code}", data={"size": "4", "name": "Zoë", "key": key})
    assert answer.status_code == 200
    assert "#1" in answer.text
    assert "Party of 4" in answer.text
    party = waitlist.queue(code).parties[0]
    assert qr_codes.qr_svg(f"http://localhost/queue/{code}/place?partyId={party.id}") in answer.text
    assert (party.size, party.name, party.origin) == (4, "Zoë", "kiosk")


def test_nothing_of_a_party_stays_on_the_kiosk(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    for headers in ({}, BY_SCRIPT):
        data = {"size": "4", "name": "Okafor", "key": f"key {len(headers)}"}
        answer = client.post(f"/kiosk/{code}", data=data, headers=headers)
        party = waitlist.queue(code).parties[-1]
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store, private"
        assert party.id not in answer.text
        assert "Okafor" not in client.get(f"/kiosk/{code}").text
    assert client.get(f"/kiosk/{code}").headers["Cache-Control"] == "no-store, private"


def test_the_same_form_sent_twice_makes_one_party(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    key = hidden(client.get(f"/kiosk/{code}"), "key")
    for headers in (BY_SCRIPT, BY_SCRIPT, {}):
        answer = client.post(f"/kiosk/{code}", data={"size": "2", "key": key}, headers=headers)
        assert "#1" in answer.text
    assert len(waitlist.queue(code).parties) == 1


def test_one_guest_after_the_other_gets_a_ticket_from_the_same_device(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    for _ in range(3):
        key = hidden(client.get(f"/kiosk/{code}"), "key")
        client.post(f"/kiosk/{code}", data={"size": "2", "key": key})
    assert len(waitlist.queue(code).waiting()) == 3


def test_the_way_back_shows_no_ticket_of_earlier(
    client: FlaskClient, code: str, parts: Services, waitlist: Waitlist
) -> None:
    client.post(f"/kiosk/{code}", data={"size": "2", "key": "now"})
    # The same party, as if it had been let in some minutes ago.
    earlier = make_waitlist(parts.redis, clock=lambda: now_ms() - 5 * MINUTE)
    earlier.join(code, None, 2, join_key("then"))
    answer = client.post(f"/kiosk/{code}", data={"size": "2", "key": "then"})
    assert (answer.status_code, answer.location) == (303, f"/kiosk/{code}")
    assert len(waitlist.queue(code).parties) == 2
    # A guest who had to wait for the network so long still gets the ticket.
    again = client.post(f"/kiosk/{code}", data={"size": "2", "key": "then"}, headers=BY_SCRIPT)
    assert "#2" in again.text


@pytest.mark.parametrize("size", ["", "0", "two"])
def test_a_missing_size_is_asked_for(
    client: FlaskClient, code: str, size: str, waitlist: Waitlist
) -> None:
    data = {"size": size, "name": "Zoë", "key": "k"}
    page = client.post(f"/kiosk/{code}", data=data)
    assert page.status_code == 422
    assert "Please tap your party size." in page.text
    assert 'value="Zoë"' in page.text
    answer = client.post(f"/kiosk/{code}", data=data, headers=BY_SCRIPT)
    assert answer.status_code == 422
    assert unquote(answer.headers[NOTICE]) == "Please tap your party size."
    assert waitlist.queue(code).parties == ()


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ("", 422, "Please enter a whole number, 1 or more."),
        ("ten", 422, "Please enter a whole number, 1 or more."),
        ("-3", 422, "Please enter a whole number, 1 or more."),
        ("150", 409, "This line takes up to 20 people, so it can't take a party of 150."),
    ],
)
def test_the_kiosk_says_what_is_wrong_with_a_size_that_was_typed_and_keeps_it(
    client: FlaskClient, code: str, typed: str, status: int, sentence: str
) -> None:
    data = {"size": "more", "exactSize": typed, "name": "Zoë", "key": "k"}
    page = client.post(f"/kiosk/{code}", data=data)
    assert page.status_code == status
    assert sentence in said(page)
    assert 'id="size-more" checked' in page.text
    assert f'placeholder="9" value="{typed}"' in page.text
    answer = client.post(f"/kiosk/{code}", data=data, headers=BY_SCRIPT)
    assert answer.status_code == status
    assert unquote(answer.headers[NOTICE]).startswith(sentence)


def test_a_party_that_does_not_fit_is_told_so(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    waitlist.join(code, None, 19, None)
    answer = client.post(f"/kiosk/{code}", data={"size": "2", "key": "k"}, headers=BY_SCRIPT)
    assert answer.status_code == 409
    assert "no room for a party of 2" in unquote(answer.headers[NOTICE])
    assert (
        "no room for a party of 2"
        in client.post(f"/kiosk/{code}", data={"size": "2", "key": "k"}).text
    )


def test_a_full_or_closed_line_says_so_before_anybody_taps(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    assert 'data-joining="open"' in client.get(f"/kiosk/{code}").text
    waitlist.join(code, None, 20, None)
    page = client.get(f"/kiosk/{code}").text
    assert 'data-joining="shut"' in page
    assert "The line is full right now" in page
    waitlist.close(code)
    assert "This line is closed" in client.get(f"/kiosk/{code}").text
    answer = client.post(f"/kiosk/{code}", data={"size": "1", "key": "k"}, headers=BY_SCRIPT)
    assert answer.status_code == 409
    assert "closed" in unquote(answer.headers[NOTICE])


@pytest.mark.parametrize("screen", ["board", "kiosk"])
def test_a_pause_is_told_in_the_hosts_words(
    client: FlaskClient, code: str, screen: str, waitlist: Waitlist
) -> None:
    waitlist.join(code, None, 2, None)
    waitlist.act(
        code, lambda queue, now: session_commands.pause(queue, now, "The kitchen <needs> a moment.")
    )
    page = said(client.get(f"/{screen}/{code}"))
    assert "The kitchen <needs> a moment." in page
    assert 'data-joining="shut"' in page


def test_a_paused_line_lets_nobody_in(client: FlaskClient, code: str, waitlist: Waitlist) -> None:
    waitlist.act(
        code, lambda queue, now: session_commands.pause(queue, now, "The kitchen needs a moment.")
    )
    answer = client.post(f"/kiosk/{code}", data={"size": "2", "key": "k"}, headers=BY_SCRIPT)
    assert answer.status_code == 409
    assert unquote(answer.headers[NOTICE]) == "The kitchen needs a moment."
    assert waitlist.queue(code).parties == ()


def test_a_chosen_language_is_spoken_until_the_ticket_and_not_remembered(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    page = client.get(f"/kiosk/{code}?spoken=de")
    assert '<html lang="de"' in page.text
    assert "Für wie viele Personen?" in page.text
    assert f'action="/kiosk/{code}?spoken=de"' in page.text
    assert "language" not in str(page.headers.getlist("Set-Cookie"))
    ticket = client.post(f"/kiosk/{code}?spoken=de", data={"size": "2", "key": "k"})
    assert '<html lang="de"' in ticket.text
    assert waitlist.queue(code).parties[0].language == "de"
    assert '<html lang="en"' in client.get(f"/kiosk/{code}").text


def test_the_bot_check_holds_at_the_door_too(env: dict[str, str]) -> None:
    keys = {"TURNSTILE_SECRET_KEY": "secret", "TURNSTILE_SITE_KEY": "site"}
    app = create_app(read_settings(env | keys))
    waitlist = app.extensions[EXTENSION].waitlist
    settings = QueueSettings("Lucia", 20, 10 * MINUTE, OnExpiry.FLAG)
    code = waitlist.create(settings).code
    client = app.test_client()
    page = client.get(f"/kiosk/{code}").text
    assert 'data-sitekey="site"' in page
    # The check is good for one party, so each one begins with a page of its own.
    assert "data-checked" in page
    answer = client.post(f"/kiosk/{code}", data={"size": "2", "key": "k"}, headers=BY_SCRIPT)
    assert answer.status_code == 422
    assert "wait for the check to finish" in unquote(answer.headers[NOTICE])
    assert waitlist.queue(code).parties == ()


def test_an_unknown_language_and_an_unknown_line_are_answered_kindly(
    client: FlaskClient, code: str
) -> None:
    assert client.get(f"/kiosk/{code}?spoken=<b>").status_code == 200
    assert "<b>" not in client.get(f'/kiosk/{code}?spoken="><b>').text.partition("<main")[0]
    for screen in ("kiosk", "board"):
        assert client.get(f"/{screen}/ZZZZZZ").status_code == 404
    assert client.post("/kiosk/ZZZZZZ", data={"size": "2"}).status_code == 404
