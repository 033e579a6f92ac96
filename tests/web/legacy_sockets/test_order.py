"""Which clients are notified of a change, in which order, and with which message."""

import threading

import pytest

from queueup.domain.model import OnExpiry, QueueSettings
from queueup.storage import codec
from queueup.web.legacy_sockets.relay import ConnectionRegistry
from tests.support import hosting

LUCIA = QueueSettings("Lucia", 100, 120_000, OnExpiry.RELEASE)


class Line:
    """A fake connection of one client: records all messages in one common list."""

    def __init__(self, name, heard):
        self.name = name
        self.heard = heard
        self.event = threading.Event()

    def send(self, text):
        message = codec.loads(text)
        self.heard.append((self.name, message.get("reason", message["type"])))

    def close(self, status, reason):
        self.heard.append((self.name, f"close {status} {reason}"))


class Room:
    """A queue with three guests and a host on legacy clients."""

    def __init__(self, parts):
        self.waitlist = waitlist = parts.waitlist
        self.code = waitlist.create(LUCIA).code
        self.heard = []
        self.relay = ConnectionRegistry(parts, limit=100, ping_s=30)
        self.ids = {
            name: waitlist.join(self.code, name, 1, None)[1].id for name in ("Anna", "Ben", "Cleo")
        }
        for name in ("Cleo", "host", "Ben", "Anna"):
            screen = self.relay.admit(self.code, self.ids.get(name))
            screen.ws = Line(name, self.heard)
        self.hear()

    def hear(self):
        """Relay the present state as a commit does, and return the messages."""
        kept = self.waitlist.snapshot(self.code)
        self.heard.clear()
        self.relay.on_commit(self.code, kept.version, codec.dumps(kept.views))
        return list(self.heard)


@pytest.fixture
def room(parts):
    """A queue with three guests and a host on legacy clients, all connected."""
    return Room(parts)


def test_a_call_is_heard_by_the_guest_the_host_and_then_the_line(room):
    room.waitlist.advance(room.code, None, None)
    room.waitlist.advance(room.code, None, None)
    assert room.hear() == [("Ben", "called"), ("Anna", "called"), ("host", "queue_update")]
    room.waitlist.advance(room.code, room.ids["Anna"], None)
    assert room.hear() == [
        ("Anna", "served"),
        ("Anna", "close 1000 served"),
        ("Cleo", "called"),
        ("host", "queue_update"),
    ]


def test_serving_and_calling_the_next_moves_the_rest_of_the_line(room):
    room.waitlist.advance(room.code, None, None)
    room.hear()
    room.waitlist.advance(room.code, room.ids["Anna"], None)
    assert room.hear() == [
        ("Anna", "served"),
        ("Anna", "close 1000 served"),
        ("Ben", "called"),
        ("host", "queue_update"),
        ("Cleo", "position"),
    ]


def test_a_no_show_makes_room_in_the_same_order(room):
    room.waitlist.advance(room.code, None, None)
    room.hear()
    hosting.no_show(room.waitlist, room.code, room.ids["Anna"])
    assert room.hear() == [
        ("Anna", "no_show"),
        ("Anna", "close 1000 no_show"),
        ("host", "queue_update"),
        ("Cleo", "position"),
        ("Ben", "position"),
    ]


@pytest.mark.parametrize(("action", "reason"), [("leave", "left"), ("kick", "kicked")])
def test_whoever_goes_hears_of_it_last(room, action, reason):
    getattr(room.waitlist, action)(room.code, room.ids["Anna"])
    assert room.hear() == [
        ("host", "queue_update"),
        ("Cleo", "position"),
        ("Ben", "position"),
        ("Anna", reason),
        ("Anna", f"close 1000 {reason}"),
    ]


@pytest.mark.parametrize(("action", "reason"), [("leave", "left"), ("kick", "kicked")])
def test_whoever_goes_while_called_first_hears_a_position_which_clears_the_call(
    room, action, reason
):
    room.waitlist.advance(room.code, None, None)
    room.hear()
    getattr(room.waitlist, action)(room.code, room.ids["Anna"])
    assert room.hear() == [
        ("host", "queue_update"),
        ("Cleo", "position"),
        ("Ben", "position"),
        ("Anna", "position"),
        ("Anna", reason),
        ("Anna", f"close 1000 {reason}"),
    ]


def test_the_end_of_the_queue_is_heard_by_a_called_guest_without_a_position(room):
    room.waitlist.advance(room.code, None, None)
    room.hear()
    room.waitlist.close(room.code)
    assert [said for name, said in room.hear() if name == "Anna"] == ["closed", "close 1000 closed"]


def test_only_hosts_hear_that_a_guest_is_nearby(room):
    room.waitlist.declare_nearby(room.code, room.ids["Anna"])
    assert room.hear() == [("host", "queue_update")]


def test_a_party_called_again_hears_the_new_deadline(room):
    room.waitlist.advance(room.code, None, None)
    room.hear()
    hosting.call(room.waitlist, room.code, room.ids["Anna"])
    assert room.hear() == [("Anna", "called"), ("host", "queue_update")]


def test_the_end_of_the_queue_is_heard_by_hosts_first(room):
    room.waitlist.close(room.code)
    assert room.hear() == [
        ("host", "queue_update"),
        ("host", "closed"),
        ("host", "close 1000 closed"),
        ("Cleo", "closed"),
        ("Cleo", "close 1000 closed"),
        ("Ben", "closed"),
        ("Ben", "close 1000 closed"),
        ("Anna", "closed"),
        ("Anna", "close 1000 closed"),
    ]


def test_an_older_version_is_never_heard_after_a_newer_one(room):
    before = room.waitlist.snapshot(room.code)
    room.waitlist.leave(room.code, room.ids["Anna"])
    room.hear()
    room.heard.clear()
    room.relay.on_commit(room.code, before.version, codec.dumps(before.views))
    assert room.heard == []


def test_a_new_screen_hears_no_commit_from_before_its_party_joined(room):
    before = room.waitlist.snapshot(room.code)
    dora = room.waitlist.join(room.code, "Dora", 1, None)[1].id
    joined = room.waitlist.snapshot(room.code)
    room.relay.admit(room.code, dora, joined.version).ws = Line("Dora", room.heard)
    room.heard.clear()
    room.relay.on_commit(room.code, before.version, codec.dumps(before.views))
    assert room.heard == []
    assert ("Dora", "position") in room.hear()


def test_nobody_hears_anything_after_the_close(room):
    room.waitlist.close(room.code)
    room.hear()
    kept = room.waitlist.snapshot(room.code)
    room.heard.clear()
    room.relay.on_commit(room.code, kept.version + 1, codec.dumps(kept.views))
    assert room.heard == []
