"""The application service: loads a queue, lets the rules decide, and commits."""

from collections.abc import Callable, Collection

from queueup.domain.change import NOBODY, Actor, Change, Command, Events, changed
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.commands.guest import Join
from queueup.domain.deadlines import apply_time
from queueup.domain.errors import QueueError, UnknownParty
from queueup.domain.events import DeviceAdded, GuestsErased
from queueup.domain.model import Party, Queue, QueueSettings
from queueup.domain.view_types import Views
from queueup.storage.snapshot_cache import CachedSnapshot, SnapshotCache
from queueup.storage.store import CodeTaken, Store

from .clock import now_ms
from .ids import new_code, new_party_id, new_session_id


class Waitlist:
    """Every change and every read of queues; codes are accepted in upper and lower case.

    Every method may raise Unavailable; those that take a code raise UnknownQueue.
    """

    def __init__(
        self,
        store: Store,
        snapshots: SnapshotCache,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self._store = store
        self._snapshots = snapshots
        self._clock = clock

    def create(
        self, settings: QueueSettings, device: DeviceAdded | None = None, key: str | None = None
    ) -> Queue:
        """Open a queue under a new code, run by this device; the same key again returns it."""
        while True:
            if key is not None and (created := self.created(key)):
                return created
            code, now = new_code(), self._clock()
            change = session_commands.create(code, new_session_id(code), settings, now, device)
            try:
                self._store.create(change, key)
            except CodeTaken:
                continue
            return change.queue

    def created(self, key: str) -> Queue | None:
        """Return the queue that was opened with this idempotency key in the last 24 hours."""
        return self._store.created(key)

    def act(
        self, code: str, command: Command, device: str | None = None, key: str | None = None
    ) -> Change:
        """Commit a host's or guest's command; the same key again commits nothing.

        `device` is the id of the host's device that sent the command. Raises what the command
        raises.
        """
        return self._change(code, command, Actor(device, key))

    def join(self, code: str, name: str | None, size: int, key: str | None) -> tuple[Queue, Party]:
        """Add a party, or return the one that was added with the same idempotency key.

        Raises SessionClosed, AlreadyInQueue, QueueFull, NotJoinable.
        """
        return self.add(code, Join(new_party_id(), name, size, key))

    def add(
        self, code: str, wish: Join, device: str | None = None, key: str | None = None
    ) -> tuple[Queue, Party]:
        """Add a party with all of its details, such as a walk-in that a host adds.

        `key` is that of the request, if the one in `wish` is its form's. Raises SessionClosed,
        AlreadyInQueue, QueueFull, NotJoinable.
        """
        queue = self.act(
            code, lambda queue, now: guest_commands.join(queue, wish, now), device, key
        ).queue
        party = guest_commands.party_with_key(queue, wish.key) or queue.party(wish.party_id)
        if party is None:
            raise UnknownParty
        return queue, party

    def open_again(self, code: str, device: str | None = None, key: str | None = None) -> None:
        """Begin another day on the same code. Raises NotPossibleNow."""
        session_id = new_session_id(_code(code))
        self.act(
            code,
            lambda queue, now: session_commands.open_again(queue, session_id, now),
            device,
            key,
        )

    def declare_nearby(self, code: str, party_id: str) -> None:
        """Note that the guests are close by. Raises UnknownParty."""
        self._change(code, lambda queue, now: guest_commands.declare_nearby(queue, party_id, now))

    def leave(self, code: str, party_id: str) -> None:
        """Let guests give their place up. Raises UnknownParty."""
        self._change(code, lambda queue, now: guest_commands.leave(queue, party_id, now))

    def kick(
        self, code: str, party_id: str, device: str | None = None, key: str | None = None
    ) -> None:
        """Remove a party. Raises UnknownParty."""
        self.act(code, lambda queue, now: host_commands.kick(queue, party_id, now), device, key)

    def close(self, code: str, device: str | None = None) -> None:
        """Close the queue for good."""
        self.act(code, session_commands.close, device)

    def advance(
        self,
        code: str,
        served_id: str | None,
        next_id: str | None,
        device: str | None = None,
        key: str | None = None,
    ) -> Party | None:
        """Serve one party if asked, and call the chosen or next one; the same key does so once.

        Return the party that the snapshot then names as called last: legacy hosts believe this
        answer over the snapshot, and two may have been called when one of them is served.
        Raises SessionClosed, ServedPartyNotCalled, NextPartyNotWaiting.
        """
        change = self.act(
            code,
            lambda queue, now: host_commands.advance(queue, served_id, next_id, now),
            device,
            key,
        )
        return next(iter(change.queue.called()), None)

    def erase_guests(self, code: str) -> None:
        """Erase the personal text of the guests of a closed queue."""
        self._change(code, session_commands.erase_guests)

    def erase_parties(self, code: str, session_id: str, party_ids: Collection[str]) -> bool:
        """Erase personal text of these parties of a session; return whether there was any."""

        def erase(queue: Queue, now: int) -> Events:
            is_same = queue.session_id == session_id
            return session_commands.erase_parties(queue, now, party_ids) if is_same else ()

        return any(isinstance(event, GuestsErased) for event in self._change(code, erase).events)

    def queue(self, code: str) -> Queue:
        """Return the stored queue, without the deadlines that are due since the last commit."""
        return self._store.load(_code(code)).queue

    def exists(self, code: str) -> bool:
        """Return whether there is a queue with this code, or was a moment ago."""
        return self._snapshots.has(_code(code)) or self._store.exists(_code(code))

    def snapshot(self, code: str) -> CachedSnapshot:
        """Return what readers see: at most one second old, with all due deadlines applied."""
        return self._snapshots.get(_code(code))

    def fresh_snapshot(self, code: str) -> CachedSnapshot:
        """Return what readers see, including commits made this very moment.

        For the response to an action, which another process may have committed.
        """
        self._snapshots.expire(_code(code))
        return self.snapshot(code)

    def stored_views(self, code: str) -> Views:
        """Return what readers see without the cache, for processes without a change feed."""
        return self._store.current_snapshot(_code(code), self._clock()).views

    def _change(self, code: str, command: Command, actor: Actor = NOBODY) -> Change:
        """Commit a command on the queue, after all deadlines that are due.

        The deadlines are committed even if the command is refused or repeated.
        """
        now = self._clock()

        def decide(queue: Queue) -> Change:
            timed = apply_time(queue, now)
            events: Events = ()
            refusal = None
            if actor.key is None or actor.key not in timed.queue.keys:
                try:
                    events = command(timed.queue, now)
                except QueueError as error:
                    refusal = error
            change = changed(timed.queue, events, actor)
            return Change(change.queue, timed.events + change.events, len(timed.events), refusal)

        change = self._store.change(_code(code), decide)
        if change.events:
            # This process serves its own commit at once, before the change feed announces it.
            self._snapshots.invalidate(_code(code))
        if change.refusal is not None:
            raise change.refusal
        return change


def _code(code: str) -> str:
    return code.upper()
