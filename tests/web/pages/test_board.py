"""What the board in the lobby shows, and what it must not show."""

import re

import pytest
from flask.testing import FlaskClient

from queueup.waitlist import Waitlist
from tests.support import hosting
from tests.web.pages.filling_in import said

POLL = {"HX-Request": "true"}


def board(client: FlaskClient, code: str) -> str:
    """Return the board's polled part."""
    return said(client.get(f"/api/queue/{code}/snapshot?view=board", headers=POLL))


def called(fragment: str) -> list[int]:
    """Return the tickets that are called, in the board's order."""
    return [int(ticket) for ticket in re.findall(r'data-ticket="(\d+)"', fragment)]


def test_the_newest_call_stands_first(client: FlaskClient, code: str, waitlist: Waitlist) -> None:
    ids = [waitlist.join(code, None, 1, None)[1].id for _ in range(4)]
    for party_id in (ids[0], ids[2], ids[1]):
        hosting.call(waitlist, code, party_id)
    assert called(board(client, code)) == [2, 3, 1]
    assert "Please come to the host stand" in board(client, code)


def test_a_repeated_call_is_another_call_on_the_board(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    party_id = waitlist.join(code, None, 1, None)[1].id
    hosting.call(waitlist, code, party_id)
    assert 'data-calls="1"' in board(client, code)
    hosting.call(waitlist, code, party_id)
    assert 'data-calls="2"' in board(client, code)
    assert "2 calls" in board(client, code)


def test_every_called_ticket_is_on_the_board_however_many_there_are(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    for _ in range(9):
        hosting.call(waitlist, code, waitlist.join(code, None, 1, None)[1].id)
    assert sorted(called(board(client, code))) == list(range(1, 10))
    assert "Also called" in board(client, code)


def test_the_board_tells_no_name_and_no_id(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    first = waitlist.join(code, "Maximiliane", 1, None)[1]
    second = waitlist.join(code, "Okafor", 1, None)[1]
    hosting.call(waitlist, code, first.id)
    page = client.get(f"/board/{code}").text + board(client, code)
    json = client.get(f"/api/queue/{code}/snapshot?view=board").text
    for secret in ("Maximiliane", "Okafor", first.id, second.id):
        assert secret not in page
        assert secret not in json


def test_its_json_is_the_one_that_anybody_gets(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    waitlist.join(code, "Anna", 2, None)
    seen = [
        host.get(f"/api/queue/{code}/snapshot?view={view}").json
        for view in ("board", "kiosk", "public")
    ]
    assert seen[0] == seen[1] == seen[2]


@pytest.mark.parametrize("screen", ["board", "kiosk"])
def test_the_first_poll_of_a_screen_is_unchanged(
    client: FlaskClient, code: str, screen: str, waitlist: Waitlist
) -> None:
    waitlist.join(code, None, 2, None)
    for language in ("en", "de"):
        client.set_cookie("queueup_language", language)
        page = said(client.get(f"/{screen}/{code}"))
        tag = re.search(r'data-etag="([^"]+)"', page)
        poll = re.search(r'hx-get="([^"]+)"', page)
        assert tag and poll
        headers = POLL | {"If-None-Match": f'"{tag[1]}"'}
        assert client.get(poll[1], headers=headers).status_code == 304


def test_a_long_line_says_how_many_more_there_are(
    client: FlaskClient, host: FlaskClient, waitlist: Waitlist
) -> None:
    data = {"eventName": "Lucia", "maxGuests": "100"}
    code = host.post("/new", data=data).location.rpartition("/")[2]
    for _ in range(60):
        waitlist.join(code, None, 1, None)
    fragment = board(client, code)
    assert '<b translate="no">#48</b>' in fragment
    assert "<b>#49</b>" not in fragment
    assert "and 12 more" in fragment


def test_a_closed_line_says_so_and_is_asked_again_for_it_may_open_tomorrow(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    waitlist.close(code)
    fragment = board(client, code)
    assert "This line is closed" in fragment
    assert 'data-joining="shut"' in fragment
    assert "data-poll-after" in fragment


def test_a_full_line_invites_nobody(client: FlaskClient, code: str, waitlist: Waitlist) -> None:
    assert 'data-joining="open"' in board(client, code)
    waitlist.join(code, None, 20, None)
    assert 'data-joining="shut"' in board(client, code)
    assert "The line is full right now" in board(client, code)


def test_the_board_reloads_itself_without_a_script_and_shows_the_way_in(
    client: FlaskClient, code: str
) -> None:
    page = client.get(f"/board/{code}").text
    assert '<noscript><meta http-equiv="refresh"' in page
    assert f"localhost/queue/<wbr><span>{code}" in page
    assert 'class="qr"' in page


@pytest.mark.parametrize("screen", ["board", "kiosk"])
def test_a_screen_is_an_app_of_its_own_that_fills_the_device(
    client: FlaskClient, code: str, screen: str
) -> None:
    link = re.search(r'rel="manifest" href="([^"]+)"', said(client.get(f"/{screen}/{code}")))
    assert link
    manifest = client.get(link[1]).get_json(force=True)
    assert manifest["start_url"] == manifest["id"] == f"/{screen}/{code}"
    assert manifest["display"] == "fullscreen"


def test_the_usual_app_is_as_it_was(client: FlaskClient) -> None:
    for address in ("/manifest.webmanifest", "/manifest.webmanifest?screen=x&code=KX7M2P"):
        manifest = client.get(address).get_json(force=True)
        assert (manifest["id"], manifest["display"]) == ("/", "standalone")
