"""Exports as files: CSV that spreadsheets open safely, or JSON, streamed a few rows at a time."""

import csv
import io
import json
import time
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from flask import Response

from queueup.history.exports import Export, Row, columns
from queueup.web.errors import TOTAL

FORMATS = {"csv": "text/csv", "json": "application/json"}
# Spreadsheets would run a cell that begins with one of these as a formula; the last four are wide.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
DEFUSED = "'"
# Without it, Excel takes UTF-8 for something older.
BYTE_ORDER_MARK = "\ufeff"
# After each batch, so many times as long as it took: polls have the process most of the time.
REST = 4
LONGEST_REST_S = 0.2


def download(export: Export, file_format: str, name: str) -> Response:
    """Return an export as a file that is made while it is sent."""
    made = _csv(export) if file_format == "csv" else _json(export)
    response = Response(_paced(made), mimetype=FORMATS[file_format])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{file_format}"'
    response.headers["Cache-Control"] = "private, no-store"
    response.headers[TOTAL] = str(export.total)
    return response


def safe_cell(value: object) -> object:
    """Return a value as a cell that no spreadsheet takes for a formula."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(FORMULAS):
        return DEFUSED + value
    return value


def _csv(export: Export) -> Iterator[str]:
    yield BYTE_ORDER_MARK + _lines([columns(export.kind)])
    for batch in export.batches():
        yield _lines([[safe_cell(value) for value in row.values()] for row in batch])


class Turns:
    """Time for the batches of all exports of this process, in the order in which they ask for it.

    Together they are no more work than one; a lock would be taken again at once by whom had it.
    """

    def __init__(self) -> None:
        self._free_at = 0.0

    def wait(self, needed_s: float) -> None:
        """Wait for one's turn, and keep the next so many seconds from others."""
        now = time.monotonic()
        start = max(now, self._free_at)
        self._free_at = start + needed_s
        time.sleep(start - now)


_turns = Turns()


def _paced(parts: Iterator[str]) -> Iterator[str]:
    took = 0.0
    while True:
        _turns.wait(took + min(LONGEST_REST_S, REST * took))
        started = time.monotonic()
        part = next(parts, None)
        took = time.monotonic() - started
        if part is None:
            return
        yield part


def _lines(rows: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _json(export: Export) -> Iterator[str]:
    before = "[\n"
    for batch in export.batches():
        yield before + ",\n".join(_object(row) for row in batch)
        before = ",\n"
    yield "\n]\n" if before == ",\n" else "[]\n"


def _object(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":"), default=_text)


def _text(value: date) -> str:
    return value.isoformat()
