"""A host stand without a server: what Waitlist does around every command, on values in memory."""

from collections.abc import Sequence
from dataclasses import replace

from queueup.domain.change import Actor, Change, Command, changed
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.commands.undo import last_undoable, undo
from queueup.domain.deadlines import apply_time
from queueup.domain.errors import QueueError
from queueup.domain.events import DeviceAdded, Event
from queueup.domain.model import MINUTE, OnExpiry, Party, QueueSettings
from queueup.domain.replay import replay
from queueup.domain.views import snapshot
from tests.domain.lines import HOLD, OPENED
from tests.domain.transitions import follow_the_table

TABLET = "device-tablet"
PHONE = "device-phone"


class Stand:
    """A queue run from a tablet and a phone, with the evening's events and a clock."""

    def __init__(self, settings: QueueSettings, now: int = OPENED) -> None:
        self.now = now
        tablet = DeviceAdded(now, TABLET, "Tablet", "secret-tablet")
        opened = session_commands.create("ABC234", "ABC234-session", settings, now, tablet)
        phone = DeviceAdded(now, PHONE, "Phone", "secret-phone")
        self.queue = replay([phone], opened.queue)
        self.events: list[Event] = [*opened.events, phone]

    def act(
        self, command: Command, device: str | None = TABLET, key: str | None = None
    ) -> Sequence[Event]:
        """Give a command; what is refused still commits what time has changed."""
        timed = apply_time(self.queue, self.now)
        self._commit(timed)
        if key is not None and key in self.queue.keys:
            return timed.events
        change = changed(self.queue, command(self.queue, self.now), Actor(device, key))
        self._commit(change)
        return timed.events + change.events

    def guest(self, command: Command) -> Sequence[Event]:
        """Give a guest's command."""
        return self.act(command, device=None)

    def tried(self, command: Command, device: str | None = TABLET) -> QueueError | None:
        """Give a command, and return its refusal."""
        try:
            self.act(command, device)
        except QueueError as refusal:
            return refusal
        return None

    def undo(self, device: str = TABLET) -> None:
        """Tap on undo, as the screen offers it."""
        number = last_undoable(self.queue)[0].number
        self.act(lambda queue, now: undo(queue, now, number), device)

    def can_undo(self) -> bool:
        """Tell whether the screen offers an undo."""
        return bool(last_undoable(self.queue))

    def wait(self, ms: int) -> Sequence[Event]:
        """Let time pass, and a worker apply it."""
        self.now += ms
        timed = apply_time(self.queue, self.now)
        self._commit(timed)
        return timed.events

    def party(self, party_id: str) -> Party:
        """Return a party, which must be there."""
        party = self.queue.party(party_id)
        assert party is not None
        return party

    def join(self, *names: str, size: int = 1, origin: str = "guest") -> None:
        """Let parties in whose ids are their names."""
        for name in names:
            wish = guest_commands.Join(name, name, size, key=f"key-{name}", origin=origin)
            device = TABLET if origin == "host" else None
            self.act(lambda queue, now, wish=wish: guest_commands.join(queue, wish, now), device)

    def _commit(self, change: Change) -> None:
        follow_the_table(self.queue, change.events)
        assert replay(change.events, self.queue) == change.queue if change.events else True
        self.queue = change.queue
        self.events += change.events


def stand(*names: str, on_expiry: OnExpiry = OnExpiry.FLAG) -> Stand:
    """Return a stand at whose line these parties wait."""
    made = Stand(QueueSettings("Lucia", 40, HOLD, on_expiry))
    made.join(*names)
    made.wait(5 * MINUTE)
    return made


def call(at: Stand, party_id: str, device: str = TABLET) -> None:
    """Call a party."""
    at.act(lambda queue, now: host_commands.call(queue, party_id, now), device)


def seat(at: Stand, party_id: str, table: str | None = None) -> None:
    """Seat a party, called or not."""
    at.act(lambda queue, now: host_commands.seat(queue, party_id, now, table))


def uncounted(party: Party) -> Party:
    """Return a party without what no undo takes back: that it has been called, told and rung."""
    return replace(party, call_count=0, nudges=())


def offered(at: Stand) -> tuple[str, list[int]] | None:
    """Return what the host's screen offers to undo."""
    undo = snapshot(at.queue)["host"]["undo"]
    return (undo["kind"], undo["tickets"]) if undo else None
