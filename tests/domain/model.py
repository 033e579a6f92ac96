"""A waitlist as simple as can be, written from the rules and not from the code that is tested."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from queueup.domain.errors import (
    AlreadyInQueue,
    IllegalMove,
    NextPartyNotWaiting,
    QueueError,
    QueueFull,
    ServedPartyNotCalled,
    SessionClosed,
    UnknownParty,
)
from queueup.domain.model import HOUR

Refusal = type[QueueError] | None


@dataclass
class Guests:
    """One party."""

    name: str | None
    size: int
    key: str | None
    status: str = "waiting"
    nearby: bool = False
    calls: int = 0
    deadline: int | None = None
    overdue: bool = False
    ended_at: int | None = None
    told: set[int] = field(default_factory=set)


class Evening:
    """Parties in a dictionary, changed in place; every command returns the refusal it expects."""

    def __init__(self, max_guests: int, hold: int, releases: bool, now: int) -> None:
        self.max_guests = max_guests
        self.hold = hold
        self.releases = releases
        self.opened_at = self.active_at = now
        self.closed_at: int | None = None
        self.parties: dict[str, Guests] = {}

    def join(self, new: str, name: str | None, size: int, key: str | None, now: int) -> Refusal:
        if key is not None and any(party.key == key for party in self.parties.values()):
            return None
        if self.closed_at is not None:
            return SessionClosed
        if key is None and name is not None and name in [p.name for p in self._present()]:
            return AlreadyInQueue
        if self.people() + size > self.max_guests:
            return QueueFull
        self.parties[new] = Guests(name, size, key)
        self.active_at = now
        return None

    def declare_nearby(self, wanted: str, now: int) -> Refusal:
        if self._status(wanted) not in ("waiting", "called"):
            return UnknownParty
        if not self.parties[wanted].nearby:
            self.parties[wanted].nearby = True
            self.active_at = now
        return None

    def end_any(self, wanted: str, status: str, now: int) -> Refusal:
        if self._status(wanted) not in ("waiting", "called"):
            return UnknownParty
        with self._telling():
            self._end(wanted, status, now)
        return None

    def end_called(self, wanted: str, status: str, now: int) -> Refusal:
        if self.closed_at is not None:
            return SessionClosed
        if wanted not in self.parties:
            return UnknownParty
        if self._status(wanted) != "called":
            return IllegalMove
        with self._telling():
            self._end(wanted, status, now)
        return None

    def call(self, wanted: str, now: int) -> Refusal:
        if self.closed_at is not None:
            return SessionClosed
        if wanted not in self.parties:
            return UnknownParty
        if self._status(wanted) not in ("waiting", "called"):
            return IllegalMove
        with self._telling():
            self._call(wanted, now)
        return None

    def advance(self, served: str | None, chosen: str | None, now: int) -> Refusal:
        if self.closed_at is not None:
            return SessionClosed
        if served is not None and self._status(served) != "called":
            return ServedPartyNotCalled
        if chosen is not None and self._status(chosen) != "waiting":
            return NextPartyNotWaiting
        line = self._line()
        with self._telling():
            if served is not None:
                self._end(served, "served", now)
            if line:
                self._call(chosen or line[0], now)
        return None

    def close(self, now: int) -> None:
        if self.closed_at is None:
            self.closed_at = now

    def erase_guests(self, now: int) -> None:
        known = [party for party in self.parties.values() if party.name or party.key]
        if self.closed_at is not None and known:
            self.active_at = now
            for party in known:
                party.name = party.key = None

    def let_time_pass(self, now: int) -> None:
        """Let each thing run out at its own time, then call somebody for every party released."""
        freed = 0
        with self._telling():
            while self.closed_at is None:
                ends = self.opened_at + 12 * HOUR
                if not self._present():
                    ends = min(ends, self.active_at + 2 * HOUR)
                holds = [
                    (party.deadline, wanted)
                    for wanted, party in self.parties.items()
                    if party.status == "called" and not party.overdue and party.deadline is not None
                ]
                due, wanted = min(holds, default=(ends, ""))
                if min(due, ends) > now:
                    break
                if due > ends or not wanted:
                    self.closed_at = ends
                elif self.releases:
                    self._end(wanted, "no_show", due)
                    freed += 1
                else:
                    self.parties[wanted].overdue = True
                    self.active_at = due
            for wanted in self._line()[:freed]:
                self._call(wanted, now)

    def people(self) -> int:
        return sum(party.size for party in self._present())

    def positions(self) -> dict[str, int]:
        called = sum(party.status == "called" for party in self._present())
        return {wanted: called + index + 1 for index, wanted in enumerate(self._line())}

    def places(self) -> dict[str, int]:
        return {wanted: index + 1 for index, wanted in enumerate(self._line())}

    def _status(self, wanted: str) -> str | None:
        return self.parties[wanted].status if self._is_open_for(wanted) else None

    def _is_open_for(self, wanted: str) -> bool:
        return self.closed_at is None and wanted in self.parties

    def _present(self) -> list[Guests]:
        if self.closed_at is not None:
            return []
        return [party for party in self.parties.values() if party.status in ("waiting", "called")]

    def _line(self) -> list[str]:
        return [wanted for wanted in self.parties if self._status(wanted) == "waiting"]

    def _call(self, wanted: str, now: int) -> None:
        party = self.parties[wanted]
        party.status, party.deadline, party.overdue = "called", now + self.hold, False
        party.calls += 1
        self.active_at = now

    def _end(self, wanted: str, status: str, now: int) -> None:
        self.parties[wanted].status = status
        self.parties[wanted].ended_at = now
        self.active_at = now

    @contextmanager
    def _telling(self) -> Iterator[None]:
        before = self.places()
        yield
        after = self.places()
        for wanted, place in after.items():
            for worth in (5, 2):
                if before[wanted] > worth >= place:
                    self.parties[wanted].told.add(worth)
