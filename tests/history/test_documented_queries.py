"""The queries in the documentation run on both databases and give the right numbers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from queueup.recorder import Recorder
from queueup.waitlist import Waitlist
from tests.history.evenings import Clock, known_evening

Ask = Callable[[str], list[dict[str, Any]]]
DOCUMENT = Path(__file__).parents[2] / "README.md"
QUERIES = [part.split("```")[0] for part in DOCUMENT.read_text().split("```sql")[1:]]


@pytest.fixture
def answers(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, ask: Ask
) -> list[list[dict[str, Any]]]:
    """What the documented queries say of a known evening."""
    recorder.record_queue(known_evening(waitlist, clock))
    return [ask(query) for query in QUERIES]


def test_three_queries_are_documented() -> None:
    assert len(QUERIES) == 3


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


def _number(value: Any) -> Any:
    return value if isinstance(value, str) else float(value)
