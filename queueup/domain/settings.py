"""What the host of a queue decides about it."""

from dataclasses import dataclass
from enum import StrEnum

from .times import MINUTE


class OnExpiry(StrEnum):
    """What a queue does when the hold of a called party runs out."""

    FLAG = "flag"
    RELEASE = "release"


QUICK_REPLIES = (
    "The kitchen is a little slow tonight. Thank you for waiting.",
    "Your table is being cleared now.",
    "Please come to the host stand when you can.",
    "You are welcome to wait at the bar.",
)


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """What the host decided when opening the queue, and may change during the evening.

    Hours hold only where `time_zone` (an IANA name) is known; a close that is not after the opening
    is on the next day. Without an opening time the line opens six hours after it closed, and
    without a closing time it closes six hours before it opens. `keeps_code` lets the queue be
    opened again on its code after a day has ended.
    """

    name: str
    max_guests: int
    hold_ms: int
    on_expiry: OnExpiry
    location: str | None = None
    contact: str | None = None
    open_time: str | None = None
    close_time: str | None = None
    time_zone: str | None = None
    last_call_minutes: int = 0
    max_wait_ms: int | None = None
    more_time_ms: int = 10 * MINUTE
    nudge_places: tuple[int, ...] = (5, 2)
    nudge_minutes: int | None = None
    quick_replies: tuple[str, ...] = QUICK_REPLIES
    languages: tuple[str, ...] = ()
    privacy_days: int | None = None
    keeps_code: bool = False
