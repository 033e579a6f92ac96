"""The line of a Saturday as the test itself keeps it: who must be where, and how visits ended."""

from dataclasses import dataclass, field

from tests.support.legacy_clients import Message

WAITING, CALLED = "waiting", "called"
SERVED, LEFT, REMOVED, NO_SHOW = "served", "left", "kicked", "no_show"
CLOSED = "closed"


@dataclass
class Line:
    """Every party by its ticket: its place, even after it has gone, and what has become of it."""

    order: list[int] = field(default_factory=list)
    states: dict[int, str] = field(default_factory=dict)
    is_over: bool = False

    def joins(self, *tickets: int) -> None:
        """Put parties at the end."""
        self.order += tickets
        self.become(WAITING, *tickets)

    def become(self, state: str, *tickets: int) -> None:
        """Let parties be called, ended, or back at their places."""
        self.states |= dict.fromkeys(tickets, state)

    def moves(self, ticket: int, before: int) -> None:
        """Put a party in front of another one."""
        self.order.remove(ticket)
        self.order.insert(self.order.index(before), ticket)

    def closes(self) -> None:
        """End the day: whoever has not had a turn will not have one."""
        self.is_over = True
        self.become(CLOSED, *self.waiting, *self.called)

    def goes_on(self, states: dict[int, str]) -> None:
        """Let the day go on with everybody as they were."""
        self.is_over = False
        self.states = dict(states)

    @property
    def waiting(self) -> list[int]:
        """Return who waits, in order."""
        return [ticket for ticket in self.order if self.states[ticket] == WAITING]

    @property
    def called(self) -> list[int]:
        """Return who is called, by ticket."""
        return sorted(ticket for ticket, state in self.states.items() if state == CALLED)

    @property
    def ended(self) -> int:
        """Return how many visits have ended by themselves."""
        return sum(state in (SERVED, LEFT, REMOVED, NO_SHOW) for state in self.states.values())

    def told(self, ticket: int) -> Message:
        """Return what a guest must be told, but for times and names."""
        state = self.states[ticket]
        if state == WAITING:
            position = len(self.called) + self.waiting.index(ticket) + 1
            return {"type": "position", "position": position, "aheadCount": position - 1}
        if state in (CALLED, CLOSED):
            return {"type": state}
        return {"type": "removed", "reason": state}
