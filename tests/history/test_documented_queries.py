"""The queries in the documentation run on both databases and give the right numbers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from queueup.history.recorder import Recorder
from queueup.waitlist import Waitlist
from tests.history.evenings import Clock, known_evening
from tests.history.full_evening import FullEvening

Ask = Callable[[str], list[dict[str, Any]]]
ROOT = Path(__file__).parents[2]


def queries(document: str) -> list[str]:
    """Return the queries of a document."""
    return [part.split("```")[0] for part in (ROOT / document).read_text().split("```sql")[1:]]


QUERIES = queries("docs/history.md")[:3]
REPORTS = queries("docs/history.md")[3:]


@pytest.fixture
def answers(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, ask: Ask
) -> list[list[dict[str, Any]]]:
    """What the documented queries say of a known evening."""
    recorder.record_queue(known_evening(waitlist, clock))
    return [ask(query) for query in QUERIES]


@pytest.fixture
def reports(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, ask: Ask
) -> list[list[dict[str, Any]]]:
    """What the further queries say of a full evening."""
    recorder.record_queue(FullEvening(waitlist, clock).code)
    return [ask(query) for query in REPORTS]


def test_all_queries_are_tested() -> None:
    assert (len(QUERIES), len(REPORTS)) == (3, 4)


def test_the_evening_is_summed_up(answers: list[list[dict[str, Any]]]) -> None:
    assert [{key: _number(value) for key, value in row.items()} for row in answers[0]] == [
        {
            "name": "Lucia",
            "day": "2026-03-07",
            "parties": 7,
            "people": 20,
            "served": 2,
            "no_shows": 1,
            "left_by_themselves": 1,
            "average_wait": 35.7,
        }
    ]


def test_quotes_are_compared_with_waits(answers: list[list[dict[str, Any]]]) -> None:
    found = [tuple(_number(value) for value in row.values()) for row in answers[1]]
    # Size, parties, quoted, waited, percent within five minutes: Dora, Anna, Ben.
    assert found == [(1, 1, 10, 40, 0), (2, 1, 5, 10, 100), (4, 1, 5, 20, 0)]


def test_busy_hours_are_counted(answers: list[list[dict[str, Any]]]) -> None:
    found = [tuple(_number(value) for value in row.values()) for row in answers[2]]
    assert found == [("18", 7, 20, 2, 35.7)]


def _rows(answer: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(_number(value) for value in row.values()) for row in answer]


def test_waits_stand_beside_promises_by_size(reports: list[list[dict[str, Any]]]) -> None:
    # Band, parties, quoted at first, quoted last, waited, percent called in time.
    # Anna and Dora; Ben and Fay.
    assert _rows(reports[0]) == [("1-2", 2, 7.5, 7.5, 22, 0), ("3-4", 2, 12.5, 12.5, 30, 0)]


def test_judged_estimates_are_counted(reports: list[list[dict[str, Any]]]) -> None:
    [(judged, guests, percent, low, high, waited)] = _rows(reports[1])
    assert (judged, guests, percent, waited) == ("too_long", 1, 100, 34)
    assert 0 <= low < high


def test_no_shows_are_counted_beside_answers(reports: list[list[dict[str, Any]]]) -> None:
    # Who, called, no-shows, percent, had more time, brought back: Anna; Ben, Dora and Fay.
    assert _rows(reports[2]) == [("answered", 1, 0, 0, 1, 0), ("silent", 3, 1, 33, 0, 1)]


def test_walk_ins_stand_beside_guests(reports: list[list[dict[str, Any]]]) -> None:
    # Hugo, who was taken back, is nobody.
    assert _rows(reports[3]) == [("guest", 6, 18, 2, 1, 2, 31.5), ("host", 1, 3, 0, 0, 0, 160)]


def _number(value: Any) -> Any:
    return value if isinstance(value, str) else float(value)
