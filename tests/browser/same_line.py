"""One line as every reader must see it: in the wire's messages and in the pages' words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.legacy_clients import Message

SIZES = {"Anna": 2, "Bo": 4, "Cleo": 3, "Dan": 1, "Eva": 5}
PER_PARTY_MS = 180_000
ENDS = {
    "served": "Enjoy your meal",
    "left": "You left the line",
    "kicked": "The host took you off the list",
    "no_show": "We gave your table away",
}


@dataclass(frozen=True)
class Line:
    """A line: who waits, in order; who is called, the last call first; and why others are gone.

    `recalled` has just been called again, which only a new deadline shows.
    """

    waiting: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    nearby: tuple[str, ...] = ()
    gone: Mapping[str, str] = field(default_factory=dict)
    is_closed: bool = False
    recalled: str | None = None

    def host(self) -> Message:
        """Return what a host must see."""
        return {
            "queue": [(name, SIZES[name], "waiting", name in self.nearby) for name in self.waiting],
            "called": [(name, SIZES[name], "called", name in self.nearby) for name in self.called],
            "nowServing": self.called[0] if self.called else None,
        }

    def public(self) -> Message:
        """Return what anybody must see: the same without names."""
        host = self.host()
        return {
            "queue": [party[1:] for party in host["queue"]],
            "called": [party[1:] for party in host["called"]],
            "nowServing": SIZES[self.called[0]] if self.called else None,
            "closed": self.is_closed,
        }

    def guest(self, name: str) -> Message:
        """Return what a guest must be told, but for a deadline."""
        if name in self.gone:
            return {"type": "removed", "reason": self.gone[name]}
        if self.is_closed:
            return {"type": "closed"}
        if name in self.called:
            return {"type": "called"}
        ahead = len(self.called) + self.waiting.index(name)
        return {
            "type": "position",
            "position": ahead + 1,
            "aheadCount": ahead,
            "queueLength": len(self.called) + len(self.waiting),
            "estimatedWaitMs": ahead * PER_PARTY_MS,
            "eventName": "Lucia",
        }

    def page(self, name: str) -> list[str]:
        """Return what a guest's page must say."""
        told = self.guest(name)
        if told["type"] == "removed":
            return [ENDS[told["reason"]]]
        if told["type"] == "closed":
            return ["The line has closed"]
        if told["type"] == "called":
            return ["Your table is ready"]
        # The page counts those who wait; legacy clients count the called, too.
        ahead = self.waiting.index(name)
        place = {1: "1st", 2: "2nd", 3: "3rd"}.get(ahead + 1, f"{ahead + 1}th")
        so_many = f"{ahead} {'party' if ahead == 1 else 'parties'} ahead"
        return [f"Your spot in line: {place}", so_many if ahead else "You're next"]


def shown_to_host(view: Message) -> Message:
    """Return a host's snapshot or message as `Line.host` says it."""

    def named(shown: Message) -> tuple[Any, ...]:
        return shown["name"], *_party(shown)

    serving = view["nowServing"]
    return {
        "queue": [named(shown) for shown in view["queue"]],
        "called": [named(shown) for shown in view["called"]],
        "nowServing": serving["name"] if serving else None,
    }


def shown_to_anybody(view: Message) -> Message:
    """Return the public snapshot as `Line.public` says it."""
    serving = view["nowServing"]
    return {
        "queue": [_party(shown) for shown in view["queue"]],
        "called": [_party(shown) for shown in view["called"]],
        "nowServing": serving["size"] if serving else None,
        "closed": view["closed"],
    }


def _party(shown: Message) -> tuple[Any, ...]:
    return shown["size"], shown["status"], shown["nearby"]
