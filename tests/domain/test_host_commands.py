"""What a host does with a waiting party: its place, its quote, what is known of it, a message."""

import pytest

from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.errors import NotPossibleNow, SomebodyWasFaster, UnknownParty
from queueup.domain.events import PartyEdited
from queueup.domain.model import MINUTE
from queueup.domain.views import snapshot
from tests.domain.in_memory_waitlist import PHONE, TABLET, call, seat, stand


def order(at: object) -> list[str]:
    return [party.id for party in at.queue.waiting()]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("wanted", "before", "expected"),
    [
        ("Dan", "Ana", ["Dan", "Ana", "Ben", "Cleo"]),
        ("Ana", "Dan", ["Ben", "Cleo", "Ana", "Dan"]),
        ("Ana", None, ["Ben", "Cleo", "Dan", "Ana"]),
        ("Cleo", "Ben", ["Ana", "Cleo", "Ben", "Dan"]),
    ],
)
def test_a_party_goes_in_front_of_another_or_to_the_end(
    wanted: str, before: str | None, expected: list[str]
) -> None:
    at = stand("Ana", "Ben", "Cleo", "Dan")
    at.act(lambda q, now: host_commands.move(q, wanted, now, before))
    assert order(at) == expected


def test_those_overtaken_read_why_and_the_others_nothing() -> None:
    at = stand("Ana", "Ben", "Cleo", "Dan")
    at.act(lambda q, now: host_commands.move(q, "Cleo", now, "Ben", "a table for one opened"))
    guests = snapshot(at.queue)["guests"]
    told = {party: guests[party]["party"].get("moved") for party in ("Ana", "Ben", "Cleo", "Dan")}
    reason = {"at": at.now, "reason": "a table for one opened"}
    assert told == {
        "Ana": None,
        "Ben": reason | {"places": 1},
        "Cleo": reason | {"places": -1},
        "Dan": None,
    }


def test_parties_that_ended_or_are_called_do_not_count_as_places() -> None:
    at = stand("Ana", "Ben", "Cleo", "Dan")
    call(at, "Ben")
    at.guest(lambda q, now: guest_commands.leave(q, "Cleo", now))
    at.act(lambda q, now: host_commands.move(q, "Dan", now, "Ana"))
    assert order(at) == ["Dan", "Ana"]
    assert at.party("Dan").moved_places == -1
    assert at.party("Ben").moved_at is None


def test_moving_a_party_to_where_it_is_changes_nothing() -> None:
    at = stand("Ana", "Ben")
    assert at.act(lambda q, now: host_commands.move(q, "Ana", now, "Ben")) == ()
    assert at.act(lambda q, now: host_commands.move(q, "Ben", now, None)) == ()


def test_a_party_does_not_go_in_front_of_one_that_has_gone() -> None:
    at = stand("Ana", "Ben", "Cleo")
    at.guest(lambda q, now: guest_commands.leave(q, "Ana", now))
    refusal = at.tried(lambda q, now: host_commands.move(q, "Cleo", now, "Ana"))
    assert isinstance(refusal, NotPossibleNow)
    assert order(at) == ["Ben", "Cleo"]


def test_a_party_set_aside_keeps_its_place_and_reads_why() -> None:
    at = stand("Ana", "Ben")
    at.act(lambda q, now: host_commands.set_aside(q, "Ana", now, True, "outside with the dog"))
    guest = snapshot(at.queue)["guests"]["Ana"]
    assert guest["view"]["position"] == 1
    assert (guest["party"]["aside"], guest["party"]["asideReason"]) == (
        True,
        "outside with the dog",
    )
    at.act(lambda q, now: host_commands.set_aside(q, "Ana", now, False))
    assert "aside" not in snapshot(at.queue)["guests"]["Ana"]["party"]
    assert at.party("Ana").aside_reason is None


def test_setting_aside_twice_changes_nothing() -> None:
    at = stand("Ana")
    at.act(lambda q, now: host_commands.set_aside(q, "Ana", now, True))
    assert at.act(lambda q, now: host_commands.set_aside(q, "Ana", now, True)) == ()


def test_a_called_party_is_not_arranged_and_the_host_reads_who_called_it() -> None:
    at = stand("Ana", "Ben")
    call(at, "Ana", TABLET)
    for command in (
        lambda q, now: host_commands.move(q, "Ana", now, None),
        lambda q, now: host_commands.set_aside(q, "Ana", now, True),
        lambda q, now: host_commands.quote(q, "Ana", now, MINUTE),
    ):
        refusal = at.tried(command, PHONE)
        assert isinstance(refusal, SomebodyWasFaster)
        assert str(refusal) == "#1 has already been called by Tablet."


def test_a_quote_counts_from_now_and_is_kept_from_joining() -> None:
    at = stand("Ana")
    at.act(lambda q, now: host_commands.quote(q, "Ana", now, 30 * MINUTE))
    assert at.party("Ana").quoted_ms == 35 * MINUTE
    at.wait(10 * MINUTE)
    assert at.party("Ana").quoted_ms == 35 * MINUTE


def test_an_edit_corrects_everything_that_is_known() -> None:
    at = stand("Ana")
    call(at, "Ana")
    edited = PartyEdited(at.now, "Ana", "Anna", 4, "+49 1", "red hat", "terrace", ("vip",))
    at.act(lambda q, now: host_commands.edit(q, edited))
    ana = at.party("Ana")
    assert (ana.name, ana.size, ana.phone) == ("Anna", 4, "+49 1")
    assert (ana.notes, ana.seating, ana.flags) == ("red hat", "terrace", ("vip",))
    assert at.act(lambda q, now: host_commands.edit(q, edited)) == ()


def test_an_edit_may_exceed_the_capacity() -> None:
    at = stand("Ana")
    at.act(lambda q, now: host_commands.edit(q, PartyEdited(now, "Ana", None, 80)))
    assert at.queue.people() == 80


def test_an_ended_party_is_not_edited() -> None:
    at = stand("Ana")
    seat(at, "Ana")
    refusal = at.tried(
        lambda q, now: host_commands.edit(q, PartyEdited(now, "Ana", None, 2)), PHONE
    )
    assert str(refusal) == "#1 has already been seated by Tablet."


def test_a_message_reaches_one_party() -> None:
    at = stand("Ana", "Ben")
    at.act(lambda q, now: host_commands.message(q, now, "A table soon!", "Ana"))
    guests = snapshot(at.queue)["guests"]
    assert (guests["Ana"]["party"]["message"], guests["Ana"]["party"]["messageAt"]) == (
        "A table soon!",
        at.now,
    )
    assert "message" not in guests["Ben"]["party"]


def test_a_message_to_all_reaches_the_waiting_and_the_called_and_nobody_who_has_gone() -> None:
    at = stand("Ana", "Ben", "Cleo")
    call(at, "Ana")
    at.guest(lambda q, now: guest_commands.leave(q, "Cleo", now))
    at.act(lambda q, now: host_commands.message(q, now, "Last call!"))
    assert [at.party(name).message for name in ("Ana", "Ben", "Cleo")] == [
        "Last call!",
        "Last call!",
        None,
    ]


def test_a_message_to_a_stranger_or_to_nobody_reaches_nobody() -> None:
    at = stand()
    assert at.act(lambda q, now: host_commands.message(q, now, "Hello")) == ()
    refusal = at.tried(lambda q, now: host_commands.message(q, now, "Hello", "Nobody"))
    assert isinstance(refusal, UnknownParty)
