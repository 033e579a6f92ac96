"""Days that a line has had, written straight into the history."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from queueup.domain.events import (
    EstimateJudged,
    PartyCalled,
    PartyDropped,
    PartyJoined,
    PartyLeft,
    PartyServed,
    QueueClosed,
    QueueOpened,
)
from queueup.domain.model import HOUR, MINUTE
from queueup.history import History
from queueup.history.event_writer import EventRow

DAY = 24 * HOUR


@dataclass(frozen=True)
class Visit:
    """A party of a past day: when it joined (minutes), what it was told, and how long it waited."""

    joined: float
    size: int
    quoted: float
    waited: float
    outcome: str = "served"
    judged: str | None = None


def record_day(
    history: History, code: str, session_id: str, opened_at: int, visits: Sequence[Visit]
) -> None:
    """Record a day of a line, five hours long, or until its last party has ended."""
    settings = {"name": "Lucia", "time_zone": "Europe/Rome"}
    facts: list[tuple[str, int, str | None, dict[str, Any]]] = [
        (QueueOpened.kind, opened_at, None, {"settings": settings})
    ]
    for ticket, visit in enumerate(visits, 1):
        facts += _facts(visit, ticket, opened_at, f"{session_id}-{ticket}")
    closed_at = max(opened_at + 5 * HOUR, *(at for _, at, _, _ in facts))
    facts.append((QueueClosed.kind, closed_at, None, {"reason": "day"}))
    history.record(
        code,
        session_id,
        [EventRow(number, *fact) for number, fact in enumerate(facts, 1)],
    )


def _facts(
    visit: Visit, ticket: int, opened_at: int, id_: str
) -> list[tuple[str, int, str | None, dict[str, Any]]]:
    joined = opened_at + round(visit.joined * MINUTE)
    called = joined + round(visit.waited * MINUTE)
    joining = {"ticket": ticket, "size": visit.size, "name": f"Ana {ticket}"}
    facts: list[tuple[str, int, str | None, dict[str, Any]]] = [
        (PartyJoined.kind, joined, id_, joining | {"quoted_ms": round(visit.quoted * MINUTE)})
    ]
    if visit.judged:
        judged = {"verdict": visit.judged, "low_ms": 5 * MINUTE, "high_ms": 15 * MINUTE}
        facts.append((EstimateJudged.kind, joined, id_, judged))
    if visit.outcome == "left":
        return [*facts, (PartyLeft.kind, called, id_, {})]
    facts.append((PartyCalled.kind, called, id_, {"deadline": called + 10 * MINUTE, "count": 1}))
    ended = PartyServed if visit.outcome == "served" else PartyDropped
    return [*facts, (ended.kind, called + 2 * MINUTE, id_, {})]


def record_weeks(history: History, code: str, last_opened_at: int, weeks: int) -> None:
    """Record so many weeks of a restaurant that is closed on one day of each, and busy on two."""
    for ago in range(7 * weeks):
        if ago % 7 != 4:
            count = 70 if ago % 7 in (0, 1) else 25 + ago % 11
            visits = [_usual(number, count, ago) for number in range(count)]
            record_day(history, code, f"{code}-{ago}", last_opened_at - ago * DAY, visits)


def record_year(history: History, code: str, last_opened_at: int) -> None:
    """Record 300 days with 100 parties each, on six days of each week."""
    for ago in range(350):
        if ago % 7 != 4:
            visits = [_usual(number, 100, ago) for number in range(100)]
            record_day(history, code, f"{code}-{ago}", last_opened_at - ago * DAY, visits)


def _usual(number: int, count: int, ago: int) -> Visit:
    hour = number * 4 / count
    waited = 6 + 25 * (1 - abs(hour - 2) / 2) + (number * 7 + ago) % 13
    size = (2, 4, 2, 3, 2, 6, 2, 5, 4, 8)[(number * 3 + ago) % 10]
    outcome = ("served",) * 9 + ("left", "no_show")
    judged = ("right", None, None, "too_short")[number % 4]
    return Visit(hour * 60, size, 30, waited + 2 * (size > 4), outcome[(number + ago) % 11], judged)
