"""The end of a day and the next one: the same code and devices, without yesterday's guests."""

from collections.abc import Callable

from flask.testing import FlaskClient

from queueup.waitlist import Waitlist
from tests.web.pages.filling_in import join, open_line

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

    host.post(f"/host/{code}/do/open")
    second_day = waitlist.queue(code)
    assert second_day.session_id != first_day.session_id
    assert (second_day.is_closed, second_day.parties) == (False, ())
    assert second_day.devices[0].secret_hash == first_day.devices[0].secret_hash
    assert host.get(f"/host/{code}").status_code == 200
    # Yesterday's guest is shown the way into today's line.
    assert "Join the line" in guest.get(f"/queue/{code}/place", follow_redirects=True).text
    join(phone(), code, "Bo")
    assert [party.name for party in waitlist.queue(code).waiting()] == ["Bo"]


def test_the_front_page_leads_to_a_line_whose_day_has_ended(host: FlaskClient, code: str) -> None:
    host.post(f"/host/{code}/do/end-day")
    front = host.get("/").text
    assert f'href="/host/{code}"' in front
    assert "tap to reopen" in front
    host.post(f"/host/{code}/do/open")
    assert "tap to reopen" not in host.get("/").text


def test_a_line_that_was_closed_for_good_is_over(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    settings = host.get(f"/host/{code}/settings").text
    assert f"/host/{code}/end-day" in settings
    assert f"/host/{code}/close-for-good" in settings
    asked = host.get(f"/host/{code}/close-for-good").text
    assert "Close this line for good?" in asked
    host.post(f"/host/{code}/do/close", data={"sure": "1"})
    assert waitlist.queue(code).is_closed
    assert host.post(f"/host/{code}/do/open").status_code == 409
    assert f"/host/{code}" not in host.get("/").text


def test_the_settings_of_an_ended_day_can_be_changed_for_the_next(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    host.post(f"/host/{code}/do/end-day")
    api = f"/api/queue/{code}"
    assert host.post(f"{api}/settings", json={"maxGuests": 7}).status_code == 200
    host.post(f"/host/{code}/do/open")
    assert waitlist.queue(code).settings.max_guests == 7
    host.post(f"/host/{code}/do/close")
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
