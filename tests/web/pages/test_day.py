"""The end of a day and the next one: the same code and devices, without yesterday's guests."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from queueup.domain.model import UNDO_CLOSING_MS
from queueup.waitlist import Waitlist
from queueup.web.host import actions
from tests.web.pages.filling_in import close_for_good, join, open_line, said

Make = Callable[[], FlaskClient]


def test_a_day_ends_after_a_question_and_the_line_opens_again_on_its_code(
    host: FlaskClient, phone: Make, code: str, waitlist: Waitlist
) -> None:
    guest = phone()
    join(guest, code, "Anna")
    asked = host.get(f"/host/{code}/end-day").text
    assert "End the day?" in asked
    assert "1 party is still in line" in asked
    assert not waitlist.queue(code).is_closed
    host.post(f"/host/{code}/do/end-day", data={"sure": "1"})
    first_day = waitlist.queue(code)
    assert first_day.can_open_again
    assert "closed" in guest.get(f"/queue/{code}/place").text
    assert "This line is closed" in phone().get(f"/queue/{code}").text

    host.post(f"/host/{code}/do/open", data={"sure": "1"})
    second_day = waitlist.queue(code)
    assert second_day.session_id != first_day.session_id
    assert (second_day.is_closed, second_day.parties) == (False, ())
    assert second_day.devices[0].secret_hash == first_day.devices[0].secret_hash
    assert host.get(f"/host/{code}").status_code == 200
    # Yesterday's guest is shown the way into today's line.
    assert "Join the line" in guest.get(f"/queue/{code}/place", follow_redirects=True).text
    join(phone(), code, "Bo")
    assert [party.name for party in waitlist.queue(code).waiting()] == ["Bo"]


def test_a_page_of_an_earlier_day_ends_and_acts_for_nobody_of_today(
    host: FlaskClient, phone: Make, code: str, waitlist: Waitlist
) -> None:
    guest, by_script = phone(), {"HX-Request": "true"}
    join(guest, code, "Anna")
    yesterday = waitlist.queue(code).parties[0].id
    polled = f"/api/queue/{code}/snapshot?partyId={yesterday}"
    host.post(f"/host/{code}/do/end-day")
    assert "data-poll-after" in guest.get(polled, headers=by_script).text
    host.post(f"/host/{code}/do/open", data={"sure": "1"})
    join(guest, code, "Anna")
    # What the page of yesterday asks and sends, without a word of today's party.
    answers = [guest.get(polled, headers=by_script)]
    for action in ("do/on-my-way", "do/size", "do/not-coming", "nearby"):
        sent = {"partyId": yesterday, "size": "7", "sure": "1"}
        answers.append(guest.post(f"/queue/{code}/{action}", data=sent, headers=by_script))
        assert guest.post(f"/queue/{code}/{action}", data=sent).status_code == 303
    guest.post(f"/queue/{code}/leave", data={"partyId": yesterday, "sure": "1"})
    # Without scripts, the answer to the question would be a form of its own.
    assert guest.post(f"/queue/{code}/leave", data={"partyId": yesterday}).status_code == 303
    for answer in answers:
        assert answer.status_code == 200
        assert "Your spot is no longer on today's list." in said(answer)
        assert f'href="/queue/{code}">Join the line again' in answer.text
        assert "data-poll-after" not in answer.text
        assert "<html" not in answer.text
    spoken = guest.get(polled, headers=by_script | {"Accept-Language": "de"})
    assert "heutigen Liste" in spoken.text
    today = waitlist.queue(code).waiting()
    assert [(party.name, party.size, party.nearby) for party in today] == [("Anna", 2, False)]
    # Programs are answered as ever.
    assert guest.get(polled).status_code == 404
    close_for_good(host, code)
    assert "No one else will be called today." in said(guest.get(polled, headers=by_script))


def test_the_front_page_leads_to_a_line_whose_day_has_ended(host: FlaskClient, code: str) -> None:
    host.post(f"/host/{code}/do/end-day")
    front = host.get("/").text
    assert f'href="/host/{code}"' in front
    assert "tap to reopen" in front
    host.post(f"/host/{code}/do/open", data={"sure": "1"})
    assert "tap to reopen" not in host.get("/").text


def test_a_line_that_was_closed_for_good_is_over(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    settings = host.get(f"/host/{code}/settings").text
    assert f"/host/{code}/end-day" in settings
    assert f"/host/{code}/close-for-good" in settings
    assert "/do/close" not in host.get(f"/host/{code}").text
    asked = host.get(f"/host/{code}/close-for-good").text
    assert "Close this line for good?" in asked
    assert "The poster stops working" in asked
    for wrong in ("", "Lucias", code):
        refused = host.post(f"/host/{code}/do/close", data={"name": wrong})
        assert refused.status_code == 422
        assert "not the name of this line" in refused.text
        assert f'value="{wrong}"' in refused.text
    assert not waitlist.queue(code).is_closed
    host.post(f"/host/{code}/do/close", data={"name": " lucia  "})
    assert waitlist.queue(code).is_closed
    assert host.post(f"/host/{code}/do/open").status_code == 409


def test_the_settings_of_an_ended_day_can_be_changed_for_the_next(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    host.post(f"/host/{code}/do/end-day")
    api = f"/api/queue/{code}"
    assert host.post(f"{api}/settings", json={"maxGuests": 7}).status_code == 200
    host.post(f"/host/{code}/do/open", data={"sure": "1"})
    assert waitlist.queue(code).settings.max_guests == 7
    close_for_good(host, code)
    assert host.post(f"{api}/settings", json={"maxGuests": 8}).status_code == 409


def test_several_lines_of_one_device_end_apart(host: FlaskClient) -> None:
    bar, terrace = open_line(host, eventName="Bar"), open_line(host, eventName="Terrace")
    host.post(f"/host/{bar}/do/end-day")
    front = host.get("/").text
    assert front.count("tap to reopen") == 1
    assert f'href="/host/{terrace}"' in front


def test_outside_its_hours_a_line_lets_nobody_in_and_says_why(
    host: FlaskClient, phone: Make, code: str, waitlist: Waitlist
) -> None:
    # One minute in the middle of the other half of the day.
    minute = waitlist._clock() // 60_000 + 12 * 60
    clock = [f"{at // 60 % 24:02}:{at % 60:02}" for at in (minute, minute + 1)]
    hours = {"openTime": clock[0], "closeTime": clock[1], "timeZone": "UTC"}
    assert host.post(f"/api/queue/{code}/settings", json=hours).status_code == 200
    refused = host.post(f"/api/queue/{code}/join", json={"name": "Anna"})
    assert refused.status_code == 409
    assert refused.json["error"] in (f"The line opens at {clock[0]}.", "We're closed for today.")


def test_the_end_of_the_day_is_undone_and_the_guests_pages_follow(
    host: FlaskClient, phone: Make, code: str, waitlist: Waitlist
) -> None:
    guest, called = phone(), phone()
    join(called, code, "Bo")
    join(guest, code, "Anna")
    waitlist.advance(code, None, None)
    before = waitlist.queue(code)
    host.post(f"/host/{code}/do/end-day")
    closed = said(host.get(f"/host/{code}"))
    assert "A host ended the day at" in closed
    assert "<b>2 parties, 4 people</b> today: 2 still in line." in closed
    assert "2 parties get their spots and calls back" in closed
    assert "Open a new day" in closed
    # The guests' pages go on asking for as long as the line may go on.
    assert 'data-poll-after="5000" data-poll-until="' in guest.get(f"/queue/{code}/place").text
    assert host.post(f"/host/{code}/do/undo-closing").status_code == 303
    after = waitlist.queue(code)
    assert after.parties == before.parties
    assert not after.is_closed
    assert "You're next" in said(guest.get(f"/queue/{code}/place"))
    assert "Your table is ready" in called.get(f"/queue/{code}/place").text


def test_a_new_day_is_opened_after_a_question_while_the_last_one_can_be_undone(
    host: FlaskClient, phone: Make, code: str, waitlist: Waitlist, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(phone(), code, "Anna")
    host.post(f"/host/{code}/do/end-day")
    lost = "1 party that was still in line loses its spot. To go on with them, undo it instead."
    console = said(host.get(f"/host/{code}"))
    assert 'data-ask="Open a new day?"' in console
    assert lost in console
    asked = host.post(f"/host/{code}/do/open")
    assert "Open a new day?" in asked.text
    assert lost in said(asked)
    assert waitlist.queue(code).is_closed
    host.post(f"/host/{code}/do/undo-closing")
    assert [party.name for party in waitlist.queue(code).waiting()] == ["Anna"]

    host.post(f"/host/{code}/do/end-day")
    host.post(f"/host/{code}/do/open", data={"sure": "1"})
    assert not waitlist.queue(code).is_closed
    assert waitlist.queue(code).waiting() == []

    host.post(f"/host/{code}/do/end-day")
    final = waitlist._clock() + UNDO_CLOSING_MS
    monkeypatch.setattr(waitlist, "_clock", lambda: final)
    monkeypatch.setattr(actions, "now_ms", lambda: final)
    assert host.post(f"/host/{code}/do/open").status_code == 303
    assert not waitlist.queue(code).is_closed


def test_the_pages_that_close_a_line_say_when_it_is_closed_already(
    host: FlaskClient, code: str
) -> None:
    host.post(f"/host/{code}/do/end-day")
    asked = said(host.get(f"/host/{code}/end-day"))
    assert "This line is closed for today already" in asked
    assert "You can still undo this on the line's page." in asked
    assert "do/end-day" not in asked
    assert "Close this line for good?" in said(host.get(f"/host/{code}/close-for-good"))
    close_for_good(host, code)
    for page in ("end-day", "close-for-good"):
        asked = said(host.get(f"/host/{code}/{page}"))
        assert "This line is closed for good already" in asked
        assert "<form" not in asked


def test_after_ten_minutes_the_closed_console_offers_no_undo_and_refuses_it(
    host: FlaskClient, code: str, waitlist: Waitlist, monkeypatch: pytest.MonkeyPatch
) -> None:
    close_for_good(host, code)
    closed = said(host.get(f"/host/{code}"))
    assert "A host closed it for good at" in closed
    assert "Undo closing for good" in closed
    final = waitlist._clock() + UNDO_CLOSING_MS
    monkeypatch.setattr(waitlist, "_clock", lambda: final)
    refused = host.post(f"/host/{code}/do/undo-closing")
    assert refused.status_code == 409
    assert "It's too late to undo that." in said(refused)
    assert "Undo closing" not in said(host.get(f"/host/{code}"))
    api = host.post(f"/api/queue/{code}/undo-closing")
    assert (api.status_code, api.json) == (409, {"error": "It's too late to undo that."})


def test_the_console_says_beforehand_that_an_empty_line_will_close(
    host: FlaskClient, phone: Make, code: str
) -> None:
    assert "the line closes by itself at" in host.get(f"/host/{code}").text
    join(phone(), code, "Anna")
    assert "closes by itself" not in host.get(f"/host/{code}").text


def test_a_line_that_closed_by_itself_says_why_and_counts_everybody(
    host: FlaskClient, phone: Make, code: str, waitlist: Waitlist, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = phone()
    join(guest, code, "Anna")
    guest.post(f"/queue/{code}/leave", data={"sure": "1"})
    later = waitlist._clock() + 36 * 3_600_000
    monkeypatch.setattr(waitlist, "_clock", lambda: later)
    waitlist.erase_guests(code)
    closed = said(host.get(f"/host/{code}"))
    assert "No one was in line, so it closed by itself at" in closed
    assert "<b>1 party</b> today: 1 left." in closed
    assert "Undo" not in closed


def test_undoing_closing_for_good_promises_only_what_it_does(
    host: FlaskClient, phone: Make, code: str, waitlist: Waitlist
) -> None:
    join(phone(), code, "Anna")
    host.post(f"/host/{code}/do/end-day")
    close_for_good(host, code)
    closed = said(host.get(f"/host/{code}"))
    assert "The line is then closed for today, and its code and poster work again." in closed
    assert "spots" not in closed
    host.post(f"/host/{code}/do/undo-closing")
    assert "1 party gets its spot and its call back, as it was." in said(host.get(f"/host/{code}"))
    host.post(f"/host/{code}/do/undo-closing")
    assert [party.name for party in waitlist.queue(code).waiting()] == ["Anna"]
