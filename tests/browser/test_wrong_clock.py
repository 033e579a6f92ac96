"""A phone whose clock is wrong shows the restaurant's times."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from queueup.domain.model import Party, Queue
from queueup.waitlist import Waitlist
from queueup.web.auth import hosts
from tests.browser.conftest import SETTINGS
from tests.browser.people import TABLET
from tests.browser.waiting import until
from tests.browser.web_process import WebProcess
from tests.support import hosting

HOUR = timedelta(hours=1)


def minutes(start: datetime, end: datetime) -> set[str]:
    """Return the minutes from start to end as pages write them."""
    seconds = range(int(start.timestamp()), int(end.timestamp()) + 1)
    return {f"{datetime.fromtimestamp(second, UTC):%H:%M}" for second in seconds}


@pytest.mark.parametrize("wrong", [HOUR, -HOUR])
def test_all_times_on_a_page_are_of_one_clock(
    browser: Browser,
    web: WebProcess,
    waitlist: Waitlist,
    queue: Queue,
    party: Party,
    place: str,
    wrong: timedelta,
) -> None:
    hosting.call(waitlist, queue.code, party.id)
    context = browser.new_context(base_url=web.url, locale="en-GB", timezone_id="UTC")
    context.clock.set_system_time(datetime.now(UTC) + wrong)
    page = context.new_page()
    opened = datetime.now(UTC)
    page.goto(place)
    expect(page.locator(".ready-clock time")).to_have_text(re.compile(r"9:|10:00"))
    expect(page.locator("[data-updated]")).to_contain_text("updated")
    context.set_offline(True)
    page.evaluate("() => void document.dispatchEvent(new Event('queueup:look'))")
    stale = page.locator("[data-stale]")
    expect(stale).to_contain_text("trying again")
    assert stale.inner_text().split()[2] in minutes(opened, datetime.now(UTC))
    context.close()


CLOCKS = """() => [...document.querySelectorAll(
  "[data-wall], [data-count=clock], [data-updated]"
)].map((element) => element.textContent.match(/\\d\\d:\\d\\d/)?.[0]).filter(Boolean)"""


@pytest.mark.parametrize("kind", ["console", "board", "place"])
def test_all_times_on_a_page_are_where_the_line_is(
    browser: Browser,
    web: WebProcess,
    waitlist: Waitlist,
    app: Flask,
    kind: str,
) -> None:
    # A line in Nepal, 5:45 ahead, on a device that was set up in Los Angeles.
    queue = waitlist.create(replace(SETTINGS, time_zone="Asia/Kathmandu"))
    party = waitlist.join(queue.code, "Okafor", 2, None)[1]
    hosting.call(waitlist, queue.code, party.id)
    context = browser.new_context(
        base_url=web.url, locale="en-GB", timezone_id="America/Los_Angeles", viewport=TABLET
    )
    with app.app_context():
        name, token = hosts.host_cookie(queue.code), hosts.host_token(queue.session_id)
    context.add_cookies([{"name": name, "value": token, "url": web.url}])
    page = context.new_page()
    opened = datetime.now(UTC)
    page.goto(
        {
            "console": f"/host/{queue.code}",
            "board": f"/board/{queue.code}",
            "place": f"/queue/{queue.code}/place?partyId={party.id}",
        }[kind]
    )
    until(page, f"() => ({CLOCKS})().length > 0")
    nepal = timedelta(hours=5, minutes=45)
    there = minutes(opened + nepal - HOUR, datetime.now(UTC) + nepal + HOUR)
    assert set(page.evaluate(CLOCKS)) <= there
    if kind == "place":
        page.context.set_offline(True)
        page.evaluate("() => void document.dispatchEvent(new Event('queueup:look'))")
        expect(page.locator("[data-stale]")).to_contain_text("as of")
        (as_of,) = re.findall(r"\d\d:\d\d", page.locator("[data-stale]").inner_text())
        assert as_of in there
    context.close()


def test_opening_hours_are_in_the_clock_of_the_pages_other_times(
    browser: Browser, web: WebProcess, waitlist: Waitlist
) -> None:
    hours = {"time_zone": "Europe/Rome", "open_time": "00:15", "close_time": "23:45"}
    code = waitlist.create(replace(SETTINGS, **hours)).code  # type: ignore[arg-type]
    context = browser.new_context(base_url=web.url, locale="en-US", timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.goto(f"/queue/{code}")
    expect(page.get_by_text(re.compile(r"Open from 12:15\sAM until 11:45\sPM"))).to_be_visible()
    context.close()
