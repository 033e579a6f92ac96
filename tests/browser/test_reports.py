"""The report of an evening played in the browser, and its numbers taken along as a file."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.house import House
from tests.support import hosting

COUNTED = {
    "Parties": "5",
    "People": "17",
    "Seated": "2",
    "No-shows": "1",
    "Walked away": "1",
    "Removed": "1",
    "Still in line": "0",
    "Calls per called party": "1.3",
    "Called by the time quoted": "100%",
    "Answered a call on their phone": "33%",
}


@pytest.fixture
def evening(house: House) -> str:
    """A line whose evening is over, and in the history."""
    waitlist, code = house.waitlist, house.line(max_guests=60)
    sizes = {"Ana": 2, "Bo": 4, "Cy": 5, "Di": 3, "Ed": 3}
    ids = {name: waitlist.join(code, name, size, None)[1].id for name, size in sizes.items()}
    for name in ("Ana", "Bo", "Cy"):
        hosting.call(waitlist, code, ids[name])
    hosting.call(waitlist, code, ids["Bo"])
    waitlist.declare_nearby(code, ids["Ana"])
    hosting.serve(waitlist, code, ids["Ana"])
    hosting.serve(waitlist, code, ids["Bo"])
    hosting.no_show(waitlist, code, ids["Cy"])
    waitlist.leave(code, ids["Di"])
    waitlist.kick(code, ids["Ed"])
    house.record(code)
    return code


def figures(page: Page) -> dict[str, str]:
    """Return the figures of the report on the page."""
    rows = page.get_by_role("region", name="In numbers").get_by_role("row").all()
    return {
        row.get_by_role("rowheader").inner_text(): row.get_by_role("cell").first.inner_text()
        for row in rows
    }


def test_the_report_of_an_evening_says_what_was_done(
    house: House, evening: str, tmp_path: Path
) -> None:
    page = house.console(code=evening)
    page.goto(f"/host/{evening}/reports")
    expect(page.locator(".lead")).to_contain_text("5 parties, 17 people")
    found = figures(page)
    assert {label: found[label] for label in COUNTED} == COUNTED
    sizes = page.get_by_role("region", name="By party size").get_by_role("row")
    parties = [row.get_by_role("cell").nth(1).inner_text() for row in sizes.all()[1:]]
    assert parties == ["1", "3", "1"]
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download").click()
    downloading.value.save_as(tmp_path / "parties.csv")
    expect(page.get_by_role("status")).to_have_text("Done: 5 rows.")
    assert downloading.value.suggested_filename.startswith(f"queueup-{evening}-parties-")
    with open(tmp_path / "parties.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["name"], row["outcome"]) for row in rows] == [
        ("Ana", "served"),
        ("Bo", "served"),
        ("Cy", "no_show"),
        ("Di", "left"),
        ("Ed", "kicked"),
    ]
    page.get_by_label("From").evaluate("(field) => (field.type = 'text')")
    page.get_by_label("From").fill("soon")
    page.get_by_role("button", name="Download").click()
    expect(page.get_by_text("Enter a date such as")).to_be_visible()
    expect(page.get_by_label("From")).to_have_value("soon")
    assert house.refused == []
