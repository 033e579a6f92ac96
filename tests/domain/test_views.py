"""What each reader sees: the wire's shapes to the letter, and not a word more than allowed."""

import json
from dataclasses import replace
from typing import Any

import pytest

from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.commands.guest import Join
from queueup.domain.deadlines import apply_time
from queueup.domain.model import MINUTE, OnExpiry, Queue
from queueup.domain.views import snapshot
from tests.domain.lines import HOLD, OPENED, done, line, opened

LATER = OPENED + 60_000


def host(queue: Queue) -> dict[str, Any]:
    view: dict[str, Any] = snapshot(queue)["host"]
    return view


def public(queue: Queue) -> dict[str, Any]:
    view: dict[str, Any] = snapshot(queue)["public"]
    return view


def guest(queue: Queue, party_id: str) -> dict[str, Any]:
    view: dict[str, Any] = snapshot(queue)["guests"][party_id]["view"]
    return view


def own(queue: Queue, party_id: str) -> dict[str, Any]:
    party: dict[str, Any] = snapshot(queue)["guests"][party_id]["party"]
    return party


def wire(view: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Return the part of a view that the old screens read; more fields may be added."""
    return {key: view[key] for key in keys}


HOST_KEYS = ("type", "queue", "nowServing", "maxGuests", "callDeadline", "closed")
PARTY_KEYS = ("id", "name", "size", "status", "nearby", "joinedAt")


def test_the_host_of_an_empty_queue_sees_every_field() -> None:
    assert wire(host(opened(max_guests=20)), *HOST_KEYS) == {
        "type": "queue_update",
        "queue": [],
        "nowServing": None,
        "maxGuests": 20,
        "callDeadline": None,
        "closed": False,
    }


def test_the_host_sees_the_waiting_in_order_and_the_called_one() -> None:
    queue = done(host_commands.advance, line("Ana", "Ben", "Cleo"), None, None, LATER).queue
    queue = done(guest_commands.declare_nearby, queue, "Cleo", LATER).queue
    view = host(queue)
    assert [wire(party, *PARTY_KEYS) for party in view["queue"]] == [
        {
            "id": name,
            "name": name,
            "size": 1,
            "status": "waiting",
            "nearby": name == "Cleo",
            "joinedAt": OPENED,
        }
        for name in ("Ben", "Cleo")
    ]
    assert wire(view["nowServing"], *PARTY_KEYS) == {
        "id": "Ana",
        "name": "Ana",
        "size": 1,
        "status": "called",
        "nearby": False,
        "joinedAt": OPENED,
    }
    assert view["callDeadline"] == LATER + HOLD


def test_a_name_that_was_not_given_is_absent() -> None:
    queue = done(guest_commands.join, opened(), Join("a", None, 2), OPENED).queue
    assert "name" not in host(queue)["queue"][0]


def test_with_several_called_the_old_screens_see_the_one_called_last() -> None:
    queue = done(host_commands.call, line("Ana", "Ben", "Cleo"), "Ben", OPENED).queue
    queue = done(host_commands.call, queue, "Ana", LATER).queue
    view = host(queue)
    assert (view["nowServing"]["id"], view["callDeadline"]) == ("Ana", LATER + HOLD)
    assert [party["id"] for party in view["called"]] == ["Ana", "Ben"]
    assert [party["deadline"] for party in view["called"]] == [LATER + HOLD, OPENED + HOLD]


def test_the_host_of_a_closed_queue_sees_an_empty_line() -> None:
    view = host(
        done(
            session_commands.close,
            done(host_commands.call, line("Ana", "Ben"), "Ana", OPENED).queue,
            LATER,
        ).queue
    )
    assert wire(view, *HOST_KEYS) == {
        "type": "queue_update",
        "queue": [],
        "nowServing": None,
        "maxGuests": 100,
        "callDeadline": None,
        "closed": True,
    }


def test_a_waiting_guest_sees_the_place_and_nothing_else() -> None:
    queue = done(host_commands.advance, line("Ana", "Ben", "Cleo", "Dan"), None, None, OPENED).queue
    assert guest(queue, "Cleo") == {
        "type": "position",
        "position": 3,
        "aheadCount": 2,
        "queueLength": 4,
        "estimatedWaitMs": 2 * 180_000,
        "eventName": "Lucia",
    }


def test_the_first_of_the_line_has_nobody_ahead() -> None:
    view = guest(line("Ana"), "Ana")
    assert (view["position"], view["aheadCount"], view["estimatedWaitMs"]) == (1, 0, 0)


def test_a_called_guest_sees_the_deadline() -> None:
    queue = done(host_commands.call, line("Ana"), "Ana", LATER).queue
    assert guest(queue, "Ana") == {"type": "called", "deadline": LATER + HOLD}


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        (host_commands.serve, "served"),
        (guest_commands.leave, "left"),
        (host_commands.kick, "kicked"),
        (host_commands.no_show, "no_show"),
    ],
)
def test_an_ended_guest_reads_the_true_reason_for_the_rest_of_the_evening(
    end: Any, reason: str
) -> None:
    called = done(host_commands.call, line("Ana", "Ben"), "Ana", OPENED).queue
    queue = done(end, called, "Ana", LATER).queue
    expected = {"type": "removed", "reason": reason}
    assert guest(queue, "Ana") == expected
    assert guest(done(session_commands.close, queue, LATER).queue, "Ana") == expected


def test_a_hold_that_ran_out_reads_as_a_no_show() -> None:
    queue = done(
        host_commands.call, line("Ana", queue=opened(on_expiry=OnExpiry.RELEASE)), "Ana", OPENED
    ).queue
    queue = apply_time(queue, OPENED + HOLD).queue
    assert guest(queue, "Ana") == {"type": "removed", "reason": "no_show"}


def test_a_guest_of_a_closed_queue_sees_that_it_closed() -> None:
    queue = done(
        session_commands.close,
        done(host_commands.call, line("Ana", "Ben"), "Ana", OPENED).queue,
        LATER,
    ).queue
    assert guest(queue, "Ana") == guest(queue, "Ben") == {"type": "closed"}


def test_the_public_sees_the_hosts_shape_without_names_and_ids() -> None:
    queue = line("Ana-Maria", "Ben")
    queue = done(
        guest_commands.join, queue, Join("id-of-cleo", "Cleo", 4, key="key-of-cleo"), OPENED
    ).queue
    queue = done(host_commands.advance, queue, None, None, LATER).queue
    view = public(queue)
    assert set(HOST_KEYS) <= set(view)
    assert [party["size"] for party in view["queue"]] == [1, 4]
    assert view["nowServing"]["status"] == "called"
    assert view["callDeadline"] == LATER + HOLD
    shown = json.dumps(view)
    for secret in ("Ana-Maria", "Ben", "Cleo", "id-of-cleo", "key-of-cleo", queue.session_id):
        assert secret not in shown
    for party in [*view["queue"], *view["called"], view["nowServing"]]:
        assert not {"id", "name", "note", "phone"} & set(party)


def test_no_view_but_the_hosts_shows_another_party() -> None:
    queue = done(host_commands.call, line("Ana", "Ben"), "Ana", OPENED).queue
    queue = replace(queue, settings=replace(queue.settings, contact="desk"))
    for view in (guest(queue, "Ana"), own(queue, "Ana")):
        assert "Ben" not in json.dumps(view)


def test_somebody_elses_nearby_changes_no_guests_view() -> None:
    queue = done(host_commands.advance, line("Ana", "Ben", "Cleo"), None, None, OPENED).queue
    after = done(guest_commands.declare_nearby, queue, "Ben", LATER).queue
    for name in ("Ana", "Cleo"):
        assert snapshot(after)["guests"][name] == snapshot(queue)["guests"][name]
    assert host(after) != host(queue)


def test_who_joins_behind_changes_the_length_of_the_line_and_no_place() -> None:
    queue = line("Ana")
    after = line("Ben", queue=queue)
    assert guest(after, "Ana") == guest(queue, "Ana") | {"queueLength": 2}


def test_a_called_guests_view_does_not_change_with_the_line() -> None:
    queue = done(host_commands.call, line("Ana", "Ben", "Cleo"), "Ana", OPENED).queue
    after = done(guest_commands.leave, queue, "Ben", LATER).queue
    assert snapshot(after)["guests"]["Ana"] == snapshot(queue)["guests"]["Ana"]


def test_a_nudge_is_nothing_to_see() -> None:
    queue = done(guest_commands.leave, line("Ana", "Ben", "Cleo"), "Ana", OPENED).queue
    told = queue.party("Cleo")
    assert told is not None and told.nudges == (2,)
    silent = replace(
        queue, parties=tuple(replace(party, nudges=()) for party in queue.parties), last_event=1
    )
    assert snapshot(silent) == snapshot(queue)


def test_time_alone_changes_no_view_before_something_is_due() -> None:
    queue = done(host_commands.call, line("Ana", "Ben"), "Ana", OPENED).queue
    later = apply_time(queue, OPENED + HOLD - 1).queue
    assert snapshot(later) == snapshot(queue)
    assert snapshot(queue)["due"] == OPENED + HOLD


def test_everybody_learns_what_the_queue_is_about() -> None:
    wanted = replace(opened().settings, location="Pier 3", open_time="18:00", close_time="23:00")
    queue = session_commands.create("ABC234", "ABC234-session", wanted, OPENED).queue
    about = snapshot(queue)["about"]
    expected = {
        "code": "ABC234",
        "eventName": "Lucia",
        "location": "Pier 3",
        "contactInfo": None,
        "openTime": "18:00",
        "closeTime": "23:00",
        "maxGuests": 100,
    }
    assert wire(about, *expected) == expected


def test_the_estimate_is_three_minutes_for_each_party_ahead() -> None:
    queue = line("Ana", "Ben")
    assert guest(queue, "Ben")["estimatedWaitMs"] == 3 * MINUTE
    assert public(queue)["estimatedWaitMs"] == 6 * MINUTE
