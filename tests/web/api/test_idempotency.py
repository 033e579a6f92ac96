"""Every request that changes something can be repeated, and is then answered as before.

A new route of this kind must be listed here, with how a repetition is recognised.
"""

import re
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from queueup.waitlist import Waitlist
from tests.web.api.restaurant import Restaurant

# Their requests carry an idempotency key: JSON in a header, forms in a field. Tested below.
KEYED = {
    "api.create",
    "api.join",
    "api.advance",
    "api.kick",
    "api_actions.add",
    "api_actions.open_again",
    "api_actions.invite_device",
    "api_actions.act_as_host",
    "api_actions.act_as_guest",
    "host.create",
    "host_acting.act",
    "host_acting.add",
    "host_acting.open_again",
    "host_devices.redeem_invitation",
    "host_devices.act",
    "guest.submit_join",
    "guest.claim",
    "guest_acting.act",
    "kiosk.submit_ticket",
}
# The second time leaves everything as the first has left it, whatever came in between.
SAME_BY_NATURE = {
    "api.leave",
    "api.declare_nearby",
    "api.close",
    "api_actions.lock",
    "api_actions.unlock",
    "guest.leave",
    "guest.nearby",
    "host_acting.close",
    "host_acting.lock",
    "host_settings.save",
    "lock_screen.unlock",
    "push.subscribe",
    "push.unsubscribe",
    "screens.open_kiosk",
}
# They change no line: at worst, a second test push, a tap counted twice, a cookie set again.
CHANGES_NO_LINE = {"push.test", "track.track", "guest.switch_place"}

KEY = {"Idempotency-Key": "a-key-of-this-test-alone"}


def test_every_changing_route_says_how_a_repetition_is_known(app: Flask) -> None:
    changing = {
        rule.endpoint.partition("-")[0]
        for rule in app.url_map.iter_rules()
        if rule.methods and rule.methods & {"POST", "PUT", "PATCH", "DELETE"}
    }
    assert changing == KEYED | SAME_BY_NATURE | CHANGES_NO_LINE


@pytest.fixture
def place(client: FlaskClient) -> Restaurant:
    return Restaurant(client)


def events(waitlist: Waitlist, code: str) -> int:
    """Count what has happened to a queue."""
    return waitlist.queue(code).last_event


def test_the_same_key_opens_one_queue_and_gives_its_first_answer(client: FlaskClient) -> None:
    body = {"eventName": "Lucia", "maxGuests": 20}
    first, again = (client.post("/api/queue/create", json=body, headers=KEY) for _ in range(2))
    assert first.status_code == again.status_code == 200
    assert first.json == again.json
    assert first.headers["Set-Cookie"] == again.headers["Set-Cookie"]
    other = client.post("/api/queue/create", json=body | {"eventName": "Other"}, headers=KEY)
    assert other.json["code"] != first.json["code"], "only the same request is a repetition"


def test_a_key_that_others_may_use_too_is_refused_where_it_would_give_rights_away(
    client: FlaskClient,
) -> None:
    body = {"eventName": "Lucia", "maxGuests": 20}
    answer = client.post("/api/queue/create", json=body, headers={"Idempotency-Key": "1"})
    assert answer.status_code == 400
    assert answer.json["error"] == "Idempotency-Key must have 16 to 200 characters"


def test_the_form_that_opens_a_line_opens_one_and_makes_this_device_its_host_each_time(
    app: Flask, waitlist: Waitlist
) -> None:
    page = app.test_client().get("/new").text
    form = {"eventName": "Lucia", "maxGuests": "20", "key": field(page, "key")}
    # The answer to the first was lost, cookie and all.
    first = app.test_client().post("/new", data=form)
    phone = app.test_client()
    again = phone.post("/new", data=form)
    assert again.status_code == 303
    assert again.location == first.location
    assert phone.get(again.location).status_code == 200
    code = again.location.rpartition("/")[2]
    assert len(waitlist.queue(code).devices) == 1
    assert field(app.test_client().get("/new").text, "key") != form["key"]


def test_a_wrong_form_keeps_its_key(client: FlaskClient) -> None:
    page = client.post("/new", data={"eventName": "", "key": "a-key-of-this-form"}).text
    assert field(page, "key") == "a-key-of-this-form"


@pytest.mark.parametrize("action", ["join", "add", "call", "serve", "message", "size", "kick"])
def test_the_same_key_changes_a_queue_once(
    place: Restaurant, waitlist: Waitlist, action: str
) -> None:
    anna = place.join("Anna", 2)
    bodies: dict[str, dict[str, Any]] = {
        "join": {"name": "Ben"},
        "add": {"name": "Ben", "size": 2},
        "message": {"text": "Nearly there."},
        "size": {"partyId": anna, "size": 3},
    }
    body = bodies.get(action, {"partyId": anna})

    def ask() -> Any:
        answer = place.post(action, as_host=True, json=body, headers=KEY)
        assert answer.status_code == 200, answer.text
        # The line may be longer by now.
        return {name: said for name, said in answer.json.items() if name != "queueLength"}

    first = ask()
    happened = events(waitlist, place.code)
    place.join("Somebody in between")
    assert ask() == first
    assert events(waitlist, place.code) == happened + 1


def test_a_key_is_of_one_action_and_one_party_only(place: Restaurant, waitlist: Waitlist) -> None:
    # Programs that number their requests from one send the same keys as each other.
    anna, ben = place.join("Anna", 2), place.join("Ben", 2)
    for guest, size in ((anna, 3), (ben, 4)):
        answer = place.post("size", json={"partyId": guest, "size": size}, headers=KEY)
        assert answer.json == {"ok": True}
    for action, guest in (("call", anna), ("call", ben), ("serve", ben)):
        answer = place.post(action, as_host=True, json={"partyId": guest}, headers=KEY)
        assert answer.json == {"ok": True}
    found = {party.id: (party.size, party.status) for party in waitlist.queue(place.code).parties}
    assert found == {anna: (3, "called"), ben: (4, "served")}


def test_a_guest_who_taps_a_lot_makes_no_key_of_the_host_forgotten(
    place: Restaurant, waitlist: Waitlist
) -> None:
    anna, ben = place.join("Anna", 2), place.join("Ben", 2)
    place.post("advance", as_host=True, headers=KEY)
    for number in range(201):
        verdict = {"partyId": ben, "verdict": ("right", "too_short")[number % 2]}
        place.post("judge", json=verdict, headers={"Idempotency-Key": f"tap {number}"})
    place.post("advance", as_host=True, headers=KEY)
    assert [party.id for party in waitlist.queue(place.code).called()] == [anna]


def test_a_join_whose_answer_was_lost_is_answered_after_the_end_too(place: Restaurant) -> None:
    wish = {"json": {"name": "Anna"}, "headers": KEY}
    first = place.post("join", **wish)
    place.post("close", as_host=True)
    again = place.post("join", **wish)
    assert (again.status_code, again.json["partyId"]) == (200, first.json["partyId"])
    late = place.post("join", json={"name": "Ben"}, headers={"Idempotency-Key": "another"})
    assert late.status_code == 409


def test_a_repeated_advance_calls_nobody_else(place: Restaurant, waitlist: Waitlist) -> None:
    anna, ben = place.join("Anna"), place.join("Ben")
    for _ in range(2):
        answer = place.post("advance", as_host=True, headers=KEY)
        assert answer.json["nowServing"]["id"] == anna
    assert [party.id for party in waitlist.queue(place.code).waiting()] == [ben]


def test_a_repeated_invitation_is_the_same_link(place: Restaurant, waitlist: Waitlist) -> None:
    links = [place.post("invite-device", as_host=True, headers=KEY).json["url"] for _ in range(2)]
    assert links[0] == links[1]
    assert len(waitlist.queue(place.code).invitations) == 1
    other = place.post("invite-device", as_host=True, headers={"Idempotency-Key": "another"})
    assert other.json["url"] != links[0]


def test_an_invitation_whose_answer_was_lost_still_lets_its_device_in(
    app: Flask, place: Restaurant, waitlist: Waitlist
) -> None:
    link = place.post("invite-device", as_host=True).json["url"]
    path, _, letters = link.partition("#")
    page = app.test_client().get(path).text
    form = {"invitation": letters, "name": "Bar", "key": field(page, "key")}
    lost, tablet, thief = (app.test_client() for _ in range(3))
    assert lost.post(path, data=form).status_code == 303
    assert tablet.post(path, data=form).status_code == 303
    assert tablet.get(f"/host/{place.code}").status_code == 200
    assert [device.name for device in waitlist.queue(place.code).devices] == ["Bar"]
    spent = thief.post(path, data=form | {"key": secrets.token_urlsafe(12)})
    assert spent.status_code == 410


def test_opening_a_line_again_twice_begins_one_day(app: Flask, waitlist: Waitlist) -> None:
    host = app.test_client()
    made = host.post("/new", data={"eventName": "Lucia", "maxGuests": "20"})
    code = made.location.rpartition("/")[2]
    host.post(f"/host/{code}/do/end-day", data={"key": "end"})
    first = waitlist.queue(code).session_id
    answers = [
        host.post(f"/host/{code}/do/open", data={"key": "open", "sure": "1"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert waitlist.queue(code).session_id != first
    assert not waitlist.queue(code).is_closed


def test_a_form_of_the_host_that_is_sent_twice_acts_once_and_its_other_buttons_act_too(
    app: Flask, waitlist: Waitlist
) -> None:
    host = app.test_client()
    code = host.post("/new", data={"eventName": "Lucia", "maxGuests": "20"}).location[-6:]
    host.post(f"/host/{code}/do/add", data={"size": "2", "key": "add"})
    party = waitlist.queue(code).parties[0].id
    host.post(f"/host/{code}/do/call", data={"partyId": party})
    page = host.get(f"/host/{code}/party/{party}").text
    form = re.search(r'<form[^>]*/do/extend".*?</form>', page, re.DOTALL)
    assert form
    said = {"partyId": party, "key": field(form[0], "key")}
    deadline = waitlist.queue(code).parties[0].deadline
    assert deadline
    for minutes, extended in (("5", 5), ("5", 5), ("10", 15)):
        host.post(f"/host/{code}/do/extend", data=said | {"minutes": minutes})
        assert waitlist.queue(code).parties[0].deadline == deadline + extended * 60_000


@pytest.mark.parametrize("path", ["/queue/{code}", "/kiosk/{code}"])
def test_a_form_of_a_guest_lets_one_party_in(
    app: Flask, place: Restaurant, waitlist: Waitlist, path: str
) -> None:
    path = path.format(code=place.code)
    form = {"name": "Anna", "size": "2", "key": field(app.test_client().get(path).text, "key")}
    for _ in range(2):
        assert app.test_client().post(path, data=form).status_code in (200, 303)
    assert len(waitlist.queue(place.code).parties) == 1


@pytest.mark.parametrize(
    "ask",
    [
        lambda place, anna: place.post("leave", json={"partyId": anna}),
        lambda place, anna: place.post("declare-nearby", json={"partyId": anna}),
        lambda place, anna: place.post("close", as_host=True),
    ],
)
def test_what_is_the_same_by_nature_changes_nothing_the_second_time(
    place: Restaurant, waitlist: Waitlist, ask: Callable[[Restaurant, str], Any]
) -> None:
    anna = place.join("Anna")
    first = ask(place, anna)
    assert first.status_code == 200
    happened = events(waitlist, place.code)
    assert ask(place, anna).status_code in (200, 404)
    assert events(waitlist, place.code) == happened


def field(page: str, name: str) -> str:
    """Return the value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, f"no {name} in the page"
    return found[1]
