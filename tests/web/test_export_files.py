"""Files of exports are safe in spreadsheets, and complete or broken off."""

import csv
import io
import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask import Flask

from queueup.history import HistoryUnavailable
from queueup.history.exports import Kind
from queueup.web.export_files import BYTE_ORDER_MARK, Turns, download, safe_cell


class Made:
    """An export of these batches of rows."""

    kind = Kind.DAYS
    total = 2

    def __init__(self, *batches: list[dict[str, Any]]) -> None:
        self._made = batches

    def batches(self) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows, and fail after the last of them if there is nothing in it."""
        for batch in self._made:
            if not batch:
                raise HistoryUnavailable
            yield batch


@pytest.mark.parametrize(
    "typed",
    [
        "=1+1",
        "+49 30",
        "-2",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20A",
    ],
)
def test_a_text_that_a_spreadsheet_would_run_is_defused(typed: str) -> None:
    assert safe_cell(typed) == f"'{typed}"


@pytest.mark.parametrize("value", ["Ana", "1-2", "", None, -5, 2.5, True])
def test_what_is_no_formula_stays_as_it_is(value: object) -> None:
    assert safe_cell(value) == value


def test_other_values_become_text() -> None:
    assert safe_cell(datetime(2026, 3, 7, 19, 5, 1, 999, UTC)) == "2026-03-07 19:05:01"
    assert safe_cell({"name": "=1"}) == '{"name": "=1"}'


@pytest.mark.parametrize("count", [0, 1, 3])
def test_both_formats_hold_the_same_rows(app: Flask, count: int) -> None:
    rows = [{"day": date(2026, 3, 7), "name": f'O"Neill, {number}\n'} for number in range(count)]
    made = Made(*([row] for row in rows))
    with app.test_request_context():
        texts = [
            download(made, file_format, "x").get_data(as_text=True)  # type: ignore[arg-type]
            for file_format in ("csv", "json")
        ]
    # Excel takes the text for something older without it.
    assert texts[0].startswith(BYTE_ORDER_MARK)
    lines = list(csv.reader(io.StringIO(texts[0].removeprefix(BYTE_ORDER_MARK), newline="")))
    assert lines[1:] == [["2026-03-07", row["name"]] for row in rows]
    assert [row["name"] for row in json.loads(texts[1])] == [row["name"] for row in rows]


def test_exports_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    now, slept = [100.0], []
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", slept.append)
    turns = Turns()
    for _ in range(3):
        turns.wait(2)
    now[0] += 10
    turns.wait(2)
    assert slept == [0, 2, 4, 0]


def test_a_download_waits_for_its_turn_before_each_batch(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr(Turns, "wait", lambda _, needed_s: waited.append(needed_s))
    made = Made([{"day": date(2026, 3, 7)}], [{"day": date(2026, 3, 8)}])
    with app.test_request_context():
        download(made, "json", "x").get_data()  # type: ignore[arg-type]
    # Once more for each part, and for the end; after each it rests longer than it took.
    assert len(waited) == 4
    assert waited[0] == 0 and all(waited[1:])


def test_a_download_breaks_off_when_the_history_goes_away(app: Flask) -> None:
    made = Made([{"day": date(2026, 3, 7)}], [])
    with app.test_request_context(), pytest.raises(HistoryUnavailable):
        download(made, "json", "x").get_data()  # type: ignore[arg-type]
