"""An evening in which hosts and guests do everything that they can, by a clock that is known."""

from dataclasses import replace

from queueup.domain.change import Command
from queueup.domain.commands import claims as claims_commands
from queueup.domain.commands import devices as devices_commands
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.commands import undo as undo_commands
from queueup.domain.commands.guest import Join
from queueup.domain.events import DeviceAdded, PartyEdited
from queueup.domain.model import MINUTE, OnExpiry, QueueSettings
from queueup.waitlist import Waitlist
from tests.history.evenings import HOLD, Clock

SETTINGS = QueueSettings(
    "Lucia",
    50,
    HOLD,
    OnExpiry.FLAG,
    location="Main Street",
    open_time="18:00",
    close_time="21:30",
    time_zone="Europe/Rome",
    last_call_minutes=30,
    nudge_minutes=10,
    privacy_days=7,
    keeps_code=True,
)
STAND = DeviceAdded(0, "stand", "Maria at the stand", "hash-of-the-stand")
DOOR = DeviceAdded(0, "door", "Nico's phone", "hash-of-the-door", "hash-of-the-invitation")
# What only the devices may know.
CLAIM = "0c1a1a5e" * 4
SECRETS = (
    *("hash-of-the-stand", "hash-of-the-door", "hash-of-the-invitation", "hash-of-the-pin"),
    CLAIM,
)
# What says who somebody is, or was written by somebody.
WRITTEN = (
    *("Anna", "Ben", "Carla", "Dora", "Emil", "Fay", "Gus", "Hugo", "Dorothea"),
    *("Maria at the stand", "Nico's phone", "Nico at the door"),
    *("555-0199", "red hat", "terrace", "indoors", "wheelchair", "vip"),
    *("they smoke", "a table for two", "too loud", "kitchen is slow"),
)


class FullEvening:
    """The evening, played to its end; its queue may be opened again.

    Minutes after the opening at 19:00 in Rome (18:00 UTC):

     0  Anna (2), Ben (4), Dora (1), Emil (6), Fay (3) and Gus (2) join, and Carla (2) as a walk-in;
        Hugo (2), another, is taken back at once
    10  Anna is called, says that she is on her way and takes 5 minutes more; the host gives 5 more
    13  Anna is seated by mistake, which is undone; she is seated at 14, at table 12
    15  Ben is called, which is undone; called again at 20 the hold runs out; no-show at 24
    25  Ben asks for his place, gets it at 26, is called at 30 and seated at 31
    32  Carla is quoted another wait, described, moved, and set aside for a while
    33  Dora judges the estimate, lets a party pass, is written to, and claims her place on another
        phone, which the host confirms
    34  Dora is called, and says that she is not coming
    36  Emil is removed, restored, and removed again
    40  Fay is called, is a no-show at 45, asks for her place, and does not get it
    48  Gus leaves
    50  joining is paused and resumed, a setting changed, the second device removed, tokens revoked
    155 the day ends by mistake, which is undone a minute later
    160 the day ends after the last call and the close; Carla still waits
    """

    def __init__(
        self, waitlist: Waitlist, clock: Clock, settings: QueueSettings = SETTINGS
    ) -> None:
        self._waitlist = waitlist
        self._clock = clock
        self._settings = settings
        self._taps = 0
        self.code = waitlist.create(settings, STAND).code
        self.parties: dict[str, str] = {}
        self._devices()
        self._anna_and_ben()
        self._carla_and_dora()
        self._emil_fay_and_gus()
        self._end()

    def host(self, command: Command) -> None:
        """Do something at the stand."""
        self._waitlist.act(self.code, command, "stand")

    def guest(self, command: Command) -> None:
        """Do something on a guest's phone."""
        self._taps += 1
        self._waitlist.act(self.code, command, key=f"tap-{self._taps}")

    def _at(self, minutes: float) -> None:
        self._clock.now = self._waitlist.queue(self.code).opened_at + round(minutes * MINUTE)

    def _join(self, name: str, size: int, **more: object) -> None:
        id_ = f"{self.code}-{name[0]}"
        wish = Join(id_, name, size, **more)  # type: ignore[arg-type]
        by = "stand" if more.get("origin") == "host" else None
        self.parties[name] = self._waitlist.add(self.code, wish, by)[1].id

    def _undo(self) -> None:
        self.host(
            lambda queue, now: undo_commands.undo(
                queue, now, undo_commands.last_undoable(queue)[0].number
            )
        )

    def _devices(self) -> None:
        self.host(lambda queue, now: devices_commands.invite(queue, now, "hash-of-the-invitation"))
        self.guest(lambda queue, now: devices_commands.add(queue, DOOR))
        self.host(lambda queue, now: devices_commands.name(queue, now, "door", "Nico at the door"))
        self.host(lambda queue, now: devices_commands.set_pin(queue, now, "hash-of-the-pin"))
        self.host(lambda queue, now: devices_commands.lock(queue, now, "door"))
        for is_right in (False, True):
            self.guest(
                lambda queue, now, right=is_right: devices_commands.unlock(
                    queue, now, "door", right
                )
            )

    def _anna_and_ben(self) -> None:
        for name, size in [("Anna", 2), ("Ben", 4)]:
            self._join(name, size)
        self._join(
            "Carla",
            2,
            origin="host",
            phone="555-0199",
            notes="red hat",
            seating="terrace",
            flags=("wheelchair",),
            quoted_ms=20 * MINUTE,
        )
        for name, size in [("Dora", 1), ("Emil", 6), ("Fay", 3), ("Gus", 2)]:
            self._join(name, size)
        self._join("Hugo", 2, origin="host")
        self._undo()
        anna, ben = self.parties["Anna"], self.parties["Ben"]
        self._at(10)
        self.host(lambda queue, now: host_commands.call(queue, anna, now))
        self._at(11)
        self.guest(lambda queue, now: guest_commands.on_my_way(queue, anna, now, 4))
        self._at(11.5)
        self.guest(lambda queue, now: guest_commands.more_time(queue, anna, now))
        self._at(12)
        self.host(lambda queue, now: host_commands.extend(queue, anna, now, 5 * MINUTE))
        self._at(13)
        self.host(lambda queue, now: host_commands.seat(queue, anna, now, "7"))
        self._undo()
        self._at(14)
        self.host(lambda queue, now: host_commands.seat(queue, anna, now, "12"))
        self._at(15)
        self.host(lambda queue, now: host_commands.call(queue, ben, now))
        self._undo()
        self._at(20)
        self.host(lambda queue, now: host_commands.call(queue, ben, now))
        self._at(24)
        self.host(lambda queue, now: host_commands.no_show(queue, ben, now))
        self._at(25)
        self.guest(lambda queue, now: guest_commands.ask_back(queue, ben, now))
        self._at(26)
        self.host(lambda queue, now: undo_commands.put_back(queue, ben, now))
        self._at(30)
        self.host(lambda queue, now: host_commands.call(queue, ben, now))
        self._at(31)
        self.host(lambda queue, now: host_commands.seat(queue, ben, now, "3"))

    def _carla_and_dora(self) -> None:
        carla, dora = self.parties["Carla"], self.parties["Dora"]
        edited = PartyEdited(0, carla, "Carla", 3, "555-0199", None, "indoors", ("vip",))
        self._at(32)
        self.host(lambda queue, now: host_commands.quote(queue, carla, now, 15 * MINUTE))
        self.host(lambda queue, now: host_commands.edit(queue, edited))
        self.host(lambda queue, now: host_commands.move(queue, carla, now, None, "a table for two"))
        self.host(lambda queue, now: host_commands.set_aside(queue, carla, now, True, "they smoke"))
        self.host(lambda queue, now: host_commands.set_aside(queue, carla, now, False))
        self._at(33)
        self.guest(lambda queue, now: guest_commands.judge(queue, dora, now, "too_long"))
        self._at(33.2)
        self.guest(lambda queue, now: guest_commands.let_pass(queue, dora, now))
        self.host(lambda queue, now: host_commands.message(queue, now, "kitchen is slow", dora))
        self._at(33.4)
        self.guest(lambda queue, now: guest_commands.declare_nearby(queue, dora, now))
        self._at(33.6)
        ticket = next(
            party.ticket for party in self._waitlist.queue(self.code).parties if party.id == dora
        )
        self.guest(lambda queue, now: claims_commands.claim(queue, ticket, now, CLAIM, "Dorothea"))
        self.host(lambda queue, now: claims_commands.answer(queue, dora, now, CLAIM, True))
        self._at(34)
        self.host(lambda queue, now: host_commands.call(queue, dora, now))
        self._at(35)
        self.guest(
            lambda queue, now: guest_commands.leave(queue, dora, now, guest_commands.NOT_COMING)
        )
        self.host(lambda queue, now: undo_commands.acknowledge(queue, dora, now))

    def _emil_fay_and_gus(self) -> None:
        emil, fay, gus = (self.parties[name] for name in ("Emil", "Fay", "Gus"))
        self._at(36)
        self.host(lambda queue, now: host_commands.kick(queue, emil, now, "too loud"))
        self.host(lambda queue, now: undo_commands.restore(queue, emil, now))
        self._at(37)
        self.host(lambda queue, now: host_commands.kick(queue, emil, now, "too loud"))
        self._at(40)
        self.host(lambda queue, now: host_commands.call(queue, fay, now))
        self._at(45)
        self.host(lambda queue, now: host_commands.no_show(queue, fay, now))
        self._at(46)
        self.guest(lambda queue, now: guest_commands.ask_back(queue, fay, now))
        self._at(47)
        self.host(lambda queue, now: undo_commands.decline_back(queue, fay, now))
        self._at(48)
        self.guest(lambda queue, now: guest_commands.leave(queue, gus, now))

    def _end(self) -> None:
        self._at(50)
        self.host(lambda queue, now: session_commands.pause(queue, now, "The kitchen is full"))
        self.host(session_commands.resume)
        days = min(5, self._settings.privacy_days or 0)
        changed = replace(self._settings, privacy_days=days, max_guests=60)
        self.host(lambda queue, now: session_commands.change_settings(queue, now, changed))
        self.host(lambda queue, now: devices_commands.remove(queue, now, "door"))
        self.host(devices_commands.revoke_tokens)
        self._at(155)
        self.host(session_commands.end_day)
        self._at(156)
        self.host(session_commands.undo_closing)
        self._at(160)
        self.host(session_commands.end_day)
