"""Thousands of random evenings, held against a simple model and the promises of a queue.

The fixed profile plays the same evenings every time; HYPOTHESIS_PROFILE=more plays ten times as
many new ones.
"""

import json
from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from queueup.domain.change import Change, Events
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.commands.guest import Join
from queueup.domain.deadlines import apply_time, next_due
from queueup.domain.errors import QueueError
from queueup.domain.events import Event
from queueup.domain.model import HOUR, MINUTE, OnExpiry, Queue, QueueSettings
from queueup.domain.replay import replay
from queueup.domain.views import snapshot
from queueup.storage import codec
from tests.domain.lines import HOLD, OPENED, done
from tests.domain.model import Evening
from tests.domain.transitions import follow_the_table

pytestmark = pytest.mark.long

NAMES = st.sampled_from([None, "Ana", "Ben", "Cleo Ünïcode 👩‍👩‍👧", "אבי", "<b>Dan</b>"])
KEYS = st.sampled_from([None, None, "k1", "k2", "k3"])
PARTIES = st.integers(0, 14)
SPANS = st.one_of(
    st.integers(0, 10_000),
    st.integers(0, 3 * MINUTE),
    st.sampled_from([HOLD, HOLD - 1, 20 * MINUTE, 2 * HOUR]),
)


class QueueAgainstModel(RuleBasedStateMachine):
    """Gives every command to the rules and to the model, and compares what became of both."""

    @initialize(max_guests=st.integers(1, 40), on_expiry=st.sampled_from(list(OnExpiry)))
    def open(self, max_guests: int, on_expiry: OnExpiry) -> None:
        self.now = OPENED
        wanted = QueueSettings("Lucia", max_guests, HOLD, on_expiry)
        change = session_commands.create("ABC234", "ABC234-session", wanted, self.now)
        self.queue = change.queue
        self.events: list[Event] = list(change.events)
        self.model = Evening(max_guests, HOLD, on_expiry is OnExpiry.RELEASE, self.now)

    @rule(name=NAMES, size=st.integers(1, 8), key=KEYS)
    def join(self, name: str | None, size: int, key: str | None) -> None:
        wish = Join(f"party-{len(self.model.parties)}", name, size, key)
        expected = self.model.join(wish.party_id, name, size, key, self.now)
        self.decide(lambda queue: guest_commands.join(queue, wish, self.now), expected)

    @rule(count=st.integers(3, 9))
    def many_join(self, count: int) -> None:
        for _ in range(count):
            self.join(None, 1, None)

    @rule(number=PARTIES)
    def declare_nearby(self, number: int) -> None:
        party = self.named(number)
        expected = self.model.declare_nearby(party, self.now)
        self.decide(lambda queue: guest_commands.declare_nearby(queue, party, self.now), expected)

    @rule(number=PARTIES)
    def leave(self, number: int) -> None:
        party = self.named(number)
        expected = self.model.end_any(party, "left", self.now)
        self.decide(lambda queue: guest_commands.leave(queue, party, self.now), expected)

    @rule(number=PARTIES)
    def kick(self, number: int) -> None:
        party = self.named(number)
        expected = self.model.end_any(party, "kicked", self.now)
        self.decide(lambda queue: host_commands.kick(queue, party, self.now), expected)

    @rule(number=PARTIES)
    def call(self, number: int) -> None:
        party = self.named(number)
        expected = self.model.call(party, self.now)
        self.decide(lambda queue: host_commands.call(queue, party, self.now), expected)

    @rule(number=PARTIES)
    def serve(self, number: int) -> None:
        party = self.named(number)
        expected = self.model.end_called(party, "served", self.now)
        self.decide(lambda queue: host_commands.serve(queue, party, self.now), expected)

    @rule(number=PARTIES)
    def no_show(self, number: int) -> None:
        party = self.named(number)
        expected = self.model.end_called(party, "no_show", self.now)
        self.decide(lambda queue: host_commands.no_show(queue, party, self.now), expected)

    @rule(served=st.none() | PARTIES, chosen=st.none() | PARTIES)
    def advance(self, served: int | None, chosen: int | None) -> None:
        party = None if served is None else self.named(served)
        following = None if chosen is None else self.named(chosen)
        expected = self.model.advance(party, following, self.now)
        self.decide(
            lambda queue: host_commands.advance(queue, party, following, self.now), expected
        )

    @rule()
    def advance_without_wishes(self) -> None:
        expected = self.model.advance(None, None, self.now)
        self.decide(lambda queue: host_commands.advance(queue, None, None, self.now), expected)

    @rule(certainty=st.integers(0, 9))
    def close(self, certainty: int) -> None:
        if certainty == 9:
            self.model.close(self.now)
            self.decide(lambda queue: session_commands.close(queue, self.now), None)

    @rule()
    def erase_guests(self) -> None:
        self.model.erase_guests(self.now)
        self.decide(lambda queue: session_commands.erase_guests(queue, self.now), None)

    @rule(span=SPANS)
    def let_time_pass(self, span: int) -> None:
        self.now += span
        self.model.let_time_pass(self.now)
        self.commit(apply_time(self.queue, self.now))
        due = next_due(self.queue)
        assert due is None if self.queue.is_closed else due is not None and due > self.now

    def named(self, number: int) -> str:
        """Return a party's id; some numbers name nobody."""
        return f"party-{number}"

    def decide(self, command: Callable[[Queue], Events], refusal: type[QueueError] | None) -> None:
        """Let the rules decide, and hold them to the refusal that the model expects."""
        before = self.queue
        if refusal is not None:
            with pytest.raises(refusal):
                command(before)
            return
        self.commit(done(command, before))

    def commit(self, change: Change) -> None:
        """Go on with the queue of this change."""
        follow_the_table(self.queue, change.events)
        assert change.events or change.queue == self.queue
        self.queue = change.queue
        self.events += change.events

    @invariant()
    def no_party_is_lost_doubled_or_out_of_order(self) -> None:
        assert [party.id for party in self.queue.parties] == list(self.model.parties)
        assert [party.ticket for party in self.queue.parties] == list(
            range(1, len(self.model.parties) + 1)
        )

    @invariant()
    def every_party_is_where_the_model_has_it(self) -> None:
        for party in self.queue.parties:
            known = self.model.parties[party.id]
            assert (party.name, party.size, party.join_key) == (known.name, known.size, known.key)
            assert (party.status.value, party.nearby) == (known.status, known.nearby)
            assert (party.overdue, party.ended_at) == (known.overdue, known.ended_at)
            assert (party.call_count, party.deadline) == (known.calls, known.deadline)
            assert set(party.nudges) == known.told
            assert len(party.nudges) == len(known.told)
        assert self.queue.closed_at == self.model.closed_at

    @invariant()
    def capacity_is_never_exceeded(self) -> None:
        assert self.queue.people() == self.model.people() <= self.model.max_guests

    @invariant()
    def positions_are_right_for_every_reader(self) -> None:
        expected = self.model.positions()
        views = snapshot(self.queue)
        assert [party["id"] for party in views["host"]["queue"]] == list(expected)
        for party_id, place in expected.items():
            view = views["guests"][party_id]["view"]
            assert (view["position"], view["aheadCount"]) == (place, place - 1)
            assert view["queueLength"] == len(expected) + len(views["host"]["called"])

    @invariant()
    def the_public_learns_neither_names_nor_ids(self) -> None:
        shown = json.dumps(snapshot(self.queue)["public"], ensure_ascii=False)
        for party in self.queue.parties:
            assert party.id not in shown
            assert party.name is None or party.name not in shown

    @invariant()
    def time_goes_forward(self) -> None:
        times = [event.at for event in self.events]
        assert times == sorted(times)

    @invariant()
    def a_replay_gives_the_same_queue(self) -> None:
        assert replay(self.events) == self.queue
        assert self.queue.last_event == len(self.events)

    @invariant()
    def the_codec_loses_nothing(self) -> None:
        assert codec.decode_queue(codec.encode_queue(self.queue)) == self.queue
        for event in self.events[-3:]:
            assert codec.decode_event(codec.encode_event(event)) == event


TestQueueAgainstModel = QueueAgainstModel.TestCase
TestQueueAgainstModel.settings = settings(stateful_step_count=80)
