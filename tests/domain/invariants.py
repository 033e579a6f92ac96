"""What must hold after everything that can happen to a queue, whoever did it."""

import json

from queueup.domain.deadlines import next_due
from queueup.domain.model import Party, Queue
from queueup.domain.views import snapshot
from queueup.storage import codec

WIRE_KEYS = {
    "position": {
        "type",
        "position",
        "aheadCount",
        "queueLength",
        "estimatedWaitMs",
        "eventName",
    },
    "called": {"type", "deadline"},
    "removed": {"type", "reason"},
    "closed": {"type"},
}


def keep(queue: Queue, now: int) -> None:
    """Fail when a promise is broken."""
    the_codec_loses_nothing(queue)
    time_is_ahead(queue, now)
    views = snapshot(queue)
    the_public_learns_nothing(queue, json.dumps(views["public"], ensure_ascii=False))
    for party in queue.parties:
        guest = views["guests"][party.id]
        assert set(guest["view"]) == WIRE_KEYS[guest["view"]["type"]]
        a_guest_learns_nothing_of_others(queue, party, json.dumps(guest, ensure_ascii=False))
    positions = [guest["view"].get("position") for guest in views["guests"].values()]
    places = [place for place in positions if place]
    assert places == list(range(len(queue.called()) + 1, len(queue.called()) + len(places) + 1))
    the_standing_is_whole(queue)


def the_codec_loses_nothing(queue: Queue) -> None:
    """Fail when a queue is not what it was after Redis."""
    assert codec.decode_queue(codec.encode_queue(queue)) == queue


def time_is_ahead(queue: Queue, now: int) -> None:
    """Fail when something is due that has been applied."""
    due = next_due(queue)
    # Time alone never ends an open line with somebody in it, and so may have nothing to do.
    assert due is None or due > now
    assert not queue.is_closed or due == queue.reopen_until


def the_standing_is_whole(queue: Queue) -> None:
    """Fail when a party's fields contradict each other."""
    for party in queue.parties:
        assert (party.ended_at is None) == party.is_active
        if party.status.value == "called":
            assert party.called_at is not None and party.deadline is not None
        if party.status.value == "waiting":
            assert party.called_at is None and not party.overdue and not party.table
        assert not (party.needs_host and party.status.value != "left")
        assert party.asked_back_at is None or party.status.value == "no_show"
    assert len(queue.keys) == len(set(queue.keys)) <= 100
    assert len(queue.actions) <= 30 and len(queue.seatings) <= 60


def the_public_learns_nothing(queue: Queue, shown: str) -> None:
    """Fail when anybody in the room could read what is not for everybody."""
    hidden = [text for party in queue.parties for text in [party.id, *own_words(party)]]
    hidden += [device.id for device in queue.devices]
    hidden += [device.secret_hash for device in queue.devices] + list(queue.keys)
    for text in hidden:
        assert text not in shown


def a_guest_learns_nothing_of_others(queue: Queue, party: Party, shown: str) -> None:
    """Fail when a guest could read of another party, or what the host wrote for itself."""
    allowed = {text for text in own_words(party) if text not in (party.phone, party.notes)}
    for other in queue.parties:
        for text in own_words(other):
            assert text in allowed or text not in shown
        assert other.id not in shown


def own_words(party: Party) -> list[str]:
    """Return all text that is about one party."""
    words = (
        party.name,
        party.phone,
        party.notes,
        party.seating,
        party.message,
        party.reason,
        party.aside_reason,
        party.moved_reason,
        party.table,
        party.join_key,
    )
    return [text for text in words if text is not None and text != "let_pass"]
