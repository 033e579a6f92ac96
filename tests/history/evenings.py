"""Restaurants, and evenings of which every minute is known."""

from dataclasses import dataclass

from queueup.domain.model import MINUTE, OnExpiry, QueueSettings
from queueup.waitlist import Waitlist
from tests.support import hosting

# A Saturday in March, 18:00 UTC.
OPENED = 1_772_906_400_000
HOLD = 2 * MINUTE


@dataclass
class Clock:
    """A clock that stands still until it is turned."""

    now: int = OPENED

    def __call__(self) -> int:
        """Return the time (ms)."""
        return self.now

    def forward(self, minutes: float) -> None:
        """Turn the clock."""
        self.now += round(minutes * MINUTE)


def restaurant(on_expiry: OnExpiry = OnExpiry.FLAG, name: str = "Lucia") -> QueueSettings:
    """Return what a host decides."""
    return QueueSettings(name, 50, HOLD, on_expiry, location="Main Street", contact="555-0100")


def known_evening(waitlist: Waitlist, clock: Clock) -> str:
    """Live an evening in which every kind of event happens, and return the queue's code.

    18:00  Anna (2), Ben (4), Carla (2), Dora (1), Emil (6), Fay (3) and Gus (2) join
    18:10  Anna is called, says that she is near at 18:11, and is served half a minute later
    18:20  Ben is called; the hold runs out at 18:22; called again at 18:23, dropped at 18:24
    18:30  Carla leaves, Dora says that she is near, Emil is removed
    18:40  Dora is called and served at once
    19:00  the host closes; Fay and Gus still wait
    """
    code = waitlist.create(restaurant()).code
    parties = {
        name: waitlist.join(code, name, size, None)[1].id
        for name, size in [
            ("Anna", 2), ("Ben", 4), ("Carla", 2), ("Dora", 1), ("Emil", 6), ("Fay", 3), ("Gus", 2)
        ]
    }  # fmt: skip
    clock.forward(10)
    hosting.call(waitlist, code, parties["Anna"])
    clock.forward(1)
    waitlist.declare_nearby(code, parties["Anna"])
    clock.forward(0.5)
    hosting.serve(waitlist, code, parties["Anna"])
    clock.forward(8.5)
    hosting.call(waitlist, code, parties["Ben"])
    clock.forward(3)
    hosting.call(waitlist, code, parties["Ben"])
    clock.forward(1)
    hosting.no_show(waitlist, code, parties["Ben"])
    clock.forward(6)
    waitlist.leave(code, parties["Carla"])
    waitlist.declare_nearby(code, parties["Dora"])
    waitlist.kick(code, parties["Emil"])
    clock.forward(10)
    hosting.call(waitlist, code, parties["Dora"])
    hosting.serve(waitlist, code, parties["Dora"])
    clock.forward(20)
    waitlist.close(code)
    return code
