"""Random evenings with everything that hosts and guests can do, held to a queue's promises."""

import itertools

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.commands import undo as undo_commands
from queueup.domain.errors import QueueError
from queueup.domain.events import ActionUndone, PartyCalled, PartyEdited, PartyMoved
from queueup.domain.model import HOUR, MINUTE, NEVER_PASSED, OnExpiry, QueueSettings
from queueup.domain.replay import replay
from queueup.domain.undo_log import STAYS
from queueup.storage import codec
from tests.domain.in_memory_waitlist import PHONE, TABLET, Command, Stand
from tests.domain.invariants import keep
from tests.domain.lines import HOLD

pytestmark = pytest.mark.long

PARTIES = st.integers(0, 9)
DEVICES = st.sampled_from([TABLET, PHONE])
SPANS = st.sampled_from([0, 1_000, MINUTE, HOLD - 1, HOLD, 11 * MINUTE, HOUR, 3 * HOUR])
HOURS = st.sampled_from(
    [
        (None, None, None, 0),
        ("Europe/Berlin", "17:00", "01:00", 30),
        ("America/New_York", "05:00", "11:30", 0),
        ("Asia/Kolkata", None, "23:15", 15),
        ("Pacific/Auckland", "18:30", None, 0),
    ]
)
KINDS = [
    *("call", "call_short", "call_two", "seat", "extend", "no_show", "remove", "restore"),
    *("put_back", "decline", "move", "move_end", "aside", "back", "quote", "edit", "message"),
    *("advance", "advance"),
]


class WholeEvening(RuleBasedStateMachine):
    """Gives random commands from two devices and from guests, refused ones included."""

    @initialize(
        on_expiry=st.sampled_from(list(OnExpiry)), hours=HOURS, max_guests=st.integers(6, 30)
    )
    def open(self, on_expiry: OnExpiry, hours: tuple, max_guests: int) -> None:
        zone, opens, closes, last_call = hours
        self.wanted = QueueSettings(
            "Lucia",
            max_guests,
            HOLD,
            on_expiry,
            time_zone=zone,
            open_time=opens,
            close_time=closes,
            last_call_minutes=last_call,
            nudge_minutes=8,
            keeps_code=True,
        )
        self.stand = Stand(self.wanted)
        self.count = itertools.count()
        self.ids: list[str] = []
        self.several_walk_in(5)

    @rule(count=st.integers(1, 5))
    def several_walk_in(self, count: int) -> None:
        for size in range(count):
            self.let_in(size + 1, "host", None)

    @rule(size=st.integers(1, 6), origin=st.sampled_from(["guest", "kiosk", "host"]))
    def join(self, size: int, origin: str) -> None:
        self.let_in(size, origin, TABLET if origin == "host" else None)

    def let_in(self, size: int, origin: str, device: str | None) -> None:
        number = next(self.count)
        wish = guest_commands.Join(
            f"id-{number}.",
            f"Name-{number}.",
            size,
            f"join-{number}.",
            f"+49-{number}.",
            f"note-{number}.",
            f"seat-{number}.",
            ("vip",),
            origin,
        )
        refusal = self.give(lambda queue, now: guest_commands.join(queue, wish, now), device)
        if refusal is None:
            assert self.stand.queue.parties[-1].id == wish.party_id
            people = self.stand.queue.people()
            assert origin == "host" or people <= self.stand.queue.settings.max_guests

    @rule(kind=st.sampled_from(KINDS), number=PARTIES, other=PARTIES, device=DEVICES)
    def host(self, kind: str, number: int, other: int, device: str) -> None:
        self.give(self.command(kind, number, other), device)

    @rule(number=PARTIES, minutes=st.none() | st.integers(1, 20), verdict=st.just("right"))
    def guest_answers(self, number: int, minutes: int | None, verdict: str) -> None:
        wanted = self.named(number)
        self.give(lambda q, now: guest_commands.on_my_way(q, wanted, now, minutes), None)
        self.give(lambda q, now: guest_commands.judge(q, wanted, now, verdict), None)
        self.give(lambda q, now: guest_commands.declare_nearby(q, wanted, now), None)

    @rule(
        number=PARTIES,
        what=st.sampled_from(
            [guest_commands.more_time, guest_commands.let_pass, guest_commands.leave]
        ),
    )
    def guest_acts(self, number: int, what: object) -> None:
        wanted = self.named(number)
        self.give(lambda queue, now: what(queue, wanted, now), None)  # type: ignore[operator]

    @rule(number=PARTIES)
    def guest_asks_back(self, number: int) -> None:
        wanted = self.named(number)
        self.give(lambda queue, now: guest_commands.ask_back(queue, wanted, now), None)
        self.give(lambda queue, now: undo_commands.acknowledge(queue, wanted, now), TABLET)

    @rule(number=PARTIES, size=st.integers(1, 6))
    def guest_changes_size(self, number: int, size: int) -> None:
        wanted = self.named(number)
        before = self.stand.queue.people()
        refusal = self.give(lambda q, now: guest_commands.change_size(q, wanted, now, size), None)
        people = self.stand.queue.people()
        assert refusal or people <= max(before, self.stand.queue.settings.max_guests)

    @rule(device=DEVICES)
    def undo(self, device: str) -> None:
        if self.stand.can_undo():
            self.stand.undo(device)

    @rule(steps=st.lists(st.tuples(st.sampled_from(KINDS), PARTIES, PARTIES, DEVICES), max_size=8))
    def undo_all_that_was_done(self, steps: list[tuple[str, int, int, str]]) -> None:
        self.stand.wait(0)
        before = self.stand.queue
        # A message has been read, and a declined place was told: no undo takes them back.
        for kind, number, other, device in steps:
            if kind not in ("message", "decline"):
                self.give(self.command(kind, number, other), device)
        done = {action.number for action in self.stand.queue.actions}
        done -= {action.number for action in before.actions}
        for _ in done:
            self.stand.undo()
        after = self.stand.queue
        assert after.actions == before.actions
        assert [party.id for party in after.parties] == [party.id for party in before.parties]
        for old, new in zip(before.parties, after.parties, strict=True):
            for name in old.__slots__:
                # Only the last call past a party is noted, and the note goes with that call.
                if name not in (*STAYS, *NEVER_PASSED):
                    was, is_now = getattr(old, name), getattr(new, name)
                    assert was == is_now, (name, was, is_now)
        assert sorted(after.seatings, key=repr) == sorted(before.seatings, key=repr)

    @rule(span=SPANS)
    def time_passes(self, span: int) -> None:
        before = self.stand.queue
        for event in self.stand.wait(span):
            party = before.party(getattr(event, "party_id", ""))
            assert not (isinstance(event, PartyCalled) and party and party.aside)

    @rule(what=st.sampled_from(["pause", "resume", "end", "again", "erase", "settings"]))
    def whole_queue(self, what: str) -> None:
        commands: dict[str, Command] = {
            "pause": lambda queue, now: session_commands.pause(queue, now, "The kitchen rests."),
            "resume": session_commands.resume,
            "end": session_commands.end_day
            if next(self.count) % 7 == 0
            else session_commands.resume,
            "again": lambda queue, now: session_commands.open_again(queue, f"ABC234-{now}", now),
            "erase": session_commands.erase_guests,
            "settings": lambda queue, now: session_commands.change_settings(
                queue, now, self.wanted
            ),
        }
        self.give(commands[what], TABLET)

    @invariant()
    def promises_are_kept(self) -> None:
        keep(self.stand.queue, self.stand.now)

    def teardown(self) -> None:
        if hasattr(self, "stand"):
            events = self.stand.events
            assert replay(events) == self.stand.queue
            assert [event.at for event in events] == sorted(event.at for event in events)
            assert [codec.decode_event(codec.encode_event(event)) for event in events] == events

    def give(self, command: Command, device: str | None) -> QueueError | None:
        """Give a command, and see that it kept the order of all whom it does not move."""
        before, seen = self.stand.queue, len(self.stand.events)
        refusal = self.stand.tried(command, device)
        queue, events = self.stand.queue, self.stand.events[seen:]
        moved = {e.party_id for e in events if isinstance(e, PartyMoved | ActionUndone)}
        if before.session_id == queue.session_id:
            old = [party.id for party in before.parties if party.id not in moved]
            new = [party.id for party in queue.parties if party.id not in moved]
            assert new[: len(old)] == old
            assert {party.id for party in before.parties} <= {p.id for p in queue.parties}
        self.ids = [party.id for party in queue.parties]
        return refusal

    def named(self, number: int) -> str:
        """Return a party's id; with nobody there, nobody's."""
        return self.ids[number % len(self.ids)] if self.ids else "nobody"

    def command(self, kind: str, number: int, other: int) -> Command:
        """Return a host's command on the party of this number."""
        wanted, second = self.named(number), self.named(other)
        text = f"{kind}-{next(self.count)}."
        commands: dict[str, Command] = {
            "call": lambda q, now: host_commands.call(q, wanted, now),
            "call_short": lambda q, now: host_commands.call(q, wanted, now, hold_ms=5_000),
            "call_two": lambda q, now: host_commands.call_several(q, (wanted, second), now),
            "seat": lambda q, now: host_commands.seat(
                q, wanted, now, f"table-{other}.", number % 2 == 0
            ),
            "extend": lambda q, now: host_commands.extend(q, wanted, now, other * MINUTE + 1),
            "no_show": lambda q, now: host_commands.no_show(q, wanted, now),
            "remove": lambda q, now: host_commands.kick(q, wanted, now, text),
            "restore": lambda q, now: undo_commands.restore(q, wanted, now),
            "put_back": lambda q, now: undo_commands.put_back(q, wanted, now),
            "decline": lambda q, now: undo_commands.decline_back(q, wanted, now),
            "move": lambda q, now: host_commands.move(q, wanted, now, second, text),
            "move_end": lambda q, now: host_commands.move(q, wanted, now, None, text),
            "aside": lambda q, now: host_commands.set_aside(q, wanted, now, True, text),
            "back": lambda q, now: host_commands.set_aside(q, wanted, now, False),
            "quote": lambda q, now: host_commands.quote(q, wanted, now, other * MINUTE),
            "edit": lambda q, now: host_commands.edit(
                q, PartyEdited(now, wanted, text, other + 1, notes=f"n{text}", flags=("vip",))
            ),
            "message": lambda q, now: host_commands.message(q, now, text, wanted),
            "advance": lambda q, now: host_commands.advance(q, None, None, now),
        }
        return commands[kind]


TestWholeEvening = WholeEvening.TestCase
TestWholeEvening.settings = settings(stateful_step_count=60)
