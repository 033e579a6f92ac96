"""What each reader sees: the host, each guest, and anybody.

Key names are those of the JSON API, which legacy clients read, too. A view holds all that its
reader may know and nothing else, so a view that has not changed is an unchanged poll.
"""

import re
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import attrgetter

from queueup.domain.commands import claims
from queueup.domain.commands.guest import ask_back_until, more_time_left_ms, passing
from queueup.domain.commands.host import TURN_MS
from queueup.domain.commands.undo import last_undoable

from .admission import joining
from .deadlines import closes_at, next_due
from .ended_parties import ended_earlier, outcome
from .establishment import is_new
from .estimate import BANDS, WaitRange, band, band_number, learn_from, wait_ms, waits_ahead
from .estimate_record import Record, records
from .evening import evening
from .folding import folded
from .model import Party, Queue, Status
from .replay import ENDED_AS
from .view_types import (
    About,
    HostView,
    JoiningView,
    LineView,
    PublicView,
    TableView,
    UndoView,
    View,
    Views,
    WaitView,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of the whole line, computed once for the views of all parties."""

    # By size, waiting parties ahead, and how many of these are of the size's band.
    expected: Callable[[int, int, int], WaitRange]
    ahead: dict[str, tuple[int, int]]
    after_passing: dict[str, tuple[int, int]]  # once the next party has been let pass
    waits: dict[str, WaitRange]  # of a party that joins now, by band
    records: dict[str, Record]  # of estimates, by band
    waiting: int
    called: int
    joining: JoiningView


SHOWN_ENDED = 8
_OWN = {
    "seating": "seating",
    "aside": "aside",
    "aside_reason": "asideReason",
    "answer": "answer",
    "answer_minutes": "answerMinutes",
    "answered_at": "answeredAt",
    "more_time_ms": "moreTimeMs",
    "message": "message",
    "message_at": "messageAt",
    "promised": "promised",
}
_ENDED = {
    "ended_at": "endedAt",
    "reason": "reason",
    "table": "table",
    "called_at": "calledAt",
    "asked_back_at": "askedBackAt",
    "back_declined": "backDeclined",
    "mistaken": "mistaken",
}


class Extras:
    """Fields of a party that views show only if they are set, with their names in views.

    One attrgetter for all of them: a look-up of each made the snapshot of a hundred parties a tenth
    slower, and each commit makes one.
    """

    def __init__(self, names: dict[str, str]) -> None:
        self._keys = tuple(names.values())
        self._read = attrgetter(*names)

    def of(self, party: Party) -> View:
        """Return the fields that are set."""
        values = self._read(party)
        if not any(values):  # most parties, most of the time
            return {}
        return {key: value for key, value in zip(self._keys, values, strict=True) if value}


# Phone and notes are the host's.
HOST_EXTRAS = Extras({"phone": "phone", "notes": "notes"} | _OWN)
GUEST_EXTRAS = Extras(_OWN | _ENDED)
ENDED_EXTRAS = Extras(_ENDED)


def snapshot(queue: Queue) -> Views:
    """Return all views of a queue."""
    stands = standing(queue)
    return {
        "code": queue.code,
        "sessionId": queue.session_id,
        "due": next_due(queue),
        "about": _about(queue),
        "host": for_host(queue, stands),
        "public": _for_public(queue, stands),
        "guests": {
            party.id: {
                "view": for_guest(queue, party, stands),
                "party": own_party(queue, party, stands),
            }
            for party in queue.parties
        },
        "devices": {
            device.id: {"secretHash": device.secret_hash, "locked": device.locked}
            for device in queue.devices
        },
        "claims": {
            party.claim: {"party": party.id, "answer": party.claim_answer}
            for party in queue.parties
            if party.claim
        },
        "tokensRevoked": queue.tokens_revoked,
        "isNew": is_new(queue),
    }


def _about(queue: Queue) -> About:
    settings = queue.settings
    return {
        "code": queue.code,
        "eventName": settings.name,
        "location": settings.location,
        "contactInfo": settings.contact,
        "openTime": settings.open_time,
        "closeTime": settings.close_time,
        "maxGuests": settings.max_guests,
        "holdMs": settings.hold_ms,
        "onExpiry": settings.on_expiry.value,
        "moreTimeMs": settings.more_time_ms,
        "nudgePlaces": list(settings.nudge_places),
        "nudgeMinutes": settings.nudge_minutes,
        "timeZone": settings.time_zone,
        "lastCallMinutes": settings.last_call_minutes,
        "maxWaitMs": settings.max_wait_ms,
        "startingWaitMs": settings.starting_wait_ms,
        "quickReplies": list(settings.quick_replies),
        "languages": list(settings.languages),
        "privacyDays": settings.privacy_days,
        "keepsCode": settings.keeps_code,
        "canOpenAgain": queue.can_open_again,
        "hasPin": queue.pin_hash is not None,
    }


def for_guest(queue: Queue, party: Party, standing: Standing) -> View:
    """Return what a guest sees, exactly as legacy clients know it."""
    if not party.is_active:
        return {"type": "removed", "reason": party.status.value}
    if queue.is_closed:
        return {"type": "closed"}
    if party.status is Status.CALLED:
        return {"type": "called", "deadline": party.deadline}
    waiting_ahead, _ = standing.ahead[party.id]
    ahead = standing.called + waiting_ahead
    expected = standing.expected(party.size, *standing.ahead[party.id])
    return {
        "type": "position",
        "position": ahead + 1,
        "aheadCount": ahead,
        "queueLength": standing.called + standing.waiting,
        "estimatedWaitMs": _legacy_wait_ms(expected, ahead),
        "eventName": queue.settings.name,
    }


def _legacy_wait_ms(expected: WaitRange, ahead: int) -> int:
    """Return the expected wait (ms) for legacy clients, whose flat rule counts the called, too."""
    return expected.expected_ms if expected.learned else wait_ms(ahead)


def own_party(queue: Queue, party: Party, standing: Standing) -> View:
    """Return what only the guest's own page shows."""
    own: View = {
        "ticket": party.ticket,
        "name": party.name,
        "size": party.size,
        "joinedAt": party.joined_at,
        "nearby": party.nearby,
        "callCount": party.call_count,
        "overdue": party.overdue,
        "endedAt": party.ended_at,
        "language": party.language,
        "quotedMs": party.quoted_ms,
    }
    own |= GUEST_EXTRAS.of(party)
    if party.moved_at is not None:
        own["moved"] = moved(party)
    if party.judged:
        own["judged"] = party.judged
    if party.status is Status.CALLED:
        own["moreTimeLeftMs"] = more_time_left_ms(queue, party)
    if not queue.is_closed and (until := ask_back_until(party)) is not None:
        own["askBackUntil"] = until
    if party.is_active and queue.reopen_until is not None:
        own["reopenUntil"] = queue.reopen_until
    if party.status is Status.WAITING and party.passed_at is not None:
        own["passed"] = {"at": party.passed_at, "size": party.passed_size}
    for name, known in (("wait", standing.ahead), ("passWait", standing.after_passing)):
        if (ahead := known.get(party.id)) is not None:
            expected = standing.expected(party.size, *ahead)
            own[name] = {
                "lowMs": expected.low_ms,
                "highMs": expected.high_ms,
                "learned": expected.learned,
                "expectedMs": expected.expected_ms,
                "place": ahead[0] + 1,
            }
    record = standing.records.get(band(party.size)) if "wait" in own else None
    if record and record.tenths and not party.promised:
        own["estimateTenths"] = record.tenths
    return own


def for_host(queue: Queue, standing: Standing) -> HostView:
    """Return the whole line, and what the host can do."""
    ended = [party for party in queue.parties if not party.is_active]
    latest = sorted(ended, key=_ended_last, reverse=True)
    shown = line(queue, host_party)
    _mark_twins(shown["queue"])
    return {
        **shown,
        "people": queue.people(),
        "endedCount": len(ended) + ended_earlier(queue).total(),
        "ended": [ended_party(party) for party in latest[:SHOWN_ENDED]],
        "asks": [*_claims(queue), *_asks(latest)],
        "undo": _undo(queue),
        "closeReason": queue.close_reason,
        "closedAt": queue.closed_at,
        "closesAt": closes_at(queue),
        "reopenUntil": queue.reopen_until,
        "dayEndedAt": queue.day_ended_at,
        "outcomes": _outcomes(queue),
        "evening": evening(queue),
        "pausedReason": queue.paused_reason,
        "joining": standing.joining,
        "waits": waits(standing),
        "estimates": {
            name: {
                "parties": record.parties,
                "within": record.within,
                "byItsEnd": record.by_its_end,
            }
            for name, record in standing.records.items()
        },
        "tables": _tables(queue),
        "devices": [
            {
                "id": device.id,
                "name": device.name,
                "addedAt": device.added_at,
                "actedAt": device.acted_at,
                "locked": device.locked,
            }
            for device in queue.devices
        ],
    }


def _mark_twins(parties: list[View]) -> None:
    """Note on waiting parties of one name and size which others there are: one may be a mistake.

    Phones suggest accents and capitals, or do not: José and jose may be one guest.
    """
    alike: dict[tuple[str, int], list[View]] = {}
    for party in parties:
        if name := folded(party.get("name", "")):
            alike.setdefault((name, party["size"]), []).append(party)
    for found in alike.values():
        for party in found if len(found) > 1 else ():
            party["twins"] = [other["ticket"] for other in found if other is not party]


def host_party(party: Party) -> View:
    """Return a party as its host sees it, without what is not known."""
    view: View = {"id": party.id}
    if party.name is not None:
        view["name"] = party.name
    view |= facts(party) | {"origin": party.origin} | HOST_EXTRAS.of(party)
    if party.flags:
        view["flags"] = list(party.flags)
    if party.moved_at is not None:
        view["moved"] = moved(party)
    return view


def ended_party(party: Party) -> View:
    """Return an ended party as its host sees it."""
    view = host_party(party) | ENDED_EXTRAS.of(party)
    if party.first_called_at is not None:
        # The clocks of two processes may differ by more than the wait.
        view["waitedMs"] = max(0, party.first_called_at - party.joined_at)
    return view


def _tables(queue: Queue) -> list[TableView]:
    """Return the tables that parties were seated at today, and from when each counts as free."""
    free_at: dict[str, TableView] = {}
    for party in sorted(queue.parties, key=_ended_last):
        if party.status is Status.SERVED and party.table and party.ended_at is not None:
            known: TableView = {"table": party.table, "freeAt": party.ended_at + TURN_MS}
            free_at[party.table.casefold()] = known
    return sorted(free_at.values(), key=lambda known: natural(known["table"]))


def natural(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts names of tables as people do: 2 before 10, numbers before words."""
    parts = re.findall(r"\d+|\D+", name.casefold())
    return [(int(part), "") if part.isdecimal() else (sys.maxsize, part) for part in parts]


def _claims(queue: Queue) -> list[View]:
    """Return the parties whose place somebody claims from another browser."""
    open_ones = (party for party in queue.waiting() + queue.called() if party.claim)
    return [
        {"kind": "claim", "claim": party.claim, "claimNumber": claims.number(party.claim)}
        | ({"claimName": party.claim_name} if party.claim_name else {})
        | host_party(party)
        for party in open_ones
        if party.claim and party.claim_answer is None
    ]


def _asks(ended: list[Party]) -> list[View]:
    """Return the ended parties that want their place back, or left after a call."""
    return [
        {"kind": "back" if party.asked_back_at else "gone"} | ended_party(party)
        for party in ended
        if party.asked_back_at or party.needs_host
    ]


def _outcomes(queue: Queue) -> dict[str, int]:
    """Count the parties by how their wait ended; an adding that was undone never was a party."""
    counted = ended_earlier(queue) + Counter(map(outcome, queue.parties))
    found = {status.value: counted[status.value] for status in ENDED_AS.values()}
    in_line = counted[Status.WAITING.value] + counted[Status.CALLED.value]
    return found | {"closed": in_line if queue.is_closed else 0}


def _undo(queue: Queue) -> UndoView | None:
    parts = last_undoable(queue)
    if not parts:
        return None
    tickets = [party.ticket for action in parts if (party := queue.party(action.party_id))]
    device = queue.device(parts[0].device)
    return {
        "act": parts[0].number,
        "kind": parts[0].kind,
        "at": parts[0].at,
        "tickets": sorted(tickets),
        "device": device.name if device else None,
    }


def _ended_last(party: Party) -> tuple[int, int]:
    return (party.ended_at or 0, party.ticket)


def _for_public(queue: Queue, stands: Standing) -> PublicView:
    return {
        **line(queue, _public_party),
        "eventName": queue.settings.name,
        "people": queue.people(),
        "estimatedWaitMs": _legacy_wait_ms(
            stands.waits[band(BANDS[0][0])], stands.called + stands.waiting
        ),
        "joining": stands.joining,
        "waits": waits(stands),
    }


def _public_party(party: Party) -> View:
    first = (party.name or "").upper()[:1]
    return facts(party) | ({"initial": first} if first.isalnum() else {})


def standing(queue: Queue) -> Standing:
    """Compute the state of the line."""
    line = queue.waiting()
    expected = cache(learn_from(queue).range)
    ahead = waits_ahead(queue)
    numbers = [band_number(party.size) for party in line]
    after_passing = {
        party.id: (to, ahead[party.id][1] + numbers[place + 1 : to + 1].count(numbers[place]))
        for place, (party, to) in enumerate(zip(line, passing(line), strict=True))
        if to is not None
    }
    return Standing(
        expected,
        ahead,
        after_passing,
        {
            band(low): expected(low, len(line), numbers.count(number))
            for number, (low, _) in enumerate(BANDS)
        },
        records(queue),
        len(line),
        len(queue.called()),
        _joining(queue),
    )


def line(queue: Queue, show: Callable[[Party], View]) -> LineView:
    """Return what the host and the public see of the line, each party as `show` makes it."""
    called = queue.called()
    return {
        "type": "queue_update",
        "queue": [show(party) for party in queue.waiting()],
        "nowServing": show(called[0]) if called else None,
        "maxGuests": queue.settings.max_guests,
        "callDeadline": called[0].deadline if called else None,
        "closed": queue.is_closed,
        "called": [show(party) for party in called],
    }


def facts(party: Party) -> View:
    """Return what anybody may know of a party."""
    facts: View = {
        "size": party.size,
        "status": party.status.value,
        "nearby": party.nearby,
        "joinedAt": party.joined_at,
        "ticket": party.ticket,
        "quotedMs": party.quoted_ms,
    }
    if party.call_count:
        facts["callCount"] = party.call_count
    if party.status is Status.CALLED:
        facts |= {
            "calledAt": party.called_at,
            "deadline": party.deadline,
            "overdue": party.overdue,
        }
    return facts


def waits(standing: Standing) -> dict[str, WaitView]:
    """Return the expected wait of a party that joins now, by size band."""
    return {name: range_view(wait) for name, wait in standing.waits.items()}


def range_view(wait: WaitRange) -> WaitView:
    """Return a range of waiting time."""
    return {"lowMs": wait.low_ms, "highMs": wait.high_ms, "learned": wait.learned}


def moved(party: Party) -> View:
    """Return how a party was moved last."""
    return {"at": party.moved_at, "places": party.moved_places, "reason": party.moved_reason}


def _joining(queue: Queue) -> JoiningView:
    state = joining(queue)
    return {"open": state.is_open, "why": state.why, "words": state.words}
