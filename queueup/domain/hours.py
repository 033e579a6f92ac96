"""A queue's opening hours, on the clock of its restaurant."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from .settings import QueueSettings
from .times import MINUTE, SECOND

DAY = timedelta(days=1)


class Phase(StrEnum):
    """Where a moment lies in the restaurant's day."""

    BEFORE = "before"
    OPEN = "open"
    LAST_CALL = "last_call"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class _Turn:
    """One change of phase."""

    at: int
    phase: Phase


def phase(settings: QueueSettings, at: int) -> Phase:
    """Return the phase at this time (ms); a queue without hours is always open."""
    if not has_hours(settings):
        return Phase.OPEN
    return next(turn.phase for turn in reversed(_turns(settings, at)) if turn.at <= at)


def next_change(settings: QueueSettings, at: int) -> int | None:
    """Return when (ms) the phase changes next after this time."""
    if not has_hours(settings):
        return None
    return next(turn.at for turn in _turns(settings, at) if turn.at > at)


def has_hours(settings: QueueSettings) -> bool:
    """Tell whether the queue keeps hours."""
    return bool(settings.time_zone and (settings.open_time or settings.close_time))


def _turns(settings: QueueSettings, at: int) -> list[_Turn]:
    """List the changes around a time; between a close and the next opening the day turns."""
    today = datetime.fromtimestamp(at / SECOND, UTC).astimezone(_zone(settings)).date()
    days = [_open_close(settings, today + DAY * offset) for offset in range(-2, 4)]
    turns: list[_Turn] = []
    for (opens, closes), (opens_next, _) in zip(days, days[1:], strict=False):
        last_call = max(opens, closes - settings.last_call_minutes * MINUTE)
        turns += [
            _Turn(opens, Phase.OPEN),
            _Turn(last_call, Phase.LAST_CALL),
            _Turn(closes, Phase.AFTER),
            _Turn((closes + opens_next) // 2, Phase.BEFORE),
        ]
    # Of turns at the same time the later one holds: no last call, or open around the clock.
    return [turn for turn, after in zip(turns, turns[1:], strict=False) if turn.at != after.at]


def _open_close(settings: QueueSettings, day: date) -> tuple[int, int]:
    opens = _moment(settings, day, settings.open_time or "00:00")
    close_time = settings.close_time or "00:00"
    is_next_day = close_time <= (settings.open_time or "00:00")
    return opens, _moment(settings, day + DAY * is_next_day, close_time)


def _moment(settings: QueueSettings, day: date, clock: str) -> int:
    moment = datetime.combine(day, time.fromisoformat(clock), _zone(settings))
    return int(moment.timestamp()) * SECOND


def _zone(settings: QueueSettings) -> ZoneInfo:
    return ZoneInfo(settings.time_zone or "UTC")
