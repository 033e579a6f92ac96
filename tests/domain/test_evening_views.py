"""What each reader sees of an evening beside the wire's fields."""

from dataclasses import replace

from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import undo as undo_commands
from queueup.domain.events import PartyEdited
from queueup.domain.model import MINUTE, OnExpiry, QueueSettings
from queueup.domain.views import snapshot
from tests.domain.in_memory_waitlist import TABLET, Stand, call, seat, stand
from tests.domain.invariants import WIRE_KEYS
from tests.domain.lines import HOLD

PARTY_KEYS = {"size", "status", "nearby", "joinedAt", "ticket", "quotedMs"}
CALL_KEYS = {"callCount", "calledAt", "deadline", "overdue"}


def test_the_host_sees_all_that_is_known_of_a_party_and_nothing_empty() -> None:
    at = stand("Ana", "Ben")
    at.act(
        lambda q, now: host_commands.edit(
            q, PartyEdited(now, "Ana", "Ana", 3, "+49 1", "red hat", "terrace", ("vip",))
        )
    )
    ana, ben = snapshot(at.queue)["host"]["queue"]
    assert set(ben) == PARTY_KEYS | {"id", "name", "origin"}
    assert (ana["phone"], ana["notes"], ana["seating"]) == ("+49 1", "red hat", "terrace")
    assert (ana["flags"], ana["origin"]) == (["vip"], "guest")


def test_the_public_sees_a_letter_for_a_name_and_no_more() -> None:
    at = stand("ana", "<Ben>", "Übel", "ﬃ")
    call(at, "ana")
    views = snapshot(at.queue)["public"]
    assert set(views["called"][0]) == PARTY_KEYS | CALL_KEYS | {"initial"}
    assert views["called"][0]["initial"] == "A"
    assert [party.get("initial") for party in views["queue"]] == [None, "Ü", "F"]


def test_the_guests_wire_view_has_the_wires_keys_in_every_state() -> None:
    at = stand("Ana", "Ben", "Cleo")
    call(at, "Ana")
    seat(at, "Ben")
    for party_id, kind in (("Ana", "called"), ("Ben", "removed"), ("Cleo", "position")):
        view = snapshot(at.queue)["guests"][party_id]["view"]
        assert (view["type"], set(view)) == (kind, WIRE_KEYS[kind])


def test_a_guest_reads_neither_phone_nor_notes() -> None:
    at = stand("Ana")
    at.act(
        lambda q, now: host_commands.edit(
            q, PartyEdited(now, "Ana", "Ana", 3, "+49 1", "rude", "terrace", ("vip",))
        )
    )
    shown = str(snapshot(at.queue)["guests"]["Ana"])
    assert "+49 1" not in shown and "rude" not in shown and "vip" not in shown


def test_a_removed_guest_reads_the_reason_and_a_seated_one_the_table() -> None:
    at = stand("Ana", "Ben")
    at.act(lambda q, now: host_commands.kick(q, "Ana", now, "We close early today."))
    seat(at, "Ben", "12")
    guests = snapshot(at.queue)["guests"]
    assert guests["Ana"]["party"]["reason"] == "We close early today."
    assert guests["Ben"]["party"]["table"] == "12"


def test_the_eight_that_ended_last_are_shown_the_newest_first() -> None:
    at = stand(*(f"p{number}" for number in range(10)))
    for number in range(10):
        at.now += 1_000
        seat(at, f"p{number}", str(number))
    host = snapshot(at.queue)["host"]
    assert [party["table"] for party in host["ended"]] == list("98765432")
    assert host["endedCount"] == 10
    assert host["ended"][0]["endedAt"] == at.now
    assert host["ended"][0]["waitedMs"] == 5 * MINUTE + 10_000


def test_the_undo_on_offer_names_the_device() -> None:
    at = stand("Ana")
    call(at, "Ana", TABLET)
    offered = snapshot(at.queue)["host"]["undo"]
    assert offered == {
        "act": at.queue.last_event,
        "kind": "QUEUE_MEMBER_CALLED",
        "at": at.now,
        "tickets": [1],
        "device": "Tablet",
    }


def test_the_flat_estimate_holds_until_five_have_waited_a_minute_and_more() -> None:
    at = stand(*(f"p{number}" for number in range(6)))
    at.join("Late")
    for number in range(6):
        shown = snapshot(at.queue)["guests"]["Late"]["view"]
        learned = snapshot(at.queue)["guests"]["Late"]["party"]["wait"]["learned"]
        assert learned is (number >= 5)
        if not learned:
            assert shown["estimatedWaitMs"] == 180_000 * shown["aheadCount"]
        seat(at, f"p{number}")


def test_who_is_seated_at_once_teaches_nothing() -> None:
    at = Stand(QueueSettings("Lucia", 40, HOLD, OnExpiry.FLAG))
    for number in range(8):
        at.join(f"p{number}")
        at.now += MINUTE - 1
        seat(at, f"p{number}")
    assert at.queue.seatings == ()


def test_guests_are_told_when_their_wait_becomes_short_and_once() -> None:
    at = Stand(replace(QueueSettings("Lucia", 40, HOLD, OnExpiry.FLAG), nudge_minutes=6))
    at.join("p1", "p2", "p3", "p4")
    told = "QUEUE_MEMBER_DUE_SOON"
    assert told not in [event.kind for event in at.events]
    seat(at, "p1")
    assert [event.party_id for event in at.events if event.kind == told] == ["p4"]  # type: ignore[attr-defined]
    at.act(lambda q, now: undo_commands.restore(q, "p1", now))
    seat(at, "p2")
    assert [event.kind for event in at.events].count(told) == 1


def test_what_one_guest_says_wakes_no_other_guest() -> None:
    at = stand("Ana", "Ben", "Cleo")
    before = snapshot(at.queue)["guests"]
    at.guest(lambda q, now: guest_commands.on_my_way(q, "Ben", now, 3))
    at.guest(lambda q, now: guest_commands.judge(q, "Ben", now, "right"))
    at.act(lambda q, now: host_commands.message(q, now, "Soon!", "Ben"))
    at.act(lambda q, now: host_commands.set_aside(q, "Ana", now, True, "out"))
    after = snapshot(at.queue)["guests"]
    assert after["Cleo"] == before["Cleo"]
    assert after["Ben"]["view"] == before["Ben"]["view"]
