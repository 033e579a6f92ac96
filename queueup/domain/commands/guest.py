"""What guests do: join, leave, answer a call, let others pass, ask for a lost place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from queueup.domain.admission import require_joinable, require_room
from queueup.domain.change import Events, require_active, require_open
from queueup.domain.errors import AlreadyInQueue, NotPossibleNow, UnknownParty
from queueup.domain.estimate import expected_next, learn_from, waits_ahead
from queueup.domain.events import (
    EstimateJudged,
    GuestAnswered,
    HoldExtended,
    PartyDeclaredNearby,
    PartyEdited,
    PartyJoined,
    PartyLeft,
    PartyMoved,
    PlaceAskedBack,
)
from queueup.domain.model import MINUTE, Party, Queue, Status

ON_MY_WAY = "on_my_way"
MORE_TIME = "more_time"
NOT_COMING = "not_coming"
LET_PASS = "let_pass"
MORE_TIME_STEP_MS = 5 * MINUTE
ASK_BACK_MS = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Join:
    """A request to join; the same `key` again returns the same party.

    `origin` is guest, kiosk, or host for a walk-in, to which hours, pause and capacity do not
    apply. `quoted_ms` is the wait that the host promised, by default the estimate's upper end.
    """

    party_id: str
    name: str | None
    size: int
    key: str | None = None
    phone: str | None = None
    notes: str | None = None
    seating: str | None = None
    flags: tuple[str, ...] = ()
    origin: str = "guest"
    language: str | None = None
    quoted_ms: int | None = None


def join(queue: Queue, wish: Join, now: int) -> Events:
    """Add a party at the end of the line; the same key again changes nothing.

    Raises SessionClosed, AlreadyInQueue, QueueFull, NotJoinable.
    """
    if party_with_key(queue, wish.key):
        return ()
    require_open(queue)
    is_walk_in = wish.origin == "host"
    if wish.key is None and not is_walk_in and _is_name_in_line(queue, wish.name):
        raise AlreadyInQueue
    waiting = len(queue.waiting())
    in_line = waiting + len(queue.called())
    expected = expected_next(queue, wish.size)
    if not is_walk_in:
        require_room(queue, wish.size)
        require_joinable(queue, expected)
    joined = PartyJoined(
        now,
        wish.party_id,
        ticket=queue.last_ticket + 1,
        name=wish.name,
        size=wish.size,
        quoted_ms=expected.high_ms if wish.quoted_ms is None else wish.quoted_ms,
        join_key=wish.key,
        position=in_line + 1,
        queue_length=in_line + 1,
        phone=wish.phone,
        notes=wish.notes,
        seating=wish.seating,
        flags=wish.flags,
        origin=wish.origin,
        language=wish.language,
        promised=wish.quoted_ms is not None,
        waiting_ahead=waiting,
        low_ms=expected.low_ms,
    )
    return (joined,)


def party_with_key(queue: Queue, key: str | None) -> Party | None:
    """Return the party that a join with this idempotency key made."""
    return next((party for party in queue.parties if key and party.join_key == key), None)


def leave(queue: Queue, party_id: str, now: int, reason: str | None = None) -> Events:
    """Let guests give their place up. Raises UnknownParty."""
    return (PartyLeft(now, require_active(queue, party_id).id, reason),)


def declare_nearby(queue: Queue, party_id: str, now: int) -> Events:
    """Mark a party as close by; saying it twice changes nothing. Raises UnknownParty."""
    party = require_active(queue, party_id)
    return () if party.nearby else (PartyDeclaredNearby(now, party.id),)


def on_my_way(queue: Queue, party_id: str, now: int, minutes: int | None = None) -> Events:
    """Tell the host that the guests are coming, `minutes` from now. Raises UnknownParty."""
    party = require_active(queue, party_id)
    if (party.answer, party.answer_minutes) == (ON_MY_WAY, minutes):
        return ()
    return (GuestAnswered(now, party.id, ON_MY_WAY, minutes),)


def more_time(queue: Queue, party_id: str, now: int) -> Events:
    """Extend the hold by a step, as long as the host's limit lasts; then only ask the host.

    Raises UnknownParty, NotPossibleNow.
    """
    party = require_active(queue, party_id)
    if party.status is not Status.CALLED or party.deadline is None:
        raise NotPossibleNow("not_called", "You haven't been called yet.")
    more_ms = min(MORE_TIME_STEP_MS, more_time_left_ms(queue, party))
    if more_ms <= 0:
        return (GuestAnswered(now, party.id, MORE_TIME),)
    deadline = max(party.deadline, now) + more_ms
    return (HoldExtended(now, party.id, deadline, more_ms),)


def more_time_left_ms(queue: Queue, party: Party) -> int:
    """Return how much longer (ms) the guests may extend their hold by themselves."""
    return max(0, queue.settings.more_time_ms - party.more_time_ms)


def let_pass(queue: Queue, party_id: str, now: int) -> Events:
    """Move a party behind the next one that can be called.

    Raises UnknownParty, and NotPossibleNow when nobody is behind.
    """
    party = require_active(queue, party_id)
    if party.status is not Status.WAITING:
        raise NotPossibleNow("called", "You've already been called.")
    line = queue.waiting()
    passes = passing(line)[line.index(party)]
    if passes is None:
        raise NotPossibleNow("nobody_behind", "There's no one behind you.")
    before = line[passes + 1].id if passes + 1 < len(line) else None
    return (PartyMoved(now, party.id, before, LET_PASS),)


def passing(line: Sequence[Party]) -> list[int | None]:
    """Return, for each index in the line, the index of the party that it would let pass."""
    found: list[int | None] = [None] * len(line)
    following: int | None = None
    for place in reversed(range(len(line))):
        found[place] = following
        if not line[place].aside:
            following = place
    return found


def change_size(queue: Queue, party_id: str, now: int, size: int) -> Events:
    """Correct how many people the party is. Raises UnknownParty, QueueFull."""
    party = require_active(queue, party_id)
    return _edit(queue, party, PartyEdited(now, party.id, party.name, size))


def correct(queue: Queue, party_id: str, now: int, name: str | None, size: int) -> Events:
    """Correct what the join form said of a party; a form without a name leaves the name.

    Only what differs from what the form said before counts: the same form sent again must not undo
    what a host, or the guest, has corrected since. Raises UnknownParty, QueueFull.
    """
    party = require_active(queue, party_id)
    said = (party.form_name, party.form_size) if party.form_size else (party.name, party.size)
    form_name = name or said[0]
    edited = PartyEdited(
        now,
        party.id,
        party.name if form_name == said[0] else form_name,
        party.size if size == said[1] else size,
        form_name=form_name,
        form_size=size,
    )
    return _edit(queue, party, edited)


def _edit(queue: Queue, party: Party, edited: PartyEdited) -> Events:
    """Change the name and the size alone, if there is room."""
    if (edited.name, edited.size) == (party.name, party.size):
        return ()
    if edited.size > party.size:
        require_room(queue, edited.size - party.size)
    kept = {name: getattr(party, name) for name in ("phone", "notes", "seating", "flags")}
    return (replace(edited, **kept),)


def ask_back(queue: Queue, party_id: str, now: int) -> Events:
    """Ask the host for the old place back, within ten minutes of a missed call.

    Raises UnknownParty, NotPossibleNow.
    """
    party = None if queue.is_closed else queue.party(party_id)
    if party is None:
        raise UnknownParty
    if party.asked_back_at is not None:
        return ()
    until = ask_back_until(party)
    if until is None or now > until:
        raise NotPossibleNow(
            "too_late", "It's too late to ask for your spot back. Please ask the host."
        )
    return (PlaceAskedBack(now, party.id),)


def ask_back_until(party: Party) -> int | None:
    """Return until when (ms since the epoch) a party may ask for its place back, if at all."""
    if party.status is not Status.NO_SHOW or party.ended_at is None or party.back_declined:
        return None
    return party.ended_at + ASK_BACK_MS


def judge(queue: Queue, party_id: str, now: int, verdict: str) -> Events:
    """Note whether the guest finds the estimate about right. Raises UnknownParty."""
    party = require_active(queue, party_id)
    if party.judged == verdict or party.status is not Status.WAITING:
        return ()
    shown = learn_from(queue).range(party.size, *waits_ahead(queue)[party.id])
    return (EstimateJudged(now, party.id, verdict, shown.low_ms, shown.high_ms),)


def _is_name_in_line(queue: Queue, name: str | None) -> bool:
    return name is not None and any(
        party.name == name for party in queue.parties if party.is_active
    )
