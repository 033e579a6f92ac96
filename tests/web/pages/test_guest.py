"""What a guest is shown, and what no guest is shown."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from queueup import create_app
from queueup.config import Settings
from queueup.domain.model import OnExpiry, QueueSettings, Status
from queueup.services import EXTENSION
from queueup.waitlist import Waitlist
from tests.support import hosting
from tests.web.pages.filling_in import hidden, join, open_line, said


def test_the_same_form_sent_twice_makes_one_party(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    key = hidden(client.get(f"/queue/{code}"), "key")
    for _ in range(2):
        client.post(f"/queue/{code}", data={"size": "2", "key": key})
    assert len(waitlist.queue(code).parties) == 1


def test_forms_open_in_two_tabs_of_a_phone_make_one_party(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    keys = [hidden(client.get(f"/queue/{code}"), "key") for _ in range(2)]
    for key in keys:
        answer = client.post(f"/queue/{code}", data={"size": "2", "key": key})
        assert answer.location == f"/queue/{code}/place"
    assert len(waitlist.queue(code).parties) == 1


def test_two_guests_of_one_name_both_get_in(
    phone: Callable[[], FlaskClient], code: str, waitlist: Waitlist
) -> None:
    join(phone(), code, "Anna")
    join(phone(), code, "Anna")
    assert len(waitlist.queue(code).waiting()) == 2


def test_coming_back_to_the_link_shows_the_place(client: FlaskClient, code: str) -> None:
    join(client, code, "Anna")
    answer = client.get(f"/queue/{code.lower()}")
    assert answer.status_code == 303
    assert answer.location == f"/queue/{code}/place"
    assert "You're next" in said(client.get(answer.location))


def test_a_link_from_a_notification_leads_to_the_place_and_hides_the_id(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    _, party = waitlist.join(code, "Anna", 2, None)
    page = client.get(f"/queue/{code}/place?partyId={party.id}", follow_redirects=True)
    assert (page.request.path, page.request.query_string) == (f"/queue/{code}/place", b"")
    assert "Anna" in page.text


def test_a_wrong_id_in_a_link_does_not_cost_a_guest_the_place(
    client: FlaskClient, code: str
) -> None:
    join(client, code, "Anna")
    page = client.get(f"/queue/{code}/place?partyId=someone", follow_redirects=True)
    assert "Anna" in page.text


def test_a_guest_reads_nobody_elses_name_or_id(
    phone: Callable[[], FlaskClient], code: str, waitlist: Waitlist
) -> None:
    guest, stranger = phone(), phone()
    join(phone(), code, "Patel")
    own = join(guest, code, "Anna")
    patel = waitlist.queue(code).parties[0]
    for page in (own, stranger.get(f"/queue/{code}").text, stranger.get("/").text):
        assert "Patel" not in page
        assert patel.id not in page


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        ({"openTime": "17:30", "closeTime": "22:30"}, "Open from 17:30 until 22:30<"),
        ({"openTime": "17:30"}, "Open from 17:30<"),
        ({"closeTime": "22:30"}, "Open until 22:30<"),
        ({}, None),
    ],
)
def test_a_guest_reads_the_hours_that_the_host_gave(
    host: FlaskClient, client: FlaskClient, hours: dict[str, str], sentence: str | None
) -> None:
    page = re.sub("</?time[^>]*>", "", client.get(f"/queue/{open_line(host, **hours)}").text)
    assert sentence in page if sentence else "Open " not in page


def test_a_stranger_at_the_place_is_offered_the_form(client: FlaskClient, code: str) -> None:
    page = client.get(f"/queue/{code}/place", follow_redirects=True)
    assert "Join the line" in page.text


def test_a_name_with_markup_is_shown_as_text(
    host: FlaskClient, client: FlaskClient, code: str
) -> None:
    name = "<script>alert(1)</script>"
    assert name not in join(client, code, name)
    console = host.get(f"/host/{code}").text
    assert name not in console
    assert '<bdi translate="no">&lt;script&gt;' in console


def test_leaving_asks_first_and_may_be_repeated(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    join(client, code)
    assert "Leave the line?" in client.post(f"/queue/{code}/leave").text
    assert waitlist.queue(code).parties[0].status is Status.WAITING
    for _ in range(2):
        page = client.post(f"/queue/{code}/leave", data={"sure": "1"}, follow_redirects=True)
        assert page.status_code == 200
        assert "You left the line" in page.text
    assert waitlist.queue(code).parties[0].status is Status.LEFT


def test_a_page_whose_cookie_has_gone_still_acts_for_its_party(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    page = client.get(f"/queue/{code}")
    client.post(f"/queue/{code}", data={"size": "2", "key": hidden(page, "key")})
    shown = {"partyId": hidden(client.get(f"/queue/{code}/place"), "partyId")}
    client.delete_cookie(f"queueup_party_{code}")
    htmx = {"HX-Request": "true"}
    answer = client.post(f"/queue/{code}/nearby", data=shown, headers=htmx)
    assert "<html" not in answer.text
    assert waitlist.queue(code).parties[0].nearby
    asked = client.post(f"/queue/{code}/leave", data=shown)
    sure = {"sure": "1", "partyId": hidden(asked, "partyId")}
    page = client.post(f"/queue/{code}/leave", data=sure, follow_redirects=True)
    assert "You left the line" in page.text


def test_a_party_that_joined_a_moment_ago_by_another_process_is_known(
    client: FlaskClient, code: str, waitlist: Waitlist, settings: Settings
) -> None:
    app = create_app(settings)
    elsewhere = app.test_client()
    # The change feed seems connected, so that this process has not heard of the party yet.
    app.extensions[EXTENSION].snapshots.on_connect()
    for action in ("nearby", "do/on-my-way"):
        assert elsewhere.get(f"/api/queue/{code}/snapshot?view=board").status_code == 200
        client.delete_cookie(f"queueup_party_{code}")
        join(client, code, action)
        shown = {"partyId": waitlist.queue(code).parties[-1].id}
        by_script = {"HX-Request": "true"}
        answer = elsewhere.post(f"/queue/{code}/{action}", data=shown, headers=by_script)
        assert "data-poll-after" in answer.text, action
    first, second = waitlist.queue(code).parties
    assert first.nearby
    assert second.answer
    app.extensions[EXTENSION].redis.close()


def test_a_form_with_an_id_that_the_line_does_not_know_acts_for_nobody(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    join(client, code)
    client.post(f"/queue/{code}/leave", data={"sure": "1", "partyId": "someone"})
    assert waitlist.queue(code).parties[0].status is Status.WAITING
    client.post(f"/queue/{code}/leave", data={"sure": "1"})
    assert waitlist.queue(code).parties[0].status is Status.LEFT


def test_a_guest_who_left_may_join_again_from_the_same_phone(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    join(client, code)
    client.post(f"/queue/{code}/leave", data={"sure": "1"})
    join(client, code)
    assert len(waitlist.queue(code).waiting()) == 1


def test_nearby_is_shown_to_the_host(host: FlaskClient, client: FlaskClient, code: str) -> None:
    join(client, code)
    assert "nearby</span>" not in host.get(f"/host/{code}").text
    for _ in range(2):
        page = client.post(f"/queue/{code}/nearby", follow_redirects=True)
        assert "The host knows" in page.text
    assert "nearby</span>" in host.get(f"/host/{code}").text


@pytest.mark.parametrize(
    ("end", "sentence"),
    [
        (hosting.serve, "Enjoy your meal"),
        (hosting.no_show, "We gave your table away"),
        (Waitlist.kick, "The host took you off the list"),
    ],
)
def test_a_guest_is_told_the_true_reason_and_the_page_asks_only_for_a_while(
    client: FlaskClient,
    code: str,
    waitlist: Waitlist,
    end: Callable[[Waitlist, str, str], None],
    sentence: str,
) -> None:
    join(client, code)
    party_id = waitlist.queue(code).parties[0].id
    hosting.call(waitlist, code, party_id)
    called = client.get(f"/queue/{code}/place").text
    assert "Your table is ready" in called
    assert "data-poll-until" not in called
    end(waitlist, code, party_id)
    page = client.get(f"/queue/{code}/place").text
    assert sentence in page
    assert "data-poll-until" in page


def test_an_overdue_party_is_shown_late_to_both(app: Flask, waitlist: Waitlist) -> None:
    settings = QueueSettings("Lucia", 20, hold_ms=1, on_expiry=OnExpiry.FLAG)
    queue = waitlist.create(settings)
    _, party = waitlist.join(queue.code, "Anna", 2, None)
    hosting.call(waitlist, queue.code, party.id)
    page = app.test_client().get(
        f"/queue/{queue.code}/place?partyId={party.id}", follow_redirects=True
    )
    assert "We held your table until" in page.text
    assert 'data-count="over"' in page.text


def test_a_guest_who_is_passed_keeps_the_place_and_reads_why(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    join(client, code, "Anna", "6")
    couple = waitlist.join(code, "Bo", 2, "bo")[1]
    others = waitlist.join(code, "Cleo", 6, "cleo")[1]
    waitlist.advance(code, None, couple.id)
    page = said(client.get(f"/queue/{code}/place"))
    assert 'Your spot in line: </span><span class="spot-number">1<' in page
    assert "You're next" in page
    assert "A table for 2 opened up, so a party of that size was called first.</b>" in page
    assert "You're still 1st in line." in page
    waitlist.advance(code, None, others.id)
    page = said(client.get(f"/queue/{code}/place"))
    assert "Another party was called first.</b> You're still 1st in line." in page
    # Polls by legacy clients count the called, as before.
    assert (
        waitlist.snapshot(code).views["guests"][waitlist.queue(code).parties[0].id]["view"][
            "position"
        ]
        == 3
    )


def test_the_kiosk_and_the_board_count_those_who_wait(
    client: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    for name in ("Anna", "Bo", "Cleo"):
        waitlist.join(code, name, 2, name)
    for _ in range(2):
        waitlist.advance(code, None, None)
    assert "1 party in line" in said(client.get(f"/kiosk/{code}"))
    assert "<b>1</b> party in line" in said(client.get(f"/queue/{code}"))
    waitlist.advance(code, None, None)
    kiosk = said(client.get(f"/kiosk/{code}"))
    assert "No one is waiting" in kiosk and "under 5 min" in kiosk
