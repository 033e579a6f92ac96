"""A phone whose clock is wrong shows the restaurant's times."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from queueup.domain.model import Party, Queue
from queueup.waitlist import Waitlist
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
