"""GET /api/queue/CODE/snapshot: what each reader sees, and what a repeated poll costs."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.api.restaurant import Restaurant, refusal

HOST_KEYS = ("type", "queue", "nowServing", "maxGuests", "callDeadline", "closed")


def wire(view: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields that legacy clients read; more may be added."""
    return {key: view[key] for key in keys}


def test_the_host_sees_the_line(lucia: Restaurant) -> None:
    ana, ben = lucia.join("Ana", 2), lucia.join("Ben", 3)
    lucia.call_next()
    state = lucia.state()
    now_serving, (waiting,) = state["nowServing"], state["queue"]
    assert wire(state, HOST_KEYS) == {
        "type": "queue_update",
        "queue": [waiting],
        "nowServing": now_serving,
        "maxGuests": 20,
        "callDeadline": now_serving["calledAt"] + 120_000,
        "closed": False,
    }
    keys = ("id", "name", "size", "status", "nearby")
    assert wire(now_serving, keys) == dict(zip(keys, (ana, "Ana", 2, "called", False), strict=True))
    assert wire(waiting, keys) == dict(zip(keys, (ben, "Ben", 3, "waiting", False), strict=True))


def test_a_guest_sees_the_place_then_the_call_then_the_end(lucia: Restaurant) -> None:
    lucia.join("Ana")
    ben = lucia.join("Ben")
    assert lucia.snapshot(ben).json == {
        "type": "position",
        "position": 2,
        "aheadCount": 1,
        "queueLength": 2,
        "estimatedWaitMs": 180_000,
        "eventName": "Lucia",
    }
    lucia.post("advance", as_host=True, json={"nextParty": ben})
    deadline = lucia.state()["callDeadline"]
    assert lucia.snapshot(ben).json == {"type": "called", "deadline": deadline}
    lucia.post("advance", as_host=True, json={"servedParty": ben})
    assert lucia.snapshot(ben).json == {"type": "removed", "reason": "served"}


def test_a_guest_who_is_also_the_host_asks_as_a_guest(lucia: Restaurant) -> None:
    ana = lucia.join("Ana")
    assert lucia.snapshot(ana, as_host=True).json["type"] == "position"


def test_the_public_sees_the_hosts_shape_without_names_and_ids(lucia: Restaurant) -> None:
    ana, ben = lucia.join("Ana-Maria"), lucia.join("Benedikt")
    lucia.call_next()
    answer = lucia.snapshot()
    assert answer.status_code == 200
    assert set(HOST_KEYS) <= set(answer.json)
    assert len(answer.json["queue"]) == 1
    assert answer.json["nowServing"]["size"] == 1
    for secret in (ana, ben, "Ana-Maria", "Benedikt", lucia.opened["sessionId"]):
        assert secret not in answer.text


def test_a_party_of_nowhere_is_not_found(lucia: Restaurant, caller: FlaskClient) -> None:
    elsewhere = Restaurant(caller).join("Ana")
    for party_id in ("nobody", elsewhere):
        assert refusal(lucia.snapshot(party_id)) == (404, "Party not found")


def test_a_wrong_token_in_the_header_is_refused(lucia: Restaurant) -> None:
    assert refusal(lucia.snapshot(x_host_auth="wrong")) == (403, "Invalid host authentication")


def test_a_good_cookie_mends_a_wrong_header(lucia: Restaurant) -> None:
    cookie = f"queue_host_auth={lucia.opened['hostAuthToken']}"
    lucia.join("Ana")
    assert lucia.snapshot(x_host_auth="wrong", Cookie=cookie).json["queue"][0]["name"] == "Ana"
    assert lucia.snapshot(Cookie=cookie).json["queue"][0]["name"] == "Ana"


def test_the_host_of_another_queue_is_the_public_here(
    lucia: Restaurant, caller: FlaskClient
) -> None:
    lucia.join("Ana")
    cookie = f"queue_host_auth={Restaurant(caller).opened['hostAuthToken']}"
    assert "Ana" not in lucia.snapshot(Cookie=cookie).text


def test_every_answer_is_revalidated_and_names_what_it_depends_on(lucia: Restaurant) -> None:
    answer = lucia.snapshot()
    assert {"private", "no-cache"} <= set(answer.headers["Cache-Control"].split(", "))
    assert "max-age" not in answer.headers["Cache-Control"]
    vary = {name.lower() for name in answer.vary}
    assert {"cookie", "x-host-auth", "hx-request", "origin"} <= vary


def test_every_state_of_every_reader_has_a_tag_and_is_answered_304(lucia: Restaurant) -> None:
    ana, ben = "", ""

    def readers() -> list[dict[str, Any]]:
        guests = [{"party_id": party} for party in (ana, ben) if party]
        return [{"as_host": True}, {}, *guests]

    def check() -> None:
        for reader in readers():
            fresh = lucia.snapshot(**reader)
            tag = fresh.headers["ETag"]
            assert tag.startswith('"') and tag.endswith('"')
            unchanged = lucia.snapshot(**reader, If_None_Match=tag)
            assert (unchanged.status_code, unchanged.data) == (304, b"")
            assert unchanged.headers["ETag"] == tag
            for name in ("Cache-Control", "Vary"):
                assert unchanged.headers[name] == fresh.headers[name]
            assert "Content-Type" not in unchanged.headers

    check()
    ana, ben = lucia.join("Ana"), lucia.join("Ben")
    check()
    lucia.call_next()
    check()
    lucia.post("advance", as_host=True, json={"servedParty": ana})
    check()
    lucia.post("close", as_host=True)
    check()


@pytest.mark.parametrize(
    "form", ["{tag}", "W/{tag}", '"other", {tag}', 'W/"other" , W/{tag},"third"', "*", "{tag}, *"]
)
def test_a_tag_matches_in_lists_and_weakly(lucia: Restaurant, form: str) -> None:
    tag = lucia.snapshot().headers["ETag"]
    answer = lucia.snapshot(If_None_Match=form.format(tag=tag))
    assert (answer.status_code, answer.headers["ETag"]) == (304, tag)


@pytest.mark.parametrize("form", ['"other"', 'W/"other"', "", '"', "junk", ',,"x",', '"*"'])
def test_another_tag_does_not_match(lucia: Restaurant, form: str) -> None:
    answer = lucia.snapshot(If_None_Match=form)
    assert answer.status_code == 200
    assert answer.json["type"] == "queue_update"


def test_a_change_gives_a_new_tag(lucia: Restaurant) -> None:
    ana = lucia.join("Ana")
    tags = {
        "host": lucia.snapshot(as_host=True).headers["ETag"],
        "guest": lucia.snapshot(ana).headers["ETag"],
        "public": lucia.snapshot().headers["ETag"],
    }
    lucia.call_next()
    assert lucia.snapshot(as_host=True, If_None_Match=tags["host"]).status_code == 200
    assert lucia.snapshot(ana, If_None_Match=tags["guest"]).json["type"] == "called"
    assert lucia.snapshot(If_None_Match=tags["public"]).status_code == 200


def test_somebody_elses_nearby_wakes_the_host_and_no_guest(lucia: Restaurant) -> None:
    ana, ben = lucia.join("Ana"), lucia.join("Ben")
    host, guest = lucia.snapshot(as_host=True).headers["ETag"], lucia.snapshot(ben).headers["ETag"]
    lucia.post("declare-nearby", json={"partyId": ana})
    assert lucia.snapshot(ben, If_None_Match=guest).status_code == 304
    assert lucia.snapshot(as_host=True, If_None_Match=host).status_code == 200


def test_readers_have_different_tags(lucia: Restaurant) -> None:
    ana = lucia.join("Ana")
    answers = [lucia.snapshot(ana), lucia.snapshot(as_host=True), lucia.snapshot()]
    assert len({answer.headers["ETag"] for answer in answers}) == 3


def test_a_head_request_has_the_headers_of_a_get(lucia: Restaurant, app: Flask) -> None:
    answer = lucia.caller.head(f"{lucia.path}/snapshot")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["ETag"] == lucia.snapshot().headers["ETag"]
