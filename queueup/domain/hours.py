"""A queue's opening hours, in the time zone of its restaurant."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from .model import HOUR, MINUTE, SECOND, Phase, QueueSettings

DAY = timedelta(days=1)
# How long a line stays closed if only its opening or only its closing time is set.
REST_MS = 6 * HOUR
# When a night is over, for lines without hours: last guests have gone, and none have come yet.
MORNING = "05:00"


@dataclass(frozen=True, slots=True)
class _Hours:
    """The settings that opening hours depend on; hashable, for the cache."""

    zone: str
    opens: str | None
    closes: str | None
    last_call_minutes: int


@dataclass(frozen=True, slots=True)
class _Turn:
    """One change of phase."""

    at: int
    phase: Phase


def phase(settings: QueueSettings, at: int) -> Phase:
    """Return the phase at this time (ms); a queue without hours is always open."""
    if not has_hours(settings):
        return Phase.OPEN
    turns = _around(settings, at)
    return turns[_next(turns, at) - 1].phase


def began_at(settings: QueueSettings, at: int) -> int:
    """Return when (ms) by the hours the phase at this time began; needs hours."""
    turns = _around(settings, at)
    return turns[_next(turns, at) - 1].at


def next_change(settings: QueueSettings, at: int) -> int | None:
    """Return when (ms) the phase changes next after this time, if ever."""
    if not has_hours(settings):
        return None
    turns = _around(settings, at)
    following = turns[_next(turns, at) :]
    return following[0].at if following else None


def has_hours(settings: QueueSettings) -> bool:
    """Tell whether the queue has opening hours."""
    return bool(settings.time_zone and (settings.open_time or settings.close_time))


def next_morning(settings: QueueSettings, at: int) -> int:
    """Return when (ms) the first night after this time is over."""
    zone = _Hours(settings.time_zone or "UTC", None, None, 0)
    day = datetime.fromtimestamp(at / SECOND, ZoneInfo(zone.zone)).date()
    today = _moment(zone, day, MORNING)
    return today if today > at else _moment(zone, day + DAY, MORNING)


def _next(turns: tuple[_Turn, ...], at: int) -> int:
    return bisect_right(turns, at, key=lambda turn: turn.at)


def _around(settings: QueueSettings, at: int) -> tuple[_Turn, ...]:
    hours = _Hours(
        settings.time_zone or "UTC",
        settings.open_time,
        settings.close_time,
        settings.last_call_minutes,
    )
    return _turns(hours, at // (24 * HOUR))


@lru_cache(maxsize=1_024)
def _turns(hours: _Hours, day: int) -> tuple[_Turn, ...]:
    """List the changes around a UTC day (since the epoch) in their order.

    Cached: every commit asks, and time zone arithmetic is slow.
    """
    today = datetime.fromtimestamp(day * 24 * HOUR // SECOND, UTC).date()
    days = [_open_close(hours, today + DAY * offset) for offset in range(-3, 5)]
    turns: list[_Turn] = []
    for (opens, closes), (opens_next, _) in zip(days, days[1:], strict=False):
        # When clocks go forward, a closing time may come after the next opening.
        closes = min(closes, opens_next)
        turns.append(_Turn(opens, Phase.OPEN))
        if closes == opens_next:
            continue  # open around the clock
        if hours.closes is None:
            turns.append(_Turn(closes, Phase.BEFORE))
            continue
        last_call = closes - hours.last_call_minutes * MINUTE
        turns.append(_Turn(max(opens, last_call), Phase.LAST_CALL))
        turns.append(_Turn(closes, Phase.AFTER))
        if hours.opens is not None:
            # The next day begins halfway between closing and opening.
            turns.append(_Turn((closes + opens_next) // 2, Phase.BEFORE))
    return tuple(_effective(turns))


def _effective(turns: list[_Turn]) -> list[_Turn]:
    """Leave out turns that change nothing; of turns at the same time the last one counts."""
    found: list[_Turn] = []
    for turn in turns:
        if found and found[-1].at == turn.at:
            found.pop()
        if not found or found[-1].phase is not turn.phase:
            found.append(turn)
    return found


def _open_close(hours: _Hours, day: date) -> tuple[int, int]:
    """Return when a day's opening begins and ends (ms)."""
    if hours.opens is None:
        return _moment(hours, day - DAY, hours.closes) + REST_MS, _moment(hours, day, hours.closes)
    opens = _moment(hours, day, hours.opens)
    if hours.closes is None:
        return opens, _moment(hours, day + DAY, hours.opens) - REST_MS
    is_next_day = time.fromisoformat(hours.closes) <= time.fromisoformat(hours.opens)
    return opens, _moment(hours, day + DAY * is_next_day, hours.closes)


def _moment(hours: _Hours, day: date, clock: str | None) -> int:
    moment = datetime.combine(day, time.fromisoformat(clock or "00:00"), ZoneInfo(hours.zone))
    return int(moment.timestamp()) * SECOND
