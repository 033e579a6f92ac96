"""What each event does to a queue: replaying all of its events makes the queue."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import reduce
from typing import Any

from . import hours
from .ended_parties import without_old, without_past
from .estimate import KEPT_SEATINGS, WORTH_LEARNING_MS, alike_ahead, band
from .events import (
    ActionUndone,
    CallRanOut,
    ClaimAnswered,
    ClosingBecameFinal,
    ClosingUndone,
    DeviceAdded,
    DeviceInvited,
    DeviceLocked,
    DeviceNamed,
    DeviceRemoved,
    DeviceUnlocked,
    EstimateJudged,
    Event,
    GuestAnswered,
    GuestsErased,
    HoldExtended,
    HoursTurned,
    JoiningPaused,
    JoiningResumed,
    MessageSent,
    PartyAcknowledged,
    PartyCalled,
    PartyDeclaredNearby,
    PartyDropped,
    PartyDueSoon,
    PartyEdited,
    PartyEvent,
    PartyJoined,
    PartyKicked,
    PartyLeft,
    PartyMoved,
    PartyQuoted,
    PartyReached,
    PartyRestored,
    PartyServed,
    PartySetAside,
    PinSet,
    PlaceAskedBack,
    PlaceClaimed,
    PlaceDeclined,
    QueueClosed,
    QueueOpened,
    SettingsChanged,
    TokensRevoked,
    WrongPinEntered,
)
from .idempotency import with_key
from .model import (
    DECLINED,
    DETAILS,
    DUE_SOON,
    EARLY,
    ERASED,
    GRANTED,
    LATE,
    NEVER_PASSED,
    UNANSWERED,
    UNDO_CLOSING_MS,
    WITHIN,
    Device,
    Fields,
    Invitation,
    OnExpiry,
    Party,
    Queue,
    Seating,
    Status,
    pin_wait_ms,
)
from .undo_log import with_action

# The reasons with which a host closes a line, and not the clock.
BY_HOST = ("host", "day")

ENDED_AS: dict[type[PartyEvent], Status] = {
    PartyServed: Status.SERVED,
    PartyLeft: Status.LEFT,
    PartyKicked: Status.KICKED,
    PartyDropped: Status.NO_SHOW,
}


def replay(events: Iterable[Event], queue: Queue | None = None) -> Queue:
    """Return the queue after these events; without a queue the first one must open it."""
    result = reduce(_apply, events, queue)
    if result is None:
        raise ValueError("a queue starts with QueueOpened")
    return result


def _apply(queue: Queue | None, event: Event) -> Queue:
    if isinstance(event, QueueOpened):
        queue = _opened(event, queue)
    elif queue is None:
        raise ValueError("a queue starts with QueueOpened")
    elif isinstance(event, PartyEvent):
        queue = _with_party_event(queue, event)
    else:
        queue = _with_device_event(_with_queue_event(queue, event), event)
    # No person is behind these: an idle queue stays idle.
    by_clock = isinstance(event, HoursTurned | ClosingBecameFinal | GuestsErased)
    active_at = queue.active_at if by_clock else event.at
    return replace(
        queue,
        last_event=queue.last_event + 1,
        active_at=active_at,
        keys=with_key(queue.keys, event.key),
        devices=tuple(
            replace(device, acted_at=event.at) if device.id == event.by else device
            for device in queue.devices
        ),
    )


def _opened(event: QueueOpened, before: Queue | None) -> Queue:
    queue = Queue(
        event.code,
        event.session_id,
        event.settings,
        event.at,
        event.at,
        phase=hours.phase(event.settings, event.at),
        phase_at=event.at,
    )
    if before is None:
        return queue
    # Another day on the same code keeps the devices and the learned waits, and drops the guests.
    return replace(
        queue,
        last_event=before.last_event,
        seatings=before.seatings,
        waiting_ahead_since=before.waiting_ahead_since,
        keys=before.keys,
        devices=before.devices,
        invitations=before.invitations,
        pin_hash=before.pin_hash,
        tokens_revoked=before.tokens_revoked,
        # Lines of earlier releases do not know it of themselves.
        was_joined=before.was_joined or bool(before.last_ticket or before.seatings),
    )


def _with_queue_event(queue: Queue, event: Event) -> Queue:
    match event:
        case QueueClosed():
            return _closed(queue, event)
        case ClosingUndone():
            return _reopened(queue, event)
        case ClosingBecameFinal():
            return replace(queue, reopen_until=None)
        case GuestsErased():
            return _without_guests(queue, event)
        case JoiningPaused():
            return replace(queue, paused_reason=event.reason)
        case JoiningResumed():
            return replace(queue, paused_reason=None)
        case HoursTurned():
            return replace(queue, phase=event.phase, phase_at=event.at)
        case SettingsChanged():
            return replace(
                queue,
                settings=event.settings,
                phase=hours.phase(event.settings, event.at),
                phase_at=event.at,
            )
    return queue


def _without_guests(queue: Queue, event: GuestsErased) -> Queue:
    if not event.parties:
        # Nobody looks any more how a wait of that day ended: what stays is small.
        queue = without_past(queue, event.at)
    erased = set(event.parties) or {party.id for party in queue.parties}
    return replace(
        queue,
        parties=tuple(
            replace(party, **ERASED) if party.id in erased else party for party in queue.parties
        ),
        actions=tuple(
            action for action in queue.actions if event.parties and action.party_id not in erased
        ),
    )


def _closed(queue: Queue, event: QueueClosed) -> Queue:
    # Legacy clients take a closing for the end, so theirs cannot be undone.
    can_undo = queue.settings.keeps_code and event.reason in BY_HOST
    return replace(
        queue,
        closed_at=event.at,
        close_reason=event.reason,
        reopen_until=event.at + UNDO_CLOSING_MS if can_undo else None,
        day_ended_at=queue.closed_at,
        day_end_reason=queue.close_reason,
    )


def _reopened(queue: Queue, event: ClosingUndone) -> Queue:
    """Return the queue as it was before its last closing: open, or only closed for the day."""
    before = replace(
        queue,
        closed_at=queue.day_ended_at,
        close_reason=queue.day_end_reason,
        reopen_until=None,
        day_ended_at=None,
        day_end_reason=None,
    )
    if before.closed_at is not None:
        until = before.closed_at + UNDO_CLOSING_MS
        can_undo = before.close_reason in BY_HOST and until > event.at
        return replace(before, reopen_until=until if can_undo else None)
    return replace(
        before,
        phase=hours.phase(queue.settings, event.at),
        phase_at=event.at,
        parties=tuple(_held_again(party, queue, event.at) for party in queue.parties),
    )


def _held_again(party: Party, queue: Queue, at: int) -> Party:
    """Return a party with the call that it had; its hold may have run out in the meantime."""
    has_run_out = party.deadline is not None and party.deadline <= at and not party.overdue
    if party.status is not Status.CALLED or not has_run_out:
        return party
    if queue.settings.on_expiry is OnExpiry.RELEASE:
        return replace(party, deadline=at + queue.settings.hold_ms)
    return replace(party, overdue=True)


def _with_party_event(queue: Queue, event: PartyEvent) -> Queue:
    """Return the queue after an event of one of its parties."""
    before = queue.party(event.party_id)
    after = _with_party(queue, event, before)
    return replace(
        after,
        actions=with_action(queue, after, event),
        seatings=_seatings(queue, before, after.party(event.party_id)),
    )


def _with_party(queue: Queue, event: PartyEvent, party: Party | None) -> Queue:
    if isinstance(event, PartyJoined):
        queue = without_old(queue, event.at)
        return replace(
            queue,
            parties=(*queue.parties, _joined(event, queue)),
            last_ticket=event.ticket,
            was_joined=True,
            waiting_ahead_since=_waiting_ahead_since(queue, event),
        )
    if party is None:
        return queue
    if isinstance(event, PartyMoved):
        others = [other for other in queue.parties if other.id != event.party_id]
        ids = [other.id for other in others]
        place = ids.index(event.before) if event.before in ids else len(ids)
        return _with_move_noted(queue, [*others[:place], party, *others[place:]], event)
    if isinstance(event, ActionUndone):
        return _undone(queue, event, party)
    changed = replace(party, **_party_changes(event, party))
    after = replace(
        queue,
        parties=tuple(changed if other.id == party.id else other for other in queue.parties),
    )
    if isinstance(event, PartyCalled) and party.status is Status.WAITING:
        return _with_passing_noted(after, changed)
    return _with_passing_forgotten(after, party, changed)


def _with_passing_noted(queue: Queue, called: Party) -> Queue:
    """Note on the parties ahead of one that was called that it passed them."""
    place = queue.parties.index(called)
    passed: Fields = {
        "passed_at": called.called_at,
        "passed_ticket": called.ticket,
        "passed_size": called.size,
    }
    return replace(
        queue,
        parties=tuple(
            replace(party, **passed)
            # The page of a party that is set aside says already that others go ahead.
            if party.status is Status.WAITING and not party.aside and number < place
            else party
            for number, party in enumerate(queue.parties)
        ),
    )


def _with_passing_forgotten(queue: Queue, before: Party, after: Party) -> Queue:
    """Take the notes on a party that was called past others back if it waits again."""
    if after.status is not Status.WAITING or before.status is Status.WAITING:
        return queue
    return replace(
        queue,
        parties=tuple(
            replace(party, **NEVER_PASSED) if party.passed_ticket == after.ticket else party
            for party in queue.parties
        ),
    )


def _joined(event: PartyJoined, queue: Queue) -> Party:
    sizes = [*(party.size for party in queue.waiting()), event.size]
    return Party(
        id=event.party_id,
        ticket=event.ticket,
        name=event.name,
        size=event.size,
        joined_at=event.at,
        quoted_ms=event.quoted_ms,
        join_key=event.join_key,
        phone=event.phone,
        notes=event.notes,
        seating=event.seating,
        flags=event.flags,
        origin=event.origin,
        language=event.language,
        promised=event.promised,
        ahead=event.position - 1 if event.waiting_ahead is None else event.waiting_ahead,
        alike=alike_ahead(sizes)[-1],
        low_ms=event.low_ms,
    )


def _waiting_ahead_since(queue: Queue, event: PartyJoined) -> int | None:
    is_known = queue.waiting_ahead_since is not None or event.waiting_ahead is None
    return queue.waiting_ahead_since if is_known else event.at


def _with_move_noted(queue: Queue, parties: Iterable[Party], event: PartyMoved) -> Queue:
    """Note on the moved party, and on each that it passed, by how many places it moved and why."""
    moved = replace(queue, parties=tuple(parties))
    old, new = queue.places(), moved.places()
    places = {party_id: place - old[party_id] for party_id, place in new.items()}
    return replace(
        moved,
        parties=tuple(
            replace(
                party,
                moved_at=event.at,
                moved_places=places[party.id],
                moved_reason=event.reason,
            )
            if party.id == event.party_id or places.get(party.id, 0) > 0
            else party
            for party in moved.parties
        ),
    )


def _undone(queue: Queue, event: ActionUndone, party: Party) -> Queue:
    restored = dict(event.restored)
    if "status" in restored:
        restored["status"] = Status(restored["status"])
    if "flags" in restored:
        restored["flags"] = tuple(restored["flags"])
    changed = replace(party, **restored)
    parties = [changed if other.id == party.id else other for other in queue.parties]
    if event.place is not None:
        parties.remove(changed)
        parties.insert(event.place, changed)
    return _with_passing_forgotten(replace(queue, parties=tuple(parties)), party, changed)


def _party_changes(event: PartyEvent, party: Party) -> Fields:
    """Return the fields of the party that the event changes, with their new values."""
    return _CHANGES[type(event)](event, party)


def _edited(event: PartyEdited, party: Party) -> Fields:
    details = {name: getattr(event, name) for name in DETAILS}
    if band(event.size) != band(party.size):
        # What it was shown on joining is not of this band.
        details |= {"alike": None, "low_ms": None}
    if event.form_size:
        return details | {"form_name": event.form_name, "form_size": event.form_size}
    if party.form_size or (event.name, event.size) == (party.name, party.size):
        return details
    return details | {"form_name": party.name, "form_size": party.size}


def _called(event: PartyCalled, party: Party) -> Fields:
    return {
        "status": Status.CALLED,
        "called_at": event.at,
        "first_called_at": party.first_called_at or event.at,
        "deadline": event.deadline,
        "call_count": event.count,
        "overdue": False,
        "aside": False,
        "aside_reason": None,
        **NEVER_PASSED,
        # An answer belongs to the call that it answered: this one asks anew.
        **UNANSWERED,
    }


def _extended(event: HoldExtended, party: Party) -> Fields:
    held = {"deadline": event.deadline, "overdue": False}
    if not event.more_ms:
        return held
    more_ms = party.more_time_ms + event.more_ms
    return held | {"more_time_ms": more_ms} | _answer("more_time", None, event)


def _answer(answer: str, minutes: int | None, event: PartyEvent) -> Fields:
    return {"answer": answer, "answer_minutes": minutes, "answered_at": event.at}


def _ended(event: PartyEvent) -> Fields:
    return {"status": ENDED_AS[type(event)], "ended_at": event.at, "asked_back_at": None}


def _restored(event: PartyRestored, _party: Party) -> Fields:
    back = {
        "ended_at": None,
        "table": None,
        "reason": None,
        "asked_back_at": None,
        "back_declined": False,
        "needs_host": False,
        "mistaken": False,
        "overdue": event.deadline is not None and event.deadline <= event.at,
        "deadline": event.deadline,
    }
    if event.deadline is None:
        return back | {"status": Status.WAITING, "called_at": None, **UNANSWERED}
    return back | {"status": Status.CALLED}


_CHANGES: dict[type[PartyEvent], Callable[[Any, Party], Fields]] = {
    PartyDeclaredNearby: lambda event, party: {"nearby": True},
    PartyCalled: _called,
    CallRanOut: lambda event, party: {"overdue": True},
    HoldExtended: _extended,
    GuestAnswered: lambda event, party: _answer(event.answer, event.minutes, event),
    PartyReached: lambda event, party: {"nudges": (*party.nudges, event.position)},
    PartyDueSoon: lambda event, party: {"nudges": (*party.nudges, DUE_SOON)},
    PartyEdited: _edited,
    PartyQuoted: lambda event, party: {"quoted_ms": event.quoted_ms, "promised": True},
    PartySetAside: lambda event, party: {"aside": event.aside, "aside_reason": event.reason},
    MessageSent: lambda event, party: {"message": event.text, "message_at": event.at},
    EstimateJudged: lambda event, party: {"judged": event.verdict},
    PlaceAskedBack: lambda event, party: {"asked_back_at": event.at, "back_declined": False},
    PlaceDeclined: lambda event, party: {"asked_back_at": None, "back_declined": True},
    PlaceClaimed: lambda event, party: {
        "claim": event.claim,
        "claim_name": event.name,
        "claim_answer": None,
    },
    ClaimAnswered: lambda event, party: {"claim_answer": GRANTED if event.granted else DECLINED},
    PartyAcknowledged: lambda event, party: {"needs_host": False},
    PartyRestored: _restored,
    PartyServed: lambda event, party: _ended(event) | {"table": event.table},
    PartyLeft: lambda event, party: (
        _ended(event) | {"reason": event.reason, "needs_host": party.status is Status.CALLED}
    ),
    PartyKicked: lambda event, party: (
        _ended(event) | {"reason": event.reason, "mistaken": event.undone is not None}
    ),
    PartyDropped: lambda event, party: _ended(event),
}


def _seatings(queue: Queue, before: Party | None, after: Party | None) -> tuple[Seating, ...]:
    """Add the seating of a party that got its table, or drop it when the party is brought back."""
    was, seated = _seating(before), _seating(after)
    if was == seated:
        return queue.seatings
    kept = list(queue.seatings)
    if was in kept:
        kept.remove(was)
    return tuple([*kept, seated][-KEPT_SEATINGS:] if seated else kept)


def _seating(party: Party | None) -> Seating | None:
    if party is None or party.status is not Status.SERVED or party.first_called_at is None:
        return None
    wait_ms = party.first_called_at - party.joined_at
    if wait_ms < WORTH_LEARNING_MS:
        return None
    return Seating(
        at=party.first_called_at,
        size=party.size,
        ahead=party.ahead,
        wait_ms=wait_ms,
        alike=party.alike,
        estimate=_estimate(party, wait_ms),
    )


def _estimate(party: Party, wait_ms: int) -> str | None:
    """Return how the wait was beside the estimate, if that is what the party was shown."""
    if party.low_ms is None or party.promised:
        return None
    if wait_ms > party.quoted_ms:
        return LATE
    return WITHIN if wait_ms >= party.low_ms else EARLY


def _with_device_event(queue: Queue, event: Event) -> Queue:
    """Return the queue after an event about its devices; other events change nothing here."""
    match event:
        case DeviceInvited():
            usable = [known for known in queue.invitations if known.expires_at > event.at]
            made = Invitation(event.secret_hash, event.expires_at)
            return replace(queue, invitations=(*usable, made))
        case DeviceAdded():
            added = Device(event.device_id, event.name, event.secret_hash, event.at)
            left = [known for known in queue.invitations if known.secret_hash != event.invitation]
            return replace(queue, devices=(*queue.devices, added), invitations=tuple(left))
        case DeviceRemoved():
            left_over = (device for device in queue.devices if device.id != event.device_id)
            return replace(queue, devices=tuple(left_over))
        case TokensRevoked():
            # Links that were made with the token must not outlive it.
            return replace(queue, tokens_revoked=True, invitations=())
        case PinSet():
            unlocked = tuple(replace(d, locked=False) for d in queue.devices)
            devices = queue.devices if event.pin_hash else unlocked
            return replace(queue, pin_hash=event.pin_hash, devices=devices)
        case DeviceNamed():
            return _with_device(queue, event.device_id, name=event.name)
        case DeviceLocked():
            return _with_device(queue, event.device_id, locked=True)
        case DeviceUnlocked():
            return _with_device(queue, event.device_id, locked=False, wrong_pins=0, pin_again_at=0)
        case WrongPinEntered():
            device = queue.device(event.device_id)
            wrong = device.wrong_pins + 1 if device else 0
            again_at = event.at + pin_wait_ms(wrong)
            return _with_device(queue, event.device_id, wrong_pins=wrong, pin_again_at=again_at)
    return queue


def _with_device(queue: Queue, device_id: str, **changes: Any) -> Queue:
    changed = (
        replace(device, **changes) if device.id == device_id else device for device in queue.devices
    )
    return replace(queue, devices=tuple(changed))
