"""The console: buttons that may be pressed twice, all without a script, only for the host."""

import re
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient

from queueup.domain import presets
from queueup.domain.commands import session as session_commands
from queueup.domain.model import Party, Status
from queueup.waitlist import Waitlist
from queueup.web.errors import ADDED, NOTICE, REFUSED
from queueup.web.host.party import places
from tests.web.pages.filling_in import act, close_for_good, join, open_line, said

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def anna(client: FlaskClient, code: str, waitlist: Waitlist) -> Party:
    """The first party in line."""
    join(client, code, "Anna", "4")
    return waitlist.queue(code).parties[0]


def forms(page: str, action: str) -> list[str]:
    """Return the forms of a page that do this."""
    return re.findall(rf'<form[^>]*/do/{action}"[^>]*>.*?</form>', page, re.DOTALL)


def next_button(page: str) -> str:
    """Return the form of the big button."""
    found = re.search(r'<form[^>]*class="bottom-next".*?</form>', page, re.DOTALL)
    assert found
    return found[0]


def test_call_next_calls_the_party_on_its_button_once(
    host: FlaskClient, phone: Callable[[], FlaskClient], code: str, waitlist: Waitlist
) -> None:
    join(phone(), code)
    join(phone(), code)
    first = waitlist.queue(code).waiting()[0]
    button = next_button(host.get(f"/host/{code}").text)
    assert f'value="{first.id}"' in button
    assert 'name="calls" value="0"' in button
    for _ in range(2):
        host.post(f"/host/{code}/do/call", data={"partyId": first.id, "calls": "0"})
    called = waitlist.queue(code).called()
    assert [(party.id, party.call_count) for party in called] == [(first.id, 1)]


def test_every_button_may_be_pressed_twice(
    host: FlaskClient, anna: Party, code: str, waitlist: Waitlist
) -> None:
    steps = [("call", {"calls": "0"}, 1), ("call", {"calls": "1"}, 2), ("serve", {}, 2)]
    for do, more, calls in steps:
        assert act(host, code, anna.id, do, **more).status_code == 200
        again = act(host, code, anna.id, do, **more)
        assert again.status_code == 409
        assert "#1 has already been" in said(again)
        assert waitlist.queue(code).parties[0].call_count == calls
    assert waitlist.queue(code).parties[0].status is Status.SERVED


def test_next_is_the_first_party_that_is_not_set_aside(
    host: FlaskClient, anna: Party, code: str, waitlist: Waitlist
) -> None:
    bo = waitlist.join(code, "Bo", 2, None)[1]
    act(host, code, anna.id, "set-aside", reason=presets.SET_ASIDE[0])
    page = said(host.get(f"/host/{code}"))
    assert f'set aside: <span translate="no">{presets.SET_ASIDE[0]}' in page
    assert f'value="{bo.id}"' in next_button(page)
    act(host, code, bo.id, "set-aside")
    assert "No one to call" in host.get(f"/host/{code}").text


def test_closing_leaves_nothing_to_do(
    host: FlaskClient, client: FlaskClient, anna: Party, code: str, waitlist: Waitlist
) -> None:
    close_for_good(host, code)
    assert waitlist.queue(code).is_closed
    assert "This line is closed" in host.get(f"/host/{code}").text
    assert "The line has closed" in client.get(f"/queue/{code}/place").text
    for do in ("call", "serve", "no-show", "remove"):
        refused = act(host, code, anna.id, do)
        assert refused.status_code in (404, 409)
        assert "This line is closed" in refused.text


def test_a_day_that_has_ended_can_be_followed_by_another(
    host: FlaskClient, anna: Party, code: str
) -> None:
    act(host, code, anna.id, "serve")
    host.post(f"/host/{code}/do/end-day")
    page = said(host.get(f"/host/{code}"))
    assert "Closed for today" in page
    assert "<b>1 party, 4 people</b> today: 1 seated." in page
    opened = host.post(f"/host/{code}/do/open", data={"sure": "1"}, follow_redirects=True)
    assert "No one is waiting" in opened.text


def test_nobody_but_the_host_runs_a_line(
    client: FlaskClient, anna: Party, code: str, waitlist: Waitlist
) -> None:
    open_line(client)
    party = f"/party/{anna.id}"
    paths = ["", "/poster", "/poster.svg", "/qr.png", "/ended", "/add", "/pause", "/message"]
    for path in [*paths, party, f"{party}/hand-over", f"{party}/hand-over.svg"]:
        assert client.get(f"/host/{code}{path}").status_code == 403, path
    for action in ("call", "remove", "close", "add"):
        data = {"partyId": anna.id, "size": "2"}
        assert client.post(f"/host/{code}/do/{action}", data=data).status_code == 403
    assert [party.id for party in waitlist.queue(code).waiting()] == [anna.id]


def test_an_action_without_a_party_or_a_meaning_is_refused(host: FlaskClient, code: str) -> None:
    refused = act(host, code, "", "call")
    assert refused.status_code == 422
    assert "partyId is required" in refused.text
    assert act(host, code, "x", "promote").status_code == 404
    assert act(host, code, "x", "call").status_code == 404


def test_an_action_answers_htmx_with_what_its_next_poll_would_see(
    host: FlaskClient, anna: Party, code: str
) -> None:
    answer = host.post(f"/host/{code}/do/call", data={"partyId": anna.id}, headers=FRAGMENT)
    assert "<html" not in answer.text
    poll = f"/api/queue/{code}/snapshot"
    again = host.get(poll, headers=FRAGMENT | {"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_walk_in_is_added_with_all_that_the_host_knows(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    known = {"name": "Lucia", "phone": "055 1", "notes": "red coat", "seating": "Patio"}
    wish = {"size": "more", "exactSize": "11", "quotedMinutes": "35", "key": "once"}
    data = known | wish | {"flags": ["high_chair", "vip"]}
    for _ in range(2):
        answer = host.post(f"/host/{code}/do/add", data=data, headers=FRAGMENT)
    (party,) = waitlist.queue(code).parties
    assert answer.headers[ADDED] == party.id
    assert (party.size, party.quoted_ms, party.origin) == (11, 35 * 60_000, "host")
    for word in ("Lucia", "red coat", "Patio", "high chair", "VIP", "walk-in", "quoted 35"):
        assert word in answer.text
    assert 'href="tel:0551"' in answer.text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Party size is required."),
        ({"size": "more", "exactSize": "150"}, "Party size must be a whole number from 1 to 100."),
        ({"size": "more", "exactSize": "ten"}, "Party size must be a whole number from 1 to 100."),
        (
            {"size": "2", "quotedMinutes": "soon"},
            "Quoted wait must be a whole number from 0 to 600",
        ),
        ({"size": "2", "notes": "x" * 501}, "Notes must be 500 characters or fewer."),
    ],
)
def test_a_walk_in_is_refused_in_the_words_of_its_form(
    host: FlaskClient, code: str, typed: dict[str, str], sentence: str
) -> None:
    refused = host.post(f"/host/{code}/do/add", data=typed | {"key": "k"})
    assert refused.status_code == 422
    assert sentence in said(refused)


def test_a_new_party_is_handed_its_place(host: FlaskClient, anna: Party, code: str) -> None:
    link = f"http://localhost/queue/{code}/place?partyId={anna.id}"
    page = host.get(f"/host/{code}/party/{anna.id}/hand-over").text
    assert "#1" in page
    assert link in page
    picture = host.get(f"/host/{code}/party/{anna.id}/hand-over.svg")
    assert picture.mimetype == "image/svg+xml"
    assert b"<svg" in picture.data


def test_everything_can_be_done_with_a_party_on_its_page(
    host: FlaskClient, anna: Party, code: str, waitlist: Waitlist
) -> None:
    waitlist.join(code, "Bo", 2, None)
    page = host.get(f"/host/{code}/party/{anna.id}").text
    for action in ("call", "serve", "move", "set-aside", "quote", "message", "edit", "remove"):
        assert forms(page, action), action
        assert all(f'value="{anna.id}"' in form for form in forms(page, action)), action
    act(host, code, anna.id, "call", holdMinutes="20")
    page = host.get(f"/host/{code}/party/{anna.id}").text
    for action in ("call", "extend", "serve", "no-show", "message", "edit", "remove"):
        assert forms(page, action), action
    assert not forms(page, "move")
    act(host, code, anna.id, "no-show")
    assert forms(host.get(f"/host/{code}/party/{anna.id}").text, "restore")
    assert host.get(f"/host/{code}/party/nobody").status_code == 404


def test_an_edit_keeps_what_its_form_was_filled_with(
    host: FlaskClient, anna: Party, code: str, waitlist: Waitlist
) -> None:
    act(host, code, anna.id, "edit", size="more", exactSize="9", name="Ana", flags="birthday")
    edited = waitlist.queue(code).parties[0]
    assert (edited.name, edited.size, edited.flags) == ("Ana", 9, ("birthday",))
    (form,) = forms(host.get(f"/host/{code}/party/{anna.id}").text, "edit")
    assert re.search(r'value="more"[^>]* checked', form)
    assert 'name="exactSize" type="number" min="1" max="100" inputmode="numeric" value="9"' in form
    assert re.search(r'value="birthday" checked', form)


def test_a_party_can_go_up_and_down_but_not_past_the_ends() -> None:
    line = [{"id": name} for name in "abc"]
    assert places(line, "a") == [("Down one", "c"), ("Last in line", "")]
    assert places(line, "b") == [
        ("Up one", "a"),
        ("First in line", "a"),
        ("Down one", ""),
        ("Last in line", ""),
    ]
    assert places(line, "c") == [("Up one", "b"), ("First in line", "a")]
    assert places([{"id": "a"}], "a") == places(line, "x") == []


def test_the_last_action_is_named_and_taken_back(
    host: FlaskClient, anna: Party, code: str, waitlist: Waitlist
) -> None:
    act(host, code, anna.id, "serve", table="12")
    page = said(host.get(f"/host/{code}"))
    assert "seated #1" in page
    (undo,) = forms(page, "undo")
    number = re.search(r'name="act" value="(\d+)"', undo)
    assert number
    for status in (303, 409):
        undone = host.post(f"/host/{code}/do/undo", data={"act": number[1]})
        assert undone.status_code == status
    assert waitlist.queue(code).parties[0].status is Status.WAITING


def test_the_ended_parties_are_listed_with_what_became_of_them(
    host: FlaskClient, anna: Party, code: str, waitlist: Waitlist
) -> None:
    for number in range(10):
        party = waitlist.join(code, f"Guest {number}", 2, None)[1]
        act(host, code, party.id, "remove", reason=presets.REMOVED[1])
    act(host, code, anna.id, "serve", table="12")
    page = said(host.get(f"/host/{code}/ended"))
    assert "11 parties, latest first" in page
    assert "seated, table 12" in page
    assert "waited 0 min" in page
    assert page.count(presets.REMOVED[1]) == 10
    assert len(forms(page, "restore")) == 11
    assert len(forms(said(host.get(f"/host/{code}")), "restore")) == 8
    act(host, code, anna.id, "restore")
    assert waitlist.queue(code).parties[0].is_active


def test_a_taken_table_is_refused_until_the_host_insists(
    host: FlaskClient, anna: Party, code: str, waitlist: Waitlist
) -> None:
    bo = waitlist.join(code, "Bo", 2, None)[1]
    act(host, code, anna.id, "serve", table="12")
    refused = host.post(
        f"/host/{code}/do/serve", data={"partyId": bo.id, "table": "12"}, headers=FRAGMENT
    )
    assert (refused.status_code, refused.headers[REFUSED]) == (409, "TableTaken")
    assert "Table 12 is taken by #1" in unquote(refused.headers[NOTICE])
    act(host, code, bo.id, "serve", table="12", sure="1")
    assert not waitlist.queue(code).waiting()


def test_the_console_says_why_nobody_can_join(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    host.post(f"/host/{code}/do/pause", data={"reason": presets.PAUSED[0]})
    page = said(host.get(f"/host/{code}"))
    assert f"Joining is paused: {presets.PAUSED[0]}" in page
    assert len(forms(page, "resume")) == 2
    waitlist.act(code, session_commands.resume)
    assert "Joining is paused" not in host.get(f"/host/{code}").text


def test_what_guests_ask_of_the_host_stands_on_top(
    host: FlaskClient, client: FlaskClient, anna: Party, code: str, waitlist: Waitlist
) -> None:
    act(host, code, anna.id, "call")
    waitlist.leave(code, anna.id)
    page = said(host.get(f"/host/{code}"))
    assert "can't make it" in page
    assert forms(page, "acknowledge")
    act(host, code, anna.id, "acknowledge")
    assert "can't make it" not in said(host.get(f"/host/{code}"))


@pytest.mark.parametrize("sheet", ["add", "pause", "message"])
def test_a_sheet_is_a_page_without_a_script(host: FlaskClient, code: str, sheet: str) -> None:
    page = host.get(f"/host/{code}/{sheet}").text
    assert forms(page, sheet)
    assert "http-equiv" not in page


def test_the_poster_is_printable_and_downloads(host: FlaskClient) -> None:
    code = open_line(host, eventName="Fish & <Chips>")
    page = host.get(f"/host/{code}/poster")
    assert "Fish &amp; &lt;Chips&gt;" in page.text
    svg = host.get(f"/host/{code}/poster.svg")
    assert svg.mimetype == "image/svg+xml"
    assert code in svg.text
    png = host.get(f"/host/{code}/qr.png")
    assert png.data.startswith(b"\x89PNG")
    assert "attachment" in png.headers["Content-Disposition"]
