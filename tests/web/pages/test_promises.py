"""Pages promise only what a host promised, in words that people use."""

import re
from html import unescape

import pytest
from flask import Flask, get_template_attribute
from flask.testing import FlaskClient

from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import undo as undo_commands
from queueup.domain.model import MINUTE, Status
from queueup.waitlist import Waitlist
from queueup.web.templating import filters
from tests.web.pages.filling_in import act, join, said

FRAGMENT = {"HX-Request": "true"}


def text(page: str) -> str:
    """Return the words of a page."""
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))


def test_an_estimate_is_not_called_a_quote(
    host: FlaskClient, client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    waitlist.join(code, "Bo", 2, None)
    join(client, code, "Anna", "4")
    bo, anna = waitlist.queue(code).parties
    place = client.get(f"/queue/{code}/place").text
    assert "Quoted" not in text(place)
    assert "about" in text(place) or "under" in text(place)
    assert "quoted" not in text(host.get(f"/host/{code}").text)

    act(host, code, anna.id, "quote", minutes="20")
    assert "quoted 20" in text(host.get(f"/host/{code}").text)
    place = client.get(f"/queue/{code}/place").text
    assert "Quoted: by" in text(place)
    # The range would contradict it, and comes back only once the promise is broken.
    promised = waitlist.queue(code).parties[1]
    until = promised.joined_at + promised.quoted_ms
    assert f'class="spot-wait" data-from="{until}" hidden' in place

    for party in (bo, anna):
        act(host, code, party.id, "call")
        act(host, code, party.id, "serve")
    shown = text(host.get(f"/host/{code}/ended").text)
    assert shown.count("waited 0 min") == 2
    assert shown.count("quoted 20") == 1


def test_a_walk_in_is_promised_what_the_host_typed_and_nothing_else(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    for more in ({}, {"quotedMinutes": "25"}):
        host.post(f"/host/{code}/do/add", data={"size": "2", **more}, headers=FRAGMENT)
    assert [party.promised for party in waitlist.queue(code).parties] == [False, True]


def test_undoing_a_quote_takes_the_promise_back(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    anna = waitlist.join(code, "Anna", 2, None)[1]
    act(host, code, anna.id, "quote", minutes="20")
    undo = undo_commands.last_undoable(waitlist.queue(code))[0]
    host.post(f"/host/{code}/do/undo", data={"act": str(undo.number)})
    assert not waitlist.queue(code).parties[0].promised


@pytest.mark.parametrize(
    ("waited_ms", "is_over"), [(20 * MINUTE + 59_000, False), (21 * MINUTE, True)]
)
def test_nothing_is_over_a_quote_by_less_than_a_minute(
    app: Flask, waited_ms: int, is_over: bool
) -> None:
    about = {"code": "K7M4XQ"}
    party = {"id": "1", "ticket": 1, "size": 2, "status": "served", "promised": True}
    party |= {"quotedMs": 20 * MINUTE, "waitedMs": waited_ms}
    with app.test_request_context():
        row = get_template_attribute("host/_party_badges.html", "ended_row")(about, party)
    assert ("over-quote" in row) == is_over


def test_a_guest_who_cannot_come_is_shown_in_words(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    anna = waitlist.join(code, "Anna", 2, None)[1]
    act(host, code, anna.id, "call")
    waitlist.act(
        code,
        lambda queue, now: guest_commands.leave(queue, anna.id, now, guest_commands.NOT_COMING),
        None,
    )
    for page in (f"/host/{code}", f"/host/{code}/ended", f"/host/{code}/party/{anna.id}"):
        shown = said(host.get(page))
        assert "not_coming" not in shown
        assert "couldn't make it" in unescape(shown) or page.endswith(anna.id)


def test_every_code_that_can_be_a_reason_has_words() -> None:
    codes = {guest_commands.NOT_COMING, guest_commands.LET_PASS}
    assert filters.REASONS.keys() == codes


def test_an_add_that_was_undone_is_not_a_removal(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    host.post(f"/host/{code}/do/add", data={"size": "2"}, headers=FRAGMENT)
    undo = undo_commands.last_undoable(waitlist.queue(code))[0]
    host.post(f"/host/{code}/do/undo", data={"act": str(undo.number)})
    party = waitlist.queue(code).parties[0]
    assert party.status is Status.KICKED
    shown = said(host.get(f"/host/{code}/ended"))
    assert "add undone" in shown
    assert "removed" not in shown

    act(host, code, party.id, "restore")
    act(host, code, party.id, "remove")
    shown = said(host.get(f"/host/{code}/ended"))
    assert "add undone" not in shown
    assert "removed" in shown


def test_a_row_mentions_a_message_for_ten_minutes(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    waitlist.join(code, "Anna", 2, None)
    waitlist.act(code, lambda queue, now: host_commands.message(queue, now, "Soon."), "stand")
    sent = waitlist.queue(code).parties[0].message_at
    assert sent
    until = f'data-shown-until="{sent + 10 * MINUTE}"'
    assert until in host.get(f"/host/{code}").text


def test_a_table_is_offered_once_it_is_free(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    # At "2", another party has sat down since.
    for table, minutes_ago in (("12", 100), ("2", 95), ("7", 10), ("2", 5)):
        party = waitlist.join(code, None, 2, f"key {minutes_ago}")[1]
        waitlist.act(
            code,
            lambda queue, now, party=party, table=table, ago=minutes_ago: host_commands.seat(
                queue, party.id, now - ago * MINUTE, table, sure=True
            ),
            "stand",
        )
    anna = waitlist.join(code, "Anna", 2, None)[1]
    page = host.get(f"/host/{code}/party/{anna.id}").text
    assert re.findall(r'name="table" value="(\w+)"', page) == ["12"]
    known = waitlist.fresh_snapshot(code).views["host"]["tables"]
    assert [one["table"] for one in known] == ["2", "7", "12"]

    # A party that was brought back no longer occupies its table.
    seven = waitlist.queue(code).parties[2]
    act(host, code, seven.id, "restore")
    known = waitlist.fresh_snapshot(code).views["host"]["tables"]
    assert [one["table"] for one in known] == ["2", "12"]
