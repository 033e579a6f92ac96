"""The report of an evening played minute by minute, and its numbers taken along as a file."""

import csv
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from queueup.clock import now_ms
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.commands.guest import Join
from queueup.domain.model import MINUTE, SECOND, OnExpiry, QueueSettings
from queueup.history.days import day_of
from queueup.ids import new_party_id
from queueup.services import services
from scripts.past_days import DAY, Visit, record_day
from tests.browser.house import House
from tests.history.evenings import Clock
from tests.support import hosting
from tests.support.waitlists import make_waitlist

ROME = ZoneInfo("Europe/Rome")
# What the report must say of the evening below, and of the one a week before.
FIGURES = {
    "Parties": ("7", "1"),
    "People": ("25", "2"),
    "Seated": ("3", "1"),
    "No-shows": ("1", "0"),
    "Walked away": ("1", "0"),
    "Removed": ("1", "0"),
    "Still in line": ("1", "0"),
    "Typical wait (median)": ("8 min", "5 min"),
    "9 in 10 waited at most": ("30 min", "5 min"),
    "Called by the time quoted": ("50%", "100%"),
    "Called within 5 min of the quote": ("50%", "0%"),
    "Typical gap to the quote (median)": ("2 min", "15 min"),
    "Calls per called party": ("1.5", "1.0"),
    "Call to table (median)": ("2 min", "2 min"),
    "Reached by notification": ("50%", "–"),
    "Reached on their open page": ("25%", "–"),
    "Not reached on a phone": ("25%", "–"),
    "Answered a call on their phone": ("25%", "0%"),
    "Estimate judged right": ("33%", "–"),
    "Estimate judged too short": ("33%", "–"),
    "Estimate judged too long": ("33%", "–"),
}
# Parties, people, median, 9 in 10, and the share that was called late.
HOURS = {"18": ["5", "17", "22 min", "30 min", "67%"], "19": ["2", "8", "5 min", "5 min", "0%"]}
SIZES = {
    "1-2": ["2", "3", "8 min", "8 min", "0%"],
    "3-4": ["3", "10", "22 min", "22 min", "100%"],
    "5-6": ["1", "5", "30 min", "30 min", "100%"],
    "7+": ["1", "7", "5 min", "5 min", "0%"],
}
CLOSED = {
    "Typical wait (median)": "8 min",
    "9 in 10 waited at most": "30 min",
    "Called by the time quoted": "50%",
}


@pytest.fixture
def day() -> date:
    """The business day before this one."""
    return day_of(now_ms(), ROME) - timedelta(days=1)


@pytest.fixture
def evening(house: House, day: date) -> str:
    """A line whose evening is over, and in the history.

    18:30  Ana (2) joins, quoted 10 minutes; called at 18:38, which her phone shows; seated 18:40
    18:35  Bo (4), quoted 20; called at 18:57 and 19:00, says at once that he is near; seated 19:03
    18:40  Cy (5), quoted 15; called at 19:10 and 19:15; a no-show at 19:20
    18:42  Di (3) leaves at 19:05; 18:50 Ed (3) is removed at 19:08
    19:35  Fay (7), quoted 45; called at 19:40, which her phone shows; seated at 19:41
    19:40  Gus (1) is still in line when the day ends at 20:10
    """
    opened_at = int(datetime.combine(day, time(18, 30), ROME).timestamp()) * SECOND
    clock = Clock(opened_at)
    waitlist = make_waitlist(services().redis, clock)
    settings = QueueSettings(
        "Osteria", 60, 10 * MINUTE, OnExpiry.FLAG, time_zone="Europe/Rome", keeps_code=True
    )
    code, ids = waitlist.create(settings).code, dict[str, str]()

    def join(name: str, size: int, quoted: int) -> None:
        ids[name] = new_party_id()
        wish = Join(ids[name], name, size, origin="host", quoted_ms=quoted * MINUTE)
        waitlist.add(code, wish)

    def call(name: str) -> None:
        hosting.call(waitlist, code, ids[name])

    def ring(name: str) -> None:
        call(name)
        services().subscriptions.note_accepted(code, [(ids[name], "phone", "called:1")], clock())

    def seat(name: str) -> None:
        hosting.serve(waitlist, code, ids[name])

    def judge(name: str, verdict: str) -> None:
        waitlist.act(code, lambda queue, now: guest_commands.judge(queue, ids[name], now, verdict))

    def answer(name: str) -> None:
        call(name)
        waitlist.declare_nearby(code, ids[name])

    acts: list[tuple[int, Callable[[], Any]]] = [
        (0, lambda: join("Ana", 2, 10)),
        (1, lambda: judge("Ana", "right")),
        (5, lambda: join("Bo", 4, 20)),
        (8, lambda: ring("Ana")),
        (10, lambda: (seat("Ana"), join("Cy", 5, 15))),
        (12, lambda: (join("Di", 3, 15), judge("Di", "too_short"))),
        (20, lambda: join("Ed", 3, 30)),
        (27, lambda: call("Bo")),
        (30, lambda: answer("Bo")),
        (33, lambda: seat("Bo")),
        (35, lambda: waitlist.leave(code, ids["Di"])),
        (38, lambda: waitlist.kick(code, ids["Ed"])),
        (40, lambda: call("Cy")),
        (45, lambda: call("Cy")),
        (50, lambda: hosting.no_show(waitlist, code, ids["Cy"])),
        (65, lambda: (join("Fay", 7, 45), judge("Fay", "too_long"))),
        (70, lambda: (ring("Fay"), join("Gus", 1, 30))),
        (71, lambda: seat("Fay")),
        (100, lambda: waitlist.act(code, session_commands.end_day)),
    ]
    for minute, act in acts:
        clock.now = opened_at + minute * MINUTE
        act()
    house.record(code)
    before = [Visit(0, 2, 20, 5)]
    record_day(services().history, code, f"{code}-before", opened_at - 7 * DAY, before)
    return code


def rows(page: Page, name: str) -> dict[str, list[str]]:
    """Return the cells of a table of the report by the name of their row."""
    found = page.get_by_role("region", name=name).get_by_role("row").all()
    return {
        row.get_by_role("rowheader").inner_text(): [
            " ".join(cell.inner_text().split()) for cell in row.get_by_role("cell").all()
        ]
        for row in found
        if row.get_by_role("rowheader").count()
    }


def parts(page: Page, name: str) -> dict[str, list[str]]:
    """Return the cells of a table that has a picture before its numbers."""
    return {key: cells[1:] for key, cells in rows(page, name).items()}


def test_the_report_of_an_evening_says_what_was_done(house: House, evening: str, day: date) -> None:
    page = house.console(code=evening)
    expect(page.locator(".over-parties")).to_contain_text("7 parties, 25 people today: 3 seated")
    numbers = page.locator(".over-numbers")
    assert numbers.get_by_role("term").all_inner_texts() == list(CLOSED)
    assert numbers.get_by_role("definition").all_inner_texts() == list(CLOSED.values())
    page.get_by_role("link", name="See the report").click()
    expect(page.get_by_label("Day", exact=True)).to_have_value(str(day))
    expect(page.locator(".lead")).to_have_text(
        f"{day:%A} {day.day} {day:%B}: 7 parties, 25 people."
    )
    assert rows(page, "In numbers") == {label: list(both) for label, both in FIGURES.items()}
    assert parts(page, "By hour of joining") == HOURS
    assert parts(page, "By party size") == SIZES
    page.get_by_label("Report of").select_option("A week")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".lead")).to_contain_text(": 7 parties, 25 people.")
    assert rows(page, "Busiest hours") == {f"{day:%a}": ["5", "2"]}
    chart = page.get_by_role("img", name="Parties by day")
    assert chart.locator("title").all_text_contents() == [f"{day:%A} {day.day} {day:%B}: 7"]
    page.get_by_text("Numbers by day").click()
    assert rows(page, "By day") == {f"{day:%A} {day.day} {day:%B}": ["7", "25", "3", "1", "1"]}
    assert house.refused == []


def test_an_export_is_saved_with_every_row(
    house: House, evening: str, day: date, tmp_path: Path
) -> None:
    page = house.console(code=evening)
    page.add_init_script(
        "URL.revokeObjectURL = (address) => (window.revoked = address)",
    )
    page.goto(f"/host/{evening}/reports")
    page.route("**/export?*", lambda route: route.abort(), times=1)
    page.get_by_role("button", name="Download").click()
    expect(page.get_by_role("status")).to_have_text("The download broke off. Please try again.")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download").click()
    downloading.value.save_as(tmp_path / "parties.csv")
    expect(page.get_by_role("status")).to_have_text("Done: 7 rows.")
    expect(page.get_by_role("progressbar")).to_have_js_property("value", 100)
    # A browser that is slow, or asks where to save, has not read the file yet.
    assert page.evaluate("() => window.revoked") is None
    assert downloading.value.suggested_filename.startswith(f"queueup-{evening}-parties-{day}-to-")
    with open(tmp_path / "parties.csv", encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert [(row["day"], row["name"], row["outcome"], row["reached"]) for row in found] == [
        (str(day), "Ana", "served", "push"),
        (str(day), "Bo", "served", "page"),
        (str(day), "Cy", "no_show", "none"),
        (str(day), "Di", "left", ""),
        (str(day), "Ed", "kicked", ""),
        (str(day), "Fay", "served", "push"),
        (str(day), "Gus", "closed", ""),
    ]
    page.get_by_label("From").evaluate("(field) => (field.type = 'text')")
    page.get_by_label("From").fill("soon")
    page.get_by_role("button", name="Download").click()
    expect(page.get_by_text("Enter a date such as")).to_be_visible()
    expect(page.get_by_label("From")).to_have_value("soon")
    assert house.refused == []
