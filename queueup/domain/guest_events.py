"""What guests say of themselves after joining."""

from dataclasses import dataclass
from typing import ClassVar

from .events import PartyEvent


@dataclass(frozen=True, slots=True)
class GuestAnswered(PartyEvent):
    """A guest said something to the host: on my way, or more time asked for beyond the limit."""

    kind: ClassVar[str] = "QUEUE_GUEST_ANSWERED"
    answer: str
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class PlaceAskedBack(PartyEvent):
    """A guest who missed the call asks for the old place."""

    kind: ClassVar[str] = "QUEUE_PLACE_ASKED_BACK"


@dataclass(frozen=True, slots=True)
class EstimateJudged(PartyEvent):
    """A guest said whether the estimate is about right: right, too_short or too_long."""

    kind: ClassVar[str] = "QUEUE_ESTIMATE_JUDGED"
    verdict: str
    low_ms: int
    high_ms: int


@dataclass(frozen=True, slots=True)
class PartyDueSoon(PartyEvent):
    """The party's expected wait fell to the minutes from which it wants to be told."""

    kind: ClassVar[str] = "QUEUE_MEMBER_DUE_SOON"
