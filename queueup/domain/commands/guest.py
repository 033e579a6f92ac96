"""What a guest may do after joining, beside leaving: answer a call, let others pass, ask back."""

from collections.abc import Sequence

from queueup.domain.change import Change, changed, require_active
from queueup.domain.errors import NotPossibleNow, QueueFull, UnknownParty
from queueup.domain.estimate import learn
from queueup.domain.events import (
    EstimateJudged,
    GuestAnswered,
    HoldExtended,
    PartyDeclaredNearby,
    PartyEdited,
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


def declare_nearby(queue: Queue, party_id: str, now: int) -> Change:
    """Mark a party as close by; saying it twice changes nothing. Raises UnknownParty."""
    party = require_active(queue, party_id)
    return Change(queue) if party.nearby else changed(queue, PartyDeclaredNearby(now, party.id))


def on_my_way(queue: Queue, party_id: str, now: int, minutes: int | None = None) -> Change:
    """Tell the host that the guests are coming, in so many minutes. Raises UnknownParty."""
    party = require_active(queue, party_id)
    if (party.answer, party.answer_minutes) == (ON_MY_WAY, minutes):
        return Change(queue)
    return changed(queue, GuestAnswered(now, party.id, ON_MY_WAY, minutes))


def more_time(queue: Queue, party_id: str, now: int) -> Change:
    """Extend the hold by a step, as long as the host's limit lasts; then only ask the host.

    Raises UnknownParty, NotPossibleNow.
    """
    party = require_active(queue, party_id)
    if party.status is not Status.CALLED or party.deadline is None:
        raise NotPossibleNow("You have not been called yet.")
    more_ms = min(MORE_TIME_STEP_MS, more_time_left_ms(queue, party))
    if more_ms <= 0:
        return changed(queue, GuestAnswered(now, party.id, MORE_TIME))
    deadline = max(party.deadline, now) + more_ms
    return changed(queue, HoldExtended(now, party.id, deadline, more_ms))


def more_time_left_ms(queue: Queue, party: Party) -> int:
    """Return how much longer (ms) the guests may extend their hold by themselves."""
    return max(0, queue.settings.more_time_ms - party.more_time_ms)


def let_pass(queue: Queue, party_id: str, now: int) -> Change:
    """Let the next party pass that can be called, and those set aside before it.

    Raises UnknownParty, and NotPossibleNow when nobody is behind.
    """
    party = require_active(queue, party_id)
    if party.status is not Status.WAITING:
        raise NotPossibleNow("You have been called already.")
    line = queue.waiting()
    passes = passing(line)[line.index(party)]
    if passes is None:
        raise NotPossibleNow("Nobody is behind you.")
    before = line[passes + 1].id if passes + 1 < len(line) else None
    return changed(queue, PartyMoved(now, party.id, before, LET_PASS))


def passing(line: Sequence[Party]) -> list[int | None]:
    """Return for each place in the line, from 0, the place of the party that would pass next."""
    found: list[int | None] = [None] * len(line)
    following: int | None = None
    for place in reversed(range(len(line))):
        found[place] = following
        if not line[place].aside:
            following = place
    return found


def change_size(queue: Queue, party_id: str, now: int, size: int) -> Change:
    """Correct how many people the party is. Raises UnknownParty, QueueFull."""
    party = require_active(queue, party_id)
    if size == party.size:
        return Change(queue)
    if size > party.size and queue.people() - party.size + size > queue.settings.max_guests:
        raise QueueFull
    edited = PartyEdited(
        now, party.id, party.name, size, party.phone, party.notes, party.seating, party.flags
    )
    return changed(queue, edited)


def ask_back(queue: Queue, party_id: str, now: int) -> Change:
    """Ask the host for the old place, within ten minutes of a missed call.

    Raises UnknownParty, NotPossibleNow.
    """
    party = None if queue.is_closed else queue.party(party_id)
    if party is None:
        raise UnknownParty
    if party.asked_back_at is not None:
        return Change(queue)
    until = ask_back_until(party)
    if until is None or now > until:
        raise NotPossibleNow("It is too late to ask for your old place. Please ask the host.")
    return changed(queue, PlaceAskedBack(now, party.id))


def ask_back_until(party: Party) -> int | None:
    """Return until when (ms) a party may ask for its place, if it may at all."""
    if party.status is not Status.NO_SHOW or party.ended_at is None or party.back_declined:
        return None
    return party.ended_at + ASK_BACK_MS


def judge(queue: Queue, party_id: str, now: int, verdict: str) -> Change:
    """Note whether the guest finds the estimate about right. Raises UnknownParty."""
    party = require_active(queue, party_id)
    if party.judged == verdict or party.status is not Status.WAITING:
        return Change(queue)
    ahead = queue.positions()[party.id] - 1
    shown = learn(queue.seatings).range(party.size, ahead)
    return changed(queue, EstimateJudged(now, party.id, verdict, shown.low_ms, shown.high_ms))
