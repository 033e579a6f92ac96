"""The settings page: every setting is stored, or refused beside its field."""

import html
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from queueup.domain.model import MINUTE, OnExpiry
from queueup.waitlist import Waitlist
from queueup.web.input import settings as settings_input
from tests.web.pages.filling_in import hidden, open_line, said

GIVEN: dict[str, Any] = {
    "eventName": "Osteria",
    "maxGuests": "40",
    "location": "Via Roma",
    "contactInfo": "+39 06 1",
    "holdMinutes": "7",
    "onExpiry": "release",
    "moreTimeMinutes": "0",
    "nudgePlaces": "2; 6, 6",
    "nudgeMinutes": "10",
    "openTime": "17:30",
    "closeTime": "01:00",
    "timeZone": "Europe/Rome",
    "lastCallMinutes": "45",
    "maxWaitMinutes": "90",
    "startingWaitMinutes": "25",
    "quickReplies": "Soon.\r\n\r\n  At the bar?  \r\nSoon.",
    "languages": ["it", "de"],
    "privacyDays": "3",
}


def test_every_setting_is_changed_and_shown_again(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    answer = host.post(f"/host/{code}/settings", data=GIVEN)
    assert answer.status_code == 303
    settings = waitlist.queue(code).settings
    assert (settings.name, settings.max_guests) == ("Osteria", 40)
    assert (settings.location, settings.contact) == ("Via Roma", "+39 06 1")
    assert (settings.hold_ms, settings.on_expiry) == (7 * MINUTE, OnExpiry.RELEASE)
    assert settings.more_time_ms == 0
    assert (settings.nudge_places, settings.nudge_minutes) == ((6, 2), 10)
    assert (settings.open_time, settings.close_time) == ("17:30", "01:00")
    assert (settings.time_zone, settings.last_call_minutes) == ("Europe/Rome", 45)
    assert settings.max_wait_ms == 90 * MINUTE
    assert settings.starting_wait_ms == 25 * MINUTE
    assert settings.quick_replies == ("Soon.", "At the bar?")
    assert settings.languages == ("it", "de")
    assert settings.privacy_days == 3
    assert settings.keeps_code
    page = said(host.get(answer.location))
    assert "Saved." in page
    for shown in (
        'value="Osteria"',
        'value="7"',
        'value="25"',
        'value="6, 2"',
        "Soon.\nAt the bar?",
    ):
        assert shown in page
    assert '<option value="Europe/Rome" selected>' in page


def test_what_is_shown_can_be_saved_as_it_is(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    host.post(f"/host/{code}/settings", data=GIVEN)
    before = waitlist.queue(code)
    host.post(f"/host/{code}/settings", data=GIVEN)
    assert waitlist.queue(code) == before


def test_two_tablets_keep_what_each_of_them_changed(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    host.post(f"/host/{code}/settings", data=GIVEN)
    page = host.get(f"/host/{code}/settings")
    shown = {"before": html.unescape(hidden(page, "before"))}
    bar = {"maxGuests": "60", "location": "", "quickReplies": "Soon.\r\nAt the bar?\r\nNow."}
    door = {"holdMinutes": "9", "languages": ["it", "de", "fr"], "nudgePlaces": "5"}
    host.post(f"/host/{code}/settings", data=GIVEN | shown | bar)
    host.post(f"/host/{code}/settings", data=GIVEN | shown | door)
    settings = waitlist.queue(code).settings
    assert (settings.max_guests, settings.location) == (60, None)
    assert settings.quick_replies == ("Soon.", "At the bar?", "Now.")
    assert (settings.hold_ms, settings.nudge_places) == (9 * MINUTE, (5,))
    assert settings.languages == ("it", "de", "fr")


def test_what_a_refused_form_showed_first_is_still_known(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    host.post(f"/host/{code}/settings", data=GIVEN)
    before = html.unescape(hidden(host.get(f"/host/{code}/settings"), "before"))
    host.post(f"/host/{code}/settings", data=GIVEN | {"maxGuests": "60"})
    wrong = host.post(f"/host/{code}/settings", data=GIVEN | {"before": before, "holdMinutes": ""})
    again = GIVEN | {"before": html.unescape(hidden(wrong, "before")), "holdMinutes": "9"}
    host.post(f"/host/{code}/settings", data=again)
    settings = waitlist.queue(code).settings
    assert (settings.max_guests, settings.hold_ms) == (60, 9 * MINUTE)


@pytest.mark.parametrize("before", ["&", "%", "maxGuests=%ff&=&=", "holdMinutes=x;y&" * 500])
def test_nonsense_about_what_was_shown_changes_what_is_typed(
    host: FlaskClient, code: str, waitlist: Waitlist, before: str
) -> None:
    answer = host.post(f"/host/{code}/settings", data=GIVEN | {"before": before})
    assert answer.status_code == 303
    assert waitlist.queue(code).settings.name == "Osteria"


def test_everything_wrong_is_said_at_once_and_everything_typed_is_kept(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    before = waitlist.queue(code).settings
    wrong: dict[str, Any] = {
        "eventName": " ",
        "maxGuests": "many",
        "location": "x" * 241,
        "holdMinutes": "0",
        "onExpiry": "never",
        "moreTimeMinutes": "61",
        "nudgePlaces": "first",
        "nudgeMinutes": "-1",
        "openTime": "5 pm",
        "timeZone": "Middle/Earth",
        "lastCallMinutes": "",
        "maxWaitMinutes": "2",
        "startingWaitMinutes": "241",
        "quickReplies": "\n".join(f"reply {number}" for number in range(13)),
        "languages": ["tlh"],
        "privacyDays": "4000",
    }
    page = host.post(f"/host/{code}/settings", data=GIVEN | wrong)
    assert page.status_code == 422
    for name, typed in wrong.items():
        assert f'id="{name}-wrong"' in page.text, name
        assert settings_input.SETTINGS[name].words in said(page)
        if name not in ("onExpiry", "languages", "eventName", "lastCallMinutes"):
            assert str(typed) in said(page)
    assert 'id="closeTime-wrong"' not in page.text
    assert f"{len(wrong)} highlighted fields" in page.text
    assert waitlist.queue(code).settings == before


def test_one_wrong_field_is_called_one(host: FlaskClient, code: str) -> None:
    page = host.post(f"/host/{code}/settings", data=GIVEN | {"maxGuests": "many"})
    assert "Check the highlighted field." in page.text
    page = host.post("/new", data={"eventName": "", "maxGuests": "20"})
    assert "Check the highlighted field." in page.text


def test_a_line_that_opens_and_closes_at_one_time_is_refused(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    same = {"openTime": "22:00", "closeTime": "22:00"}
    sentence = "The line opens at that time. Choose another one, or leave both empty."
    for wrong in ({}, {"maxGuests": "many"}):
        typed = {"eventName": "Lucia", "maxGuests": "20"} | same | wrong
        opened = host.post("/new", data=typed)
        assert opened.status_code == 422
        assert f'id="closeTime-wrong">{sentence}' in opened.text
        assert 'value="22:00"' in opened.text
    saved = host.post(f"/host/{code}/settings", data=GIVEN | same)
    assert saved.status_code == 422
    assert f'id="closeTime-wrong">{sentence}' in saved.text
    api = host.post(f"/api/queue/{code}/settings", json=same)
    assert (api.status_code, api.json) == (400, {"error": "closeTime must differ from openTime"})
    # One at a time, too; and a line that has such hours from before can change everything else.
    assert host.post(f"/api/queue/{code}/settings", json={"openTime": "22:00"}).status_code == 200
    half = host.post(f"/api/queue/{code}/settings", json={"closeTime": "22:00"})
    assert half.status_code == 400
    assert waitlist.queue(code).settings.close_time is None


def test_a_last_call_before_the_opening_is_refused(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    typed = GIVEN | {"openTime": "23:00", "closeTime": "01:00", "lastCallMinutes": "120"}
    page = host.post(f"/host/{code}/settings", data=typed)
    assert page.status_code == 422
    assert 'id="lastCallMinutes-wrong"' in page.text
    assert waitlist.queue(code).settings.open_time is None


def test_emptied_fields_are_unset(host: FlaskClient, code: str, waitlist: Waitlist) -> None:
    host.post(f"/host/{code}/settings", data=GIVEN)
    names = ("location", "contactInfo", "nudgePlaces", "nudgeMinutes", "openTime", "closeTime")
    empty = dict.fromkeys(
        (*names, "maxWaitMinutes", "startingWaitMinutes", "quickReplies", "privacyDays"), ""
    )
    host.post(f"/host/{code}/settings", data=GIVEN | empty | {"languages": []})
    settings = waitlist.queue(code).settings
    assert (settings.location, settings.contact, settings.nudge_places) == (None, None, ())
    assert (settings.nudge_minutes, settings.max_wait_ms) == (None, None)
    assert settings.starting_wait_ms is None
    assert (settings.open_time, settings.close_time, settings.quick_replies) == (None, None, ())
    assert (settings.languages, settings.privacy_days) == ((), None)


def test_the_longest_replies_in_any_script_are_accepted(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    replies = [f"{number}{'🍝' * 238}" for number in range(10, 22)]
    typed = GIVEN | {"quickReplies": "\n".join(replies)}
    for kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        answer = host.post(f"/host/{code}/settings", data=typed, content_type=kind)
        assert answer.status_code == 303
    assert list(waitlist.queue(code).settings.quick_replies) == replies
    before = html.unescape(hidden(host.get(f"/host/{code}/settings"), "before"))
    typed |= {"before": before, "holdMinutes": "9"}
    answer = host.post(f"/host/{code}/settings", data=typed, content_type="multipart/form-data")
    assert answer.status_code == 303
    assert waitlist.queue(code).settings.hold_ms == 9 * MINUTE


def test_a_setting_with_markup_is_shown_as_text(host: FlaskClient, code: str) -> None:
    typed = GIVEN | {"eventName": "<b>x", "quickReplies": "</textarea><script>", "onExpiry": "?"}
    page = host.post(f"/host/{code}/settings", data=typed)
    assert "<b>x" not in page.text
    assert "</textarea><script>" not in page.text


def test_a_new_line_keeps_its_code_and_the_hours_of_its_restaurant(
    host: FlaskClient, waitlist: Waitlist
) -> None:
    hours = {"openTime": "17:30", "closeTime": "01:30", "timeZone": "America/New_York"}
    settings = waitlist.queue(open_line(host, **hours)).settings
    assert (settings.open_time, settings.close_time) == ("17:30", "01:30")
    assert (settings.time_zone, settings.keeps_code) == ("America/New_York", True)


@pytest.mark.parametrize("named", ["", "Middle/Earth", "localtime", "../etc/passwd"])
def test_a_time_zone_that_is_none_gives_way_to_the_servers(
    host: FlaskClient, waitlist: Waitlist, named: str
) -> None:
    settings = waitlist.queue(open_line(host, timeZone=named)).settings
    assert settings.time_zone in ("UTC", "Etc/UTC") or "/" in (settings.time_zone or "")
    assert settings.time_zone != named


def test_a_program_changes_the_settings_that_it_names_and_no_others(
    host: FlaskClient, code: str, waitlist: Waitlist
) -> None:
    host.post(f"/host/{code}/settings", data=GIVEN)
    before = waitlist.queue(code).settings
    changes = {"holdMinutes": 12, "nudgePlaces": [3], "quickReplies": ["Now."], "location": None}
    answer = host.post(f"/api/queue/{code}/settings", json=changes)
    assert (answer.status_code, answer.json) == (200, {"ok": True})
    assert waitlist.queue(code).settings == replace(
        before, hold_ms=12 * MINUTE, nudge_places=(3,), quick_replies=("Now.",), location=None
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"eventName": None}, "eventName is required"),
        ({"maxGuests": 101}, "maxGuests must be a whole number from 1 to 100"),
        ({"onExpiry": "explode"}, "onExpiry must be one of flag, release"),
        ({"onExpiry": []}, "onExpiry must be one of flag, release"),
        ({"nudgePlaces": 5}, "nudgePlaces must be a list of 5 places at most"),
        ({"nudgePlaces": [[1]]}, "nudgePlaces must be a whole number from 1 to 50"),
        ({"timeZone": "Europe/Atlantis"}, "timeZone must be a time zone such as Europe/Rome"),
        ({"timeZone": 1}, "timeZone must be a string"),
        ({"openTime": "24:00"}, "openTime must be in HH:mm format"),
        ({"languages": ["tlh"]}, "languages must be of en, es, fr, de, it, zh"),
        ({"quickReplies": "x" * 241}, "quickReplies must be 240 characters or fewer"),
        ({"privacyDays": 3651}, "privacyDays must be a whole number from 0 to 3650"),
        (
            {"openTime": "20:00", "closeTime": "21:00", "lastCallMinutes": 60},
            "lastCallMinutes must be shorter than the opening hours",
        ),
    ],
)
def test_a_program_reads_what_is_wrong(
    host: FlaskClient, code: str, waitlist: Waitlist, changes: dict[str, Any], sentence: str
) -> None:
    before = waitlist.queue(code)
    answer = host.post(f"/api/queue/{code}/settings", json=changes)
    assert (answer.status_code, answer.json) == (400, {"error": sentence})
    assert waitlist.queue(code) == before
