"""What a report says in words: the sentence on top, and its figures beside those before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from queueup.history.days import Period
from queueup.history.report import Part, Report, Sum
from queueup.history.report_queries import Spread
from queueup.web.templating.filters import counted

# Shares that have a name, and how near to one a share must be to be called so.
SHARES = ((1 / 4, "a quarter"), (1 / 3, "a third"), (1 / 2, "half"), (2 / 3, "two thirds"))
NEAR = 0.04
# Of fewer quoted parties, nothing is said; nor is it if fewer were late.
FEW = 5
MANY_LATE = 0.2
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HEAT_LEVELS = 4

K = TypeVar("K", int, str)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a report, and the same number of the days before."""

    label: str
    now: str
    before: str


def day_in_words(day: date) -> str:
    """Return a day as "Saturday 7 March"."""
    return f"{day:%A} {day.day} {day:%B}"


def period_in_words(report: Report) -> str:
    """Return the days that a report is about."""
    if report.period is Period.DAY:
        return day_in_words(report.last)
    return f"{day_in_words(report.first)} to {day_in_words(report.last)}"


def compared_with(report: Report) -> str:
    """Return what the days before are."""
    if report.period is not Period.DAY:
        return "Week before" if report.period is Period.WEEK else "Four weeks before"
    return f"Usual {report.last:%A}"


def headline(report: Report) -> str:
    """Return what a manager would say of these days, in one sentence."""
    days, counts = period_in_words(report), report.total.counts
    if not counts.parties:
        return f"{days}: no parties."
    parties = counted(counts.parties, "party", "parties")
    people = counted(counts.people, "person", "people")
    return f"{days}: {parties}, {people}{_punctuality(report)}."


def _punctuality(report: Report) -> str:
    counts = report.total.counts
    if counts.quoted < FEW:
        return ""
    worst = _latest(report.by_hour)
    if worst is None:
        return f"; {_share(counts.kept, counts.quoted)} were called by the time quoted"
    hour, part = worst
    late = _share(part.counts.late, part.counts.quoted)
    said = f"; {late} waited longer than quoted between {hour}:00 and {(hour + 1) % 24}:00"
    slowest = _latest(report.by_band)
    return said + (f", {_of_size(slowest[0])} most" if slowest and len(report.by_band) > 1 else "")


def _latest(parts: Mapping[K, Part]) -> tuple[K, Part] | None:
    """Return the part in which the largest share waited longer than quoted, if that is many."""
    late = [
        (part.counts.late / part.counts.quoted, part.counts.late, key)
        for key, part in parts.items()
        if part.counts.quoted >= FEW
    ]
    if not late or max(late)[0] < MANY_LATE:
        return None
    key = max(late)[2]
    return key, parts[key]


def _share(number: int, of: int) -> str:
    share = number / of
    if number in (0, of):
        return "all" if number else "none"
    for named, words in SHARES:
        if abs(share - named) <= NEAR:
            return words
    return f"{min(9, max(1, round(share * 10)))} in 10"


def _of_size(band: str) -> str:
    low, _, high = band.partition("-")
    return f"parties of {low} or {high}" if high else f"parties of {low[:-1]} or more"


def figures(report: Report) -> list[Figure]:
    """Return the numbers of a report; counts of a day stand beside the average of those before."""
    days = max(1, report.before.days) if report.period is Period.DAY else 1
    now, before = _values(report.total, 1), _values(report.before, days)
    return [Figure(label, value, before[label]) for label, value in now.items()]


def _values(total: Sum, days: int) -> dict[str, str]:
    counts = total.counts
    reached = counts.reached_push + counts.reached_page + counts.reached_none
    judged = counts.judged_right + counts.judged_too_short + counts.judged_too_long
    amounts = {
        "Parties": counts.parties,
        "People": counts.people,
        "Seated": counts.served,
        "No-shows": counts.no_shows,
        "Walked away": counts.left,
        "Removed": counts.removed,
        "Still in line": counts.closed + counts.in_line,
    }
    return {name: f"{round(amount / days)}" for name, amount in amounts.items()} | {
        "Typical wait (median)": _minutes(total.wait, "median"),
        "9 in 10 waited at most": _minutes(total.wait, "ninetieth"),
        "Called by the time quoted": percent(counts.kept, counts.quoted),
        "Called within 5 min of the quote": percent(counts.close, counts.quoted),
        "Typical gap to the quote (median)": _minutes(total.error, "median"),
        "Calls per called party": f"{counts.calls / counts.called:.1f}" if counts.called else "–",
        "Call to table (median)": _minutes(total.seating, "median"),
        "Reached by notification": percent(counts.reached_push, reached),
        "Reached on their open page": percent(counts.reached_page, reached),
        "Not reached on a phone": percent(counts.reached_none, reached),
        "Answered a call on their phone": percent(counts.answered, counts.called),
        "Estimate judged right": percent(counts.judged_right, judged),
        "Estimate judged too short": percent(counts.judged_too_short, judged),
        "Estimate judged too long": percent(counts.judged_too_long, judged),
    }


def _minutes(spread: Spread | None, name: str) -> str:
    return "–" if spread is None else f"{round(getattr(spread, name))} min"


def percent(number: int, of: int) -> str:
    """Return a share as a percentage; a dash of nothing."""
    return f"{round(100 * number / of)}%" if of else "–"


def heat(report: Report) -> dict[str, list[tuple[Part | None, int]]]:
    """Return for each weekday, by name, each hour's parties and how busy it was (0 to 4)."""
    most = max((part.counts.parties for part in report.by_weekday.values()), default=0)
    weekdays = sorted({weekday for weekday, _ in report.by_weekday})
    return {
        WEEKDAYS[weekday]: [
            (part, -(-part.counts.parties * HEAT_LEVELS // most) if part else 0)
            for hour in report.by_hour
            for part in [report.by_weekday.get((weekday, hour))]
        ]
        for weekday in weekdays
    }
