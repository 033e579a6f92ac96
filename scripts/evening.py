"""A scripted service of a full restaurant, for screenshots and tests: the last hour and a half."""

from collections.abc import Callable
from dataclasses import dataclass, field

from queueup.clock import now_ms
from queueup.domain import presets
from queueup.domain.change import Events
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands.guest import Join
from queueup.domain.model import MINUTE, OnExpiry, Queue, QueueSettings
from queueup.jobs.outbox import Outbox
from queueup.notifications.subscriptions import Subscription
from queueup.services import Services, services
from queueup.storage.snapshot_cache import SnapshotCache
from queueup.storage.store import Store
from queueup.waitlist import Waitlist, new_party_id
from queueup.web.auth.hosts import host_token

Rule = Callable[..., Events]

# Minutes ago: when each party came, was called and was seated; its size and table.
EARLIER = (
    (98, 94, 93, 2, "4"),
    (95, 84, 82, 4, "11"),
    (92, 87, 86, 2, "2"),
    (89, 79, 77, 3, "9"),
    (86, 76, 75, 2, "6"),
    (83, 75, 73, 2, "3"),
    (80, 52, 51, 5, "12"),
    (77, 67, 65, 2, "5"),
    (74, 62, 61, 4, "8"),
    (71, 61, 59, 2, "1"),
    (68, 57, 56, 2, "7"),
    (65, 51, 49, 3, "10"),
    (62, 50, 48, 2, "14"),
    (59, 51, 49, 2, "15"),
    (56, 37, 36, 4, "16"),
    (53, 43, 41, 2, "17"),
)
CAME = (
    ("Lind", 5, 44),
    ("Hopper", 2, 42),
    ("Okafor", 2, 40),
    ("Marchetti", 3, 38),
    ("de Vries", 4, 36),
    ("Ito", 2, 34),
    ("Patel", 4, 26),
    ("Anna", 2, 25),
    ("أمينة الزهراء", 3, 24),
    ("Kowalski", 1, 22),
    ("Maximiliane von Hohenstein-Wittelsbach und Freunde", 8, 20),
    ("🎂 Zoë", 5, 17),
    (None, 2, 15),
    ("משפחת כהן", 6, 12),
    ("佐藤", 2, 9),
    ("O'Brien", 4, 7),
    ("Nguyễn", 2, 4),
    ("Sam", 3, 1),
)
WALK_INS = {
    "Kowalski": {"flags": ("wheelchair",), "seating": "Inside", "quoted_ms": 30 * MINUTE},
    "Maximiliane von Hohenstein-Wittelsbach und Freunde": {"quoted_ms": 60 * MINUTE},
    "🎂 Zoë": {"flags": ("birthday",), "notes": "brings a cake", "quoted_ms": 45 * MINUTE},
    None: {"notes": "green umbrella", "quoted_ms": 25 * MINUTE},
    "O'Brien": {
        "flags": ("high_chair",),
        "seating": "Patio",
        "phone": "055 202 118",
        "quoted_ms": 40 * MINUTE,
    },
}
WITH_PUSH = ("Patel", "Kowalski", "O'Brien")
WITH_OPEN_PAGE = ("Anna", "🎂 Zoë", "משפחת כהן", "Sam", "Okafor", "Ito")


@dataclass(frozen=True, slots=True)
class Evening:
    """A line with its host's token and the parties that screenshots are taken of."""

    code: str
    token: str
    party_ids: dict[str | None, str]


class Clock:
    """A clock that can be set back by minutes."""

    def __init__(self) -> None:
        self._behind_ms = 0

    def __call__(self) -> int:
        """Return the time (ms since the epoch)."""
        return now_ms() - self._behind_ms

    def set_back(self, minutes: float) -> None:
        """Set the clock to this many minutes ago."""
        self._behind_ms = round(minutes * MINUTE)


@dataclass
class Play:
    """The events of the service, added in any order and played in the order of time."""

    waitlist: Waitlist
    clock: Clock
    code: str
    ids: dict[str | None, str] = field(default_factory=dict)
    scenes: list[tuple[float, Callable[[], object]]] = field(default_factory=list)

    def at(self, minutes: float, act: Callable[[], object]) -> None:
        """Add something that happens this many minutes ago."""
        self.scenes.append((minutes, act))

    def host(self, minutes: float, name: str | None, rule: Rule, *more: object) -> None:
        """Add a command of the host on a party."""
        self._does(minutes, name, rule, more, "stand")

    def guest(self, minutes: float, name: str | None, rule: Rule, *more: object) -> None:
        """Add a command of a guest."""
        self._does(minutes, name, rule, more, None)

    def joins(self, minutes: float, name: str | None, size: int) -> None:
        """Add a party that joins, or that the host adds as a walk-in."""
        party_id = self.ids.setdefault(name, new_party_id())
        known = WALK_INS.get(name)
        more = {"origin": "host", **known} if known else {}
        wish = Join(party_id, name, size, **more)  # type: ignore[arg-type]
        self.at(minutes, lambda: self.waitlist.add(self.code, wish, "stand" if known else None))

    def run(self) -> None:
        """Play everything."""
        for minutes, act in sorted(self.scenes, key=lambda scene: -scene[0]):
            self.clock.set_back(minutes)
            act()

    def _does(
        self, minutes: float, name: str | None, rule: Rule, more: tuple[object, ...], by: str | None
    ) -> None:
        party_id = self.ids[name]
        self.at(
            minutes,
            lambda: self.waitlist.act(
                self.code, lambda queue, now: rule(queue, party_id, now, *more), by
            ),
        )


def play_evening(name: str = "Trattoria Lucia") -> Evening:
    """Play the service in the current services' Redis."""
    clock = Clock()
    found = services()
    store = Store(found.redis, Outbox(found.redis))
    waitlist = Waitlist(store, SnapshotCache.of_store(store, clock), clock)
    clock.set_back(100)
    settings = QueueSettings(
        name,
        80,
        10 * MINUTE,
        OnExpiry.FLAG,
        "Via dei Fiori 12, by the fountain",
        "055 123 4567",
        keeps_code=True,
    )
    queue = waitlist.create(settings)
    play = Play(waitlist, clock, queue.code)
    _seat_the_first(play)
    for party_name, size, minutes in CAME:
        play.joins(minutes, party_name, size)
    _call_and_answer(play)
    play.run()
    _reach(found, queue.code, play.ids)
    return Evening(queue.code, host_token(queue.session_id), play.ids)


def _seat_the_first(play: Play) -> None:
    for came, called, sat, size, table in EARLIER:
        name = f"came {came} minutes ago"
        party_id = play.ids.setdefault(name, new_party_id())
        wish = Join(party_id, None, size)
        play.at(came, lambda wish=wish: play.waitlist.add(play.code, wish))  # type: ignore[misc]
        play.host(called, name, host_commands.call)
        play.host(sat, name, host_commands.seat, table)


def _call_and_answer(play: Play) -> None:
    """Five are called and answer; one missed its call, one cannot come, and one is set aside."""
    play.host(17, "Lind", host_commands.call)
    play.host(11.66, "Lind", host_commands.call)
    play.host(16, "de Vries", host_commands.call)
    play.host(5, "de Vries", host_commands.no_show)
    play.guest(1.5, "de Vries", guest_commands.ask_back)
    play.host(7, "Ito", host_commands.call)
    play.guest(2, "Ito", guest_commands.leave, guest_commands.NOT_COMING)
    play.host(7.2, "Marchetti", host_commands.call)
    play.guest(6, "Marchetti", guest_commands.more_time)
    play.host(3.8, "Okafor", host_commands.call)
    play.guest(3, "Okafor", guest_commands.on_my_way, 5)
    play.host(0.6, "Hopper", host_commands.call)
    for name in ("Patel", "🎂 Zoë"):
        play.guest(6, name, guest_commands.declare_nearby)
    play.host(8, "أمينة الزهراء", host_commands.set_aside, True, presets.SET_ASIDE[1])
    play.host(2.5, "Patel", _write, "The kitchen is quick tonight. Please stay close by.")


def _write(queue: Queue, party_id: str, now: int, text: str) -> Events:
    return host_commands.message(queue, now, text, party_id)


def _reach(found: Services, code: str, ids: dict[str | None, str]) -> None:
    for party_name in WITH_PUSH:
        device = Subscription(f"https://web.push.apple.com/{party_name}", "", "", "")
        now, party_id = now_ms(), ids[party_name]
        found.subscriptions.add(code, party_id, device, now, lambda pipe: None, unless="nothing")
    for party_name in WITH_OPEN_PAGE:
        found.reachability.note(code, "guest", ids[party_name])
    found.reachability.share()
