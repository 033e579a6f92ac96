"""Which fields of a party each event changes."""

from collections.abc import Callable
from typing import Any

from .events import (
    CallRanOut,
    EstimateJudged,
    GuestAnswered,
    HoldExtended,
    MessageSent,
    PartyAcknowledged,
    PartyCalled,
    PartyDeclaredNearby,
    PartyDropped,
    PartyDueSoon,
    PartyEdited,
    PartyEvent,
    PartyKicked,
    PartyLeft,
    PartyQuoted,
    PartyReached,
    PartyRestored,
    PartyServed,
    PartySetAside,
    PlaceAskedBack,
    PlaceDeclined,
)
from .model import DETAILS, SOON, Fields, Party, Status

ENDED_AS: dict[type[PartyEvent], Status] = {
    PartyServed: Status.SERVED,
    PartyLeft: Status.LEFT,
    PartyKicked: Status.KICKED,
    PartyDropped: Status.NO_SHOW,
}


def changes(event: PartyEvent, party: Party) -> Fields:
    """Return the fields that the event gives the party."""
    return _CHANGES[type(event)](event, party)


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
        "overdue": event.deadline is not None and event.deadline <= event.at,
        "deadline": event.deadline,
    }
    if event.deadline is None:
        return back | {"status": Status.WAITING, "called_at": None}
    return back | {"status": Status.CALLED}


_CHANGES: dict[type[PartyEvent], Callable[[Any, Party], Fields]] = {
    PartyDeclaredNearby: lambda event, party: {"nearby": True},
    PartyCalled: _called,
    CallRanOut: lambda event, party: {"overdue": True},
    HoldExtended: _extended,
    GuestAnswered: lambda event, party: _answer(event.answer, event.minutes, event),
    PartyReached: lambda event, party: {"nudges": (*party.nudges, event.position)},
    PartyDueSoon: lambda event, party: {"nudges": (*party.nudges, SOON)},
    PartyEdited: lambda event, party: {name: getattr(event, name) for name in DETAILS},
    PartyQuoted: lambda event, party: {"quoted_ms": event.quoted_ms},
    PartySetAside: lambda event, party: {"aside": event.aside, "aside_reason": event.reason},
    MessageSent: lambda event, party: {"message": event.text, "message_at": event.at},
    EstimateJudged: lambda event, party: {"judged": event.verdict},
    PlaceAskedBack: lambda event, party: {"asked_back_at": event.at, "back_declined": False},
    PlaceDeclined: lambda event, party: {"asked_back_at": None, "back_declined": True},
    PartyAcknowledged: lambda event, party: {"needs_host": False},
    PartyRestored: _restored,
    PartyServed: lambda event, party: _ended(event) | {"table": event.table},
    PartyLeft: lambda event, party: (
        _ended(event) | {"reason": event.reason, "needs_host": party.status is Status.CALLED}
    ),
    PartyKicked: lambda event, party: _ended(event) | {"reason": event.reason},
    PartyDropped: lambda event, party: _ended(event),
}
