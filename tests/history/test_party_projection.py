"""Whatever an evening brings, the table of parties says what the queue itself knows."""

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from queueup.domain.change import Actor, Command, changed
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.commands import undo as undo_commands
from queueup.domain.commands.guest import Join
from queueup.domain.deadlines import apply_time
from queueup.domain.errors import QueueError
from queueup.domain.events import Event, PartyEdited, PartyEvent, QueueClosed
from queueup.domain.model import MINUTE, OnExpiry, Party, Queue, QueueSettings, Status
from queueup.domain.replay import replay
from queueup.history.party_projection import CLOSED, UNDONE, Fact, party_row
from queueup.history.redaction import without_personal_text
from queueup.storage import codec
from tests.history.evenings import HOLD, OPENED

Act = Callable[[Queue, str, int], Any]

BY_HOST: dict[str, Act] = {
    "call": lambda queue, party, now: host_commands.call(queue, party, now),
    "extend": lambda queue, party, now: host_commands.extend(queue, party, now, 5 * MINUTE),
    "seat": lambda queue, party, now: host_commands.seat(queue, party, now, f"T{now}"),
    "no-show": host_commands.no_show,
    "remove": lambda queue, party, now: host_commands.kick(queue, party, now, f"reason {now}"),
    "restore": undo_commands.restore,
    "put back": undo_commands.put_back,
    "quote": lambda queue, party, now: host_commands.quote(queue, party, now, now % 7 * MINUTE),
    "move": lambda queue, party, now: host_commands.move(queue, party, now, None, "why"),
    "aside": lambda queue, party, now: host_commands.set_aside(queue, party, now, True, "why"),
    "edit": lambda queue, party, now: host_commands.edit(
        queue, PartyEdited(now, party, f"Name {now}", 1 + now % 9, seating=f"Seat {now}")
    ),
    "undo": lambda queue, party, now: undo_commands.undo(
        queue, now, next((part.number for part in undo_commands.last_undoable(queue)), 0)
    ),
}
BY_GUEST: dict[str, Act] = {
    "on my way": lambda queue, party, now: guest_commands.on_my_way(queue, party, now, now % 5),
    "more time": guest_commands.more_time,
    "let pass": guest_commands.let_pass,
    "leave": lambda queue, party, now: guest_commands.leave(
        queue, party, now, guest_commands.NOT_COMING
    ),
    "ask back": guest_commands.ask_back,
    "judge": lambda queue, party, now: guest_commands.judge(queue, party, now, "right"),
}

steps = st.lists(
    st.tuples(
        st.sampled_from([*BY_HOST, *BY_GUEST, "undo", "undo"]),
        st.integers(0, 3),
        st.sampled_from([0, 20_000, HOLD]),
    ),
    max_size=25,
)


class Line:
    """A queue in memory, with the events that made it."""

    def __init__(self, on_expiry: OnExpiry) -> None:
        self.now = OPENED
        opened = session_commands.create(
            "ABC234", "ABC234-s", QueueSettings("Lucia", 50, HOLD, on_expiry), self.now
        )
        self.queue = opened.queue
        self.events: list[Event] = list(opened.events)
        for number in range(3):
            self.act(
                lambda q, now, n=number: guest_commands.join(q, Join(f"p{n}", f"P{n}", 2), now),
                None,
            )
        walk_in = Join("p3", "P3", 2, origin="host", quoted_ms=9 * MINUTE)
        self.act(lambda queue, now: guest_commands.join(queue, walk_in, now), "stand")

    def act(self, command: Command, device: str | None) -> None:
        """Do it, unless the rules refuse."""
        self._commit(apply_time(self.queue, self.now).events)
        try:
            events = command(self.queue, self.now)
        except QueueError:
            return
        self._commit(changed(self.queue, events, Actor(device)).events)

    def facts(self, party_id: str) -> list[Fact]:
        """Return what the history has of a party."""
        fields = [codec.loads(codec.encode_event(event)) for event in self.events]
        return [
            Fact(event.kind, event.at, known)
            for event, known in zip(self.events, fields, strict=True)
            if isinstance(event, QueueClosed)
            or (isinstance(event, PartyEvent) and event.party_id == party_id)
        ]

    def _commit(self, events: tuple[Event, ...]) -> None:
        if events:
            self.queue = replay(events, self.queue)
            self.events += events


def outcome(party: Party, line: Line) -> str | None:
    was_undone = any(
        getattr(event, "undone", None) and event.kind == "QUEUE_MEMBER_KICKED"
        for event in line.events
        if isinstance(event, PartyEvent) and event.party_id == party.id
    )
    if party.status is Status.KICKED and was_undone:
        return UNDONE
    if party.is_active:
        return CLOSED if line.queue.is_closed else None
    return party.status.value


@given(steps, st.sampled_from(OnExpiry), st.booleans())
def test_the_derived_rows_agree_with_the_queue(
    done: list[tuple[str, int, int]], on_expiry: OnExpiry, closes: bool
) -> None:
    line = Line(on_expiry)
    for name, number, later in done:
        line.now += later + 1
        act = BY_HOST.get(name) or BY_GUEST[name]
        line.act(
            lambda queue, now, act=act, number=number: act(queue, f"p{number}", now),
            "stand" if name in BY_HOST else None,
        )
    if closes:
        line.act(session_commands.close, "stand")
    for party in line.queue.parties:
        facts = line.facts(party.id)
        row = party_row(facts)
        assert row["outcome"] == outcome(party, line)
        assert (row["name"], row["size"], row["seating"]) == (party.name, party.size, party.seating)
        assert row["quoted_minutes"] == round(party.quoted_ms / MINUTE, 2)
        if not party.is_active:
            known = (party.ended_at, party.table, party.reason)
            assert (row["ended_at"], row["table_name"], row["reason"]) == known
        assert row["first_called_at"] == party.first_called_at
        assert row["call_count"] <= party.call_count
        assert row["judged"] == party.judged
        forgotten = [Fact(f.kind, f.at, without_personal_text(f.details)) for f in facts]
        kept_reason = row["reason"] if row["reason"] == guest_commands.NOT_COMING else None
        erased = row | {"name": None, "seating": None, "reason": kept_reason}
        assert party_row(forgotten) == erased | {"table_name": row["table_name"]}
