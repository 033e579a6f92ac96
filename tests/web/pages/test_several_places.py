"""A friend's link, the way back with a correction, and several places on one phone."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from queueup.waitlist import Waitlist
from queueup.web.guest.addresses import SHARED
from tests.web.pages.filling_in import hidden, join, open_line, said

ASKED = "You already have a spot in this line"


@pytest.fixture
def friends(phone: Callable[[], FlaskClient], code: str, waitlist: Waitlist) -> str:
    """The id of a friend's party, the first in line."""
    join(phone(), code, "Ben", "4")
    return waitlist.queue(code).parties[0].id


def link_to(code: str, party_id: str) -> str:
    """Return the link that "Share with your party" gives."""
    return f"/queue/{code}/place?partyId={party_id}&{SHARED}=1"


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_friends_link_never_replaces_the_own_place_without_asking(
    client: FlaskClient, code: str, friends: str, headers: dict[str, str]
) -> None:
    own = join(client, code, "Anna")
    assert "Anna" in own
    asked = client.get(link_to(code, friends), headers=headers)
    assert asked.status_code == 200 and ASKED in asked.text
    assert "Set-Cookie" not in asked.headers
    assert asked.headers["Cache-Control"] == "private, no-store"
    assert asked.headers["Referrer-Policy"] == "strict-origin"
    assert "Anna" in client.get(f"/queue/{code}/place").text


def test_a_phone_keeps_both_places_and_switches(
    client: FlaskClient, code: str, friends: str, waitlist: Waitlist
) -> None:
    join(client, code, "Anna")
    own = waitlist.queue(code).parties[1].id
    asked = client.get(link_to(code, friends))
    form = {"partyId": hidden(asked, "partyId"), SHARED: "1"}
    page = client.post(f"/queue/{code}/place", data=form, follow_redirects=True)
    assert page.request.path == f"/queue/{code}/place" and not page.request.query_string
    assert "Also on this phone" in page.text and "Show ticket #2, party of 2" in page.text
    assert f"partyId={friends}" in page.text
    page = client.post(f"/queue/{code}/place", data={"partyId": own}, follow_redirects=True)
    assert f"partyId={own}" in page.text and "Show ticket #1, party of 4" in page.text
    # A link to a place that the phone keeps already switches at once, as from a notification.
    page = client.get(link_to(code, friends), follow_redirects=True)
    assert ASKED not in page.text and f"partyId={friends}" in page.text
    # The poster leads to the own place.
    page = client.get(f"/queue/{code}", follow_redirects=True)
    assert f"partyId={own}" in page.text
    assert len(waitlist.queue(code).parties) == 2


def test_after_a_friends_link_the_poster_still_lets_one_join(
    client: FlaskClient, code: str, friends: str, waitlist: Waitlist
) -> None:
    page = client.get(link_to(code, friends), follow_redirects=True)
    assert f"partyId={friends}" in page.text
    page = client.get(f"/queue/{code}/place")
    assert f"partyId={friends}" in page.text
    form = client.get(f"/queue/{code}")
    assert form.status_code == 200 and "Show ticket #1, party of 4" in form.text
    assert "Anna" in join(client, code, "Anna")
    assert len(waitlist.queue(code).waiting()) == 2
    assert "Show ticket #1" in client.get(f"/queue/{code}/place").text


def test_the_links_of_the_page_are_marked_as_shared_and_others_are_not(
    client: FlaskClient, code: str, friends: str
) -> None:
    join(client, code, "Anna")
    assert f"&amp;{SHARED}=1" in client.get(f"/queue/{code}/place").text
    other: FlaskClient = client.application.test_client()
    # From a ticket, a hand-over or a push: the phone is of the party itself.
    other.get(f"/queue/{code}/place?partyId={friends}", follow_redirects=True)
    assert other.get(f"/queue/{code}").location == f"/queue/{code}/place"


def test_nobody_is_switched_to_a_party_that_is_not_there(client: FlaskClient, code: str) -> None:
    join(client, code, "Anna")
    for party_id in ("someone", ""):
        answer = client.post(f"/queue/{code}/place", data={"partyId": party_id})
        assert answer.location == f"/queue/{code}/place"
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("keeps_cookies", [True, False])
def test_a_form_corrected_after_the_way_back_is_taken(
    client: FlaskClient, code: str, waitlist: Waitlist, keeps_cookies: bool
) -> None:
    phone = client.application.test_client(use_cookies=keeps_cookies)
    key = hidden(phone.get(f"/queue/{code}"), "key")
    for size, name in (("2", "Ana"), ("4", "Anna"), ("4", "")):
        form = {"size": size, "name": name, "key": key, "cookies": "asked"}
        phone.post(f"/queue/{code}", data=form)
    (party,) = waitlist.queue(code).parties
    assert (party.size, party.name) == (4, "Anna")


def test_a_correction_that_does_not_fit_is_said_not_to_be_taken(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    key = hidden(client.get(f"/queue/{code}"), "key")
    client.post(f"/queue/{code}", data={"size": "2", "key": key})
    page = client.post(f"/queue/{code}", data={"size": "more", "exactSize": "50", "key": key})
    assert page.status_code == 409
    assert "This line takes up to 20 people" in said(page)
    assert waitlist.queue(code).parties[0].size == 2


def test_another_form_says_that_it_changes_nothing_and_how_to(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    keys = [hidden(client.get(f"/queue/{code}"), "key") for _ in range(2)]
    client.post(f"/queue/{code}", data={"size": "2", "key": keys[0]})
    page = client.post(f"/queue/{code}", data={"size": "5", "key": keys[1]})
    assert page.status_code == 409
    assert "You're already in line with a party of 2" in said(page)
    assert waitlist.queue(code).parties[0].size == 2


def test_a_kiosks_form_corrected_after_the_way_back_is_taken(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    key = hidden(client.get(f"/kiosk/{code}"), "key")
    for size in ("2", "4"):
        page = client.post(f"/kiosk/{code}", data={"size": size, "key": key})
    assert "Party of 4" in page.text
    assert [party.size for party in waitlist.queue(code).parties] == [4]


def test_a_line_corrected_after_the_way_back_is_the_same_line(
    host: FlaskClient, waitlist: Waitlist
) -> None:
    key = hidden(host.get("/new"), "key")
    codes = {
        open_line(host, key=key, eventName=name, maxGuests=people, openTime="17:30")
        for name, people in (("Luca", "20"), ("Lucia", "20"), ("Lucia", "40"), ("Lucia", "40"))
    }
    assert len(codes) == 1
    settings = waitlist.queue(codes.pop()).settings
    assert (settings.name, settings.max_guests, settings.open_time) == ("Lucia", 40, "17:30")


def test_the_same_key_from_another_browser_corrects_nothing(
    host: FlaskClient, client: FlaskClient, waitlist: Waitlist
) -> None:
    key = hidden(host.get("/new"), "key")
    first = open_line(host, key=key, eventName="Lucia")
    second = open_line(client, key=key, eventName="Evil")
    assert first != second
    assert client.get(f"/host/{first}").status_code == 403
    stolen = client.get_cookie(f"queue_host_auth_{second}")
    assert stolen
    client.set_cookie(f"queue_host_auth_{first}", stolen.value)
    assert client.get(f"/host/{first}").status_code == 403
    open_line(client, key=key, eventName="More evil")
    assert waitlist.queue(first).settings.name == "Lucia"
