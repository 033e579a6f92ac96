"""The host's report: its numbers, its days, who may read it, and what it says when it cannot."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from queueup.clock import now_ms
from queueup.domain.model import HOUR
from queueup.history.days import bounds, day_of
from queueup.services import Services
from queueup.waitlist import Waitlist
from tests.history.evenings import Clock
from tests.support import hosting
from tests.web.pages.filling_in import open_line, said

ROME = {"openTime": "", "closeTime": "", "timeZone": "Europe/Rome"}


def yesterday() -> date:
    """Return the business day before this one, in Rome."""
    return day_of(now_ms(), ZoneInfo("Europe/Rome")) - timedelta(1)


@pytest.fixture
def clock(parts: Services, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time, which starts at five in the afternoon before, and is turned by hand."""
    start, _ = bounds(yesterday(), yesterday(), ZoneInfo("Europe/Rome"))
    clock = Clock(start + 12 * HOUR)
    monkeypatch.setattr(parts.waitlist, "_clock", clock)
    return clock


@pytest.fixture
def evening(parts: Services, host: FlaskClient, clock: Clock, waitlist: Waitlist) -> str:
    """A line with a short evening, recorded: 3 parties, one of them late, one gone."""
    code = open_line(host, **ROME)
    ids = [waitlist.join(code, name, size, None)[1].id for name, size in [("Ana", 2), ("Bo", 5)]]
    clock.forward(4)
    hosting.call(waitlist, code, ids[0])
    hosting.serve(waitlist, code, ids[0])
    clock.forward(60)
    hosting.call(waitlist, code, ids[1])
    hosting.serve(waitlist, code, ids[1])
    waitlist.leave(code, waitlist.join(code, "Cy", 3, None)[1].id)
    parts.recorder.upgrade()
    parts.recorder.record_queue(code)
    return code


def figures(page: str) -> dict[str, str]:
    """Return the figures of a report by their labels."""
    return dict(re.findall(r'<th scope="row">([^<]+)</th><td><b>([^<]+)</b>', page))


def test_the_report_says_what_was_done(host: FlaskClient, evening: str) -> None:
    answer = host.get(f"/host/{evening}/reports")
    assert answer.status_code == 200
    page = said(answer)
    assert "3 parties, 10 people" in page
    found = figures(page)
    assert found["Parties"] == "3"
    assert found["People"] == "10"
    assert found["Seated"] == "2"
    assert found["Walked away"] == "1"
    assert found["No-shows"] == "0"
    assert found["Typical wait (median)"] == "4 min"
    assert found["9 in 10 waited at most"] == "64 min"
    assert found["Called by the time quoted"] == "50%"
    assert found["Not reached on a phone"] == "100%"
    assert "no earlier days to compare with" in page
    for period in ("week", "four-weeks"):
        page = said(host.get(f"/host/{evening}/reports", query_string={"period": period}))
        assert figures(page)["Parties"] == "3"
        assert "Busiest hours" in page
        assert "Numbers by day" in page
    assert "style=" not in page


def test_the_closed_console_shows_the_numbers_of_the_report(
    host: FlaskClient, evening: str, clock: Clock
) -> None:
    host.post(f"/host/{evening}/do/end-day")
    closed = said(host.get(f"/host/{evening}"))
    assert "3 parties, 10 people" in closed
    numbers = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", closed))
    found = figures(said(host.get(f"/host/{evening}/reports")))
    assert numbers == {label: found[label] for label in numbers}
    assert numbers == {
        "Typical wait (median)": "4 min",
        "9 in 10 waited at most": "64 min",
        "Called by the time quoted": "50%",
    }
    assert f'href="/host/{evening}/reports">See the report' in closed


def test_a_line_that_was_left_open_shows_the_day_on_which_somebody_joined_last(
    host: FlaskClient, parts: Services, evening: str, clock: Clock, waitlist: Waitlist
) -> None:
    # After midnight it is still the evening before, until five in the morning.
    clock.forward(8 * 60)
    waitlist.join(evening, "Di", 4, None)
    parts.recorder.record_queue(evening)
    assert "4 parties, 14 people" in said(host.get(f"/host/{evening}/reports"))
    clock.now = now_ms()
    waitlist.join(evening, "Ed", 2, None)
    parts.recorder.record_queue(evening)
    page = said(host.get(f"/host/{evening}/reports"))
    assert "1 party, 2 people" in page
    assert "Earlier" in page
    page = said(host.get(f"/host/{evening}/reports", query_string={"day": str(yesterday())}))
    assert "4 parties, 14 people" in page


def test_the_console_links_to_it_open_and_closed(host: FlaskClient, code: str) -> None:
    link = f'href="/host/{code}/reports"'
    assert link in host.get(f"/host/{code}").text
    host.post(f"/host/{code}/do/end-day")
    closed = host.get(f"/host/{code}").text
    assert "Closed for today" in closed
    assert link in closed
    host.post(f"/host/{code}/do/close", data={"name": "Lucia"})
    assert link in host.get(f"/host/{code}").text
    for name in ("settings", "devices"):
        assert link in host.get(f"/host/{code}/{name}").text


def test_a_day_without_parties_says_so(host: FlaskClient, evening: str) -> None:
    page = said(host.get(f"/host/{evening}/reports", query_string={"day": "2026-01-01"}))
    assert "Thursday 1 January: no parties." in page
    assert "Later" in page


def test_nothing_that_was_typed_is_lost_to_another_mistake(host: FlaskClient, code: str) -> None:
    typed = {"period": "year", "day": "yesterday", "from": "soon"}
    page = host.get(f"/host/{code}/reports", query_string=typed).text
    for kept in ("yesterday", "soon"):
        assert f'type="text" value="{kept}"' in page


def test_a_line_whose_history_is_away_says_so_and_goes_on(
    host: FlaskClient, parts: Services, code: str
) -> None:
    # No worker has made the tables yet.
    answer = host.get(f"/host/{code}/reports")
    assert answer.status_code == 503
    assert "The history can't be reached right now" in said(answer)
    assert 'name="day"' in answer.text
    assert host.get(f"/host/{code}").status_code == 200


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("day", "31.02.2026", "Enter a date such as"),
        ("day", "2026-02-30", "Enter a date such as"),
        ("day", "0001-01-01", "Enter a date such as"),
        ("day", '"><b>', "Enter a date such as"),
        ("day", "9999-12-31", "or an earlier day."),
        ("period", "year", "Choose a day, a week or four weeks."),
    ],
)
def test_a_bad_day_gets_a_sentence_and_stays_in_the_field(
    host: FlaskClient, evening: str, name: str, typed: str, sentence: str
) -> None:
    answer = host.get(f"/host/{evening}/reports", query_string={"day": "2026-01-01", name: typed})
    assert answer.status_code == 422
    page = said(answer)
    assert sentence in page
    assert f'value="{typed if name == "day" else "2026-01-01"}"' in page
    assert '"><b>' not in answer.text


def test_only_devices_of_the_line_read_it(
    host: FlaskClient, phone: Callable[[], FlaskClient], code: str
) -> None:
    assert phone().get(f"/host/{code}/reports").status_code == 403
    other = phone()
    open_line(other)
    assert other.get(f"/host/{code}/reports").status_code == 403
    host.post(f"/host/{code}/devices", data={"do": "set-pin", "pin": "1234"})
    host.post(f"/host/{code}/do/lock")
    locked = host.get(f"/host/{code}/reports")
    assert locked.status_code == 403
    assert "In numbers" not in locked.text


def test_an_export_is_a_file_with_every_row(host: FlaskClient, evening: str) -> None:
    first, today = yesterday() - timedelta(9), date.today()
    for table, rows in (("parties", 3), ("days", 1)):
        query = {"from": str(first), "table": table, "to": str(today)}
        answer = host.get(f"/host/{evening}/export", query_string=query | {"format": "csv"})
        assert (answer.status_code, answer.mimetype) == (200, "text/csv")
        name = f"queueup-{evening}-{table}-{first}-to-{today}.csv"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert answer.headers["X-QueueUp-Total"] == str(rows)
        assert answer.headers["Cache-Control"] == "private, no-store"
        lines = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        assert len(lines) == rows
        found = host.get(f"/host/{evening}/export", query_string=query | {"format": "json"})
        assert len(json.loads(found.text)) == rows
    found = host.get(f"/host/{evening}/export?format=json&from={yesterday()}")
    assert [row["name"] for row in found.json] == ["Ana", "Bo", "Cy"]
    # Without a range, it is today's.
    assert host.get(f"/host/{evening}/export?format=json").json == []


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        ("2026-02-30", "2026-03-01", "Enter a date such as"),
        ("2026-03-02", "2026-03-01", "The first day is after the last one. Swap them."),
        ("2024-01-01", "2025-01-01", "Choose 366 days at most."),
        ("2026-01-01", "9999-12-31", "or an earlier day."),
    ],
)
def test_a_bad_range_gets_a_sentence_and_stays_in_the_fields(
    host: FlaskClient, evening: str, first: str, last: str, sentence: str
) -> None:
    query = {"from": first, "to": last, "table": "events", "format": "json"}
    answer = host.get(f"/host/{evening}/export", query_string=query)
    assert answer.status_code == 422
    page = said(answer)
    assert sentence in page
    for kept in (first, last):
        assert f'value="{kept}"' in page
    for chosen in ("events", "json"):
        assert f'value="{chosen}" selected' in page


def test_the_longest_range_has_a_leap_year(host: FlaskClient, evening: str) -> None:
    query = {"from": "2024-01-01", "to": "2024-12-31"}
    assert host.get(f"/host/{evening}/export", query_string=query).status_code == 200


def test_nobody_else_exports_and_without_the_history_nobody(
    host: FlaskClient, phone: Callable[[], FlaskClient], code: str
) -> None:
    assert phone().get(f"/host/{code}/export").status_code == 403
    away = host.get(f"/host/{code}/export")
    assert away.status_code == 503
    assert "The line goes on as usual" in said(away)
