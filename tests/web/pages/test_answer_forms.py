"""A guest's answers and requests after joining, and what the page shows of them."""

from collections.abc import Callable
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.commands import undo as undo_commands
from queueup.domain.model import MINUTE, Status
from queueup.waitlist import Waitlist
from tests.support import hosting
from tests.web.pages.filling_in import hidden, join, said

HTMX = {"HX-Request": "true"}
Tap = Callable[..., TestResponse]


@pytest.fixture
def party_id(client: FlaskClient, code: str, waitlist: Waitlist) -> str:
    """The party of the client's phone, the first in line."""
    join(client, code, "Anna")
    return waitlist.queue(code).parties[0].id


@pytest.fixture
def tap(client: FlaskClient, code: str, party_id: str) -> Tap:
    """Tap a button of the place as a page with scripts does."""

    def tap(action: str, **fields: str) -> TestResponse:
        data = {"partyId": party_id} | fields
        return client.post(f"/queue/{code}/do/{action}", data=data, headers=HTMX)

    return tap


def place(client: FlaskClient, code: str) -> str:
    """Read the place as it is shown now."""
    return said(client.get(f"/queue/{code}/place"))


def test_a_called_guest_is_on_the_way_and_says_how_far(
    waitlist: Waitlist, code: str, party_id: str, tap: Tap
) -> None:
    hosting.call(waitlist, code, party_id)
    coming = said(tap("on-my-way"))
    assert "<html" not in coming
    assert "The host knows you're on your way." in coming
    assert "you're 5 min away" in said(tap("on-my-way", minutes="5"))
    assert waitlist.queue(code).parties[0].answer_minutes == 5


def test_more_time_is_given_once_a_tap_until_only_the_host_can_give_it(
    client: FlaskClient, waitlist: Waitlist, code: str, party_id: str, tap: Tap
) -> None:
    hosting.call(waitlist, code, party_id)
    first = waitlist.queue(code).parties[0].deadline
    assert first is not None
    key = {"key": hidden(client.get(f"/queue/{code}/place"), "key")}
    for _ in range(2):
        assert "The host knows you need more time." in said(tap("more-time", **key))
    assert waitlist.queue(code).parties[0].deadline == first + 5 * MINUTE

    tap("more-time", key="the next")
    last = said(tap("more-time", key="the last"))

    assert "will decide how much longer to hold your table" in last
    assert waitlist.queue(code).parties[0].deadline == first + 10 * MINUTE
    assert "Ask the host for more time" in said(tap("on-my-way"))


def test_nobody_uses_up_the_key_of_another_party(
    phone: Callable[[], FlaskClient], waitlist: Waitlist, code: str, party_id: str, tap: Tap
) -> None:
    stranger = phone()
    join(stranger, code, "Bo")
    for party in waitlist.queue(code).parties:
        hosting.call(waitlist, code, party.id)
    before = waitlist.queue(code).parties[0].deadline
    stranger.post(f"/queue/{code}/do/more-time", data={"key": "more 1"})
    tap("more-time", key="more 1")
    after = waitlist.queue(code).parties[0].deadline
    assert before and after and after > before


def test_giving_the_table_up_is_asked_about_first(
    client: FlaskClient, waitlist: Waitlist, code: str, party_id: str
) -> None:
    hosting.call(waitlist, code, party_id)
    asked = client.post(f"/queue/{code}/do/not-coming", data={"partyId": party_id})
    assert "Give your table to the next party?" in said(asked)
    assert waitlist.queue(code).parties[0].status is Status.CALLED
    sure = {"sure": "1", "partyId": hidden(asked, "partyId")}
    client.post(f"/queue/{code}/do/not-coming", data=sure)
    assert "You left the line" in place(client, code)


def test_what_letting_a_party_pass_costs_is_said_before(
    phone: Callable[[], FlaskClient],
    client: FlaskClient,
    waitlist: Waitlist,
    code: str,
    party_id: str,
    tap: Tap,
) -> None:
    assert 'id="pass"' not in place(client, code)
    join(phone(), code, "Bo")
    page = client.get(f"/queue/{code}/place")
    assert "Your spot then</dt><dd>2nd" in said(page)
    key = {"key": hidden(page, "key")}
    for _ in range(2):
        after = said(tap("let-pass", **key))
    assert "You let the next party go first." in after
    assert [party.name for party in waitlist.queue(code).waiting()] == ["Bo", "Anna"]


@pytest.mark.parametrize(
    ("action", "fields", "status", "sentence"),
    [
        ("let-pass", {}, 409, "There's no one behind you."),
        ("more-time", {}, 409, "You haven't been called yet."),
        ("size", {"size": "30"}, 409, "This line takes up to 20 people"),
        ("size", {"size": "150"}, 422, "This line takes up to 20 people"),
        ("size", {"size": "none"}, 422, "Please enter a whole number, 1 or more."),
        ("size", {"size": "-1"}, 422, "Please enter a whole number, 1 or more."),
        ("ask-back", {}, 409, "It's too late to ask for your spot back."),
    ],
)
def test_a_refusal_says_why_and_shows_the_place(
    client: FlaskClient,
    code: str,
    party_id: str,
    tap: Tap,
    action: str,
    fields: dict[str, str],
    status: int,
    sentence: str,
) -> None:
    refused = tap(action, **fields)
    assert refused.status_code == status
    assert sentence in unquote(refused.headers["X-QueueUp-Notice"])
    assert "You're next" in said(refused)
    page = client.post(f"/queue/{code}/do/{action}", data={"partyId": party_id} | fields)
    assert page.status_code == status
    assert f'role="alert">{sentence}' in said(page)


def test_a_party_grows_no_larger_than_there_is_room(
    waitlist: Waitlist, code: str, party_id: str, tap: Tap
) -> None:
    waitlist.join(code, "Bo", 15, None)
    refused = tap("size", size="10")
    assert refused.status_code == 409
    notice = unquote(refused.headers["X-QueueUp-Notice"])
    assert notice == "There's no room for that many people right now. Please ask the host."


def test_a_refusal_is_in_the_guests_language(
    client: FlaskClient, code: str, party_id: str, tap: Tap
) -> None:
    client.set_cookie("queueup_language", "de")
    notice = unquote(tap("let-pass").headers["X-QueueUp-Notice"])
    assert notice != "There's no one behind you."
    assert notice in said(client.post(f"/queue/{code}/do/let-pass", data={"partyId": party_id}))


def test_a_party_corrects_its_size(waitlist: Waitlist, code: str, party_id: str, tap: Tap) -> None:
    assert "Party of 5" in said(tap("size", size="5"))
    assert waitlist.queue(code).parties[0].size == 5


def test_the_estimate_is_judged_once_and_thanked_for(
    client: FlaskClient, waitlist: Waitlist, code: str, party_id: str, tap: Tap
) -> None:
    assert "Is this estimate about right?" in place(client, code)
    assert "Thank you." in said(tap("judge", verdict="too_short"))
    assert "Is this estimate about right?" not in place(client, code)
    assert waitlist.queue(code).parties[0].judged == "too_short"


def test_a_guest_reads_why_the_place_changed_and_what_the_host_says(
    phone: Callable[[], FlaskClient],
    client: FlaskClient,
    waitlist: Waitlist,
    code: str,
    party_id: str,
) -> None:
    join(phone(), code, "Zuzanna")
    bo = waitlist.queue(code).parties[1].id
    why = "A <booked> party, 100%"
    waitlist.act(code, lambda queue, now: host_commands.move(queue, bo, now, party_id, why))
    waitlist.act(
        code, lambda queue, now: host_commands.set_aside(queue, party_id, now, True, "Late")
    )
    waitlist.act(code, lambda queue, now: host_commands.message(queue, now, "Soon!", party_id))
    page = client.get(f"/queue/{code}/place").text
    assert "You moved back 1 spot." in page
    assert "A &lt;booked&gt; party, 100%" in page
    assert "The host is keeping your spot while others go ahead.</b> <bdi" in page
    assert '<bdi translate="no">Late' in page
    assert "From the host" in page
    assert '<bdi translate="no">Soon!' in page
    assert "Zuzanna" not in page


def test_a_missed_call_can_be_followed_by_the_old_place(
    client: FlaskClient, waitlist: Waitlist, code: str, party_id: str, tap: Tap
) -> None:
    hosting.call(waitlist, code, party_id)
    hosting.no_show(waitlist, code, party_id)
    missed = place(client, code)
    assert "Ask for our spot back" in missed
    assert "data-until" in missed
    assert "http-equiv=refresh" in missed.replace('"', "")
    assert "We've asked the host." in said(tap("ask-back"))
    waitlist.act(code, lambda queue, now: undo_commands.put_back(queue, party_id, now))
    assert "You're next" in place(client, code)


def test_a_guest_who_is_turned_down_reads_so(
    client: FlaskClient, waitlist: Waitlist, code: str, party_id: str, tap: Tap
) -> None:
    hosting.call(waitlist, code, party_id)
    hosting.no_show(waitlist, code, party_id)
    tap("ask-back")
    waitlist.act(code, lambda queue, now: undo_commands.decline_back(queue, party_id, now))
    page = place(client, code)
    assert "The host couldn't give you your spot back." in page
    assert "Ask for our spot back" not in page


def test_the_end_says_the_hosts_reason_and_the_table(
    phone: Callable[[], FlaskClient],
    client: FlaskClient,
    waitlist: Waitlist,
    code: str,
    party_id: str,
) -> None:
    waitlist.act(
        code, lambda queue, now: host_commands.kick(queue, party_id, now, "Was on the list twice")
    )
    assert 'The host says: <bdi translate="no">Was on the list twice' in place(client, code)
    other = phone()
    join(other, code, "Bo")
    bo = waitlist.queue(code).parties[1].id
    waitlist.act(code, lambda queue, now: host_commands.seat(queue, bo, now, "12"))
    assert "Table 12" in place(other, code)


def test_another_phone_of_the_party_shows_the_place_and_may_answer(
    phone: Callable[[], FlaskClient],
    client: FlaskClient,
    waitlist: Waitlist,
    code: str,
    party_id: str,
) -> None:
    assert f"http://localhost/queue/{code}/place?partyId={party_id}" in place(client, code)
    picture = client.get(f"/queue/{code}/place.svg")
    assert picture.mimetype == "image/svg+xml"
    assert "private" in picture.headers["Cache-Control"]
    assert picture.headers["Referrer-Policy"] == "same-origin"
    companion = phone()
    assert companion.get(f"/queue/{code}/place.svg").status_code == 404
    companion.get(f"/queue/{code}/place?partyId={party_id}")
    hosting.call(waitlist, code, party_id)
    companion.post(f"/queue/{code}/do/on-my-way", data={})
    assert "The host knows you're on your way." in place(client, code)


def test_a_form_for_a_place_that_nobody_knows_leads_to_the_join_page(
    client: FlaskClient, code: str
) -> None:
    client.set_cookie(f"queueup_party_{code}", "nobody")
    page = client.post(f"/queue/{code}/do/let-pass", follow_redirects=True)
    assert page.status_code == 200
    assert "Join the line" in page.text
    assert client.post(f"/queue/{code}/do/dance").status_code == 404


def test_while_nobody_can_join_the_page_says_why_and_goes_on_asking(
    client: FlaskClient, waitlist: Waitlist, code: str
) -> None:
    key = hidden(client.get(f"/queue/{code}"), "key")
    why = "The kitchen needs a moment."
    waitlist.act(code, lambda queue, now: session_commands.pause(queue, now, why))
    page = client.post(f"/queue/{code}", data={"name": "Big", "size": "4", "key": key})
    assert page.status_code == 409
    assert page.text.count(why) == 2
    assert "data-poll-after" in page.text
    assert 'value="Big"' in page.text
    assert 'value="4" checked' in page.text
    waitlist.act(code, session_commands.resume)
    assert why not in client.get(f"/queue/{code}").text


def test_the_join_page_has_the_wait_for_each_size(
    phone: Callable[[], FlaskClient], client: FlaskClient, code: str
) -> None:
    for _ in range(3):
        join(phone(), code)
    page = client.get(f"/queue/{code}").text
    for band in ("1-2", "3-4", "5-6", "7+"):
        assert f'data-band="{band}">about 5–10 min' in page
