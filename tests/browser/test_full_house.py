"""The host's console on a Saturday night."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from queueup.domain.model import Queue
from queueup.waitlist import Waitlist
from tests.browser.people import TABLET
from tests.browser.web_process import WebProcess


@pytest.fixture
def tablet(
    browser: Browser,
    web: WebProcess,
    waitlist: Waitlist,
    queue: Queue,
    host_cookies: list[dict[str, str]],
) -> Iterator[Page]:
    """The host's tablet, with forty parties in line."""
    for _ in range(40):
        waitlist.join(queue.code, None, 1, None)
    context = browser.new_context(viewport=TABLET, base_url=web.url)
    context.add_cookies([cookie | {"url": web.url} for cookie in host_cookies])
    page = context.new_page()
    page.goto(f"/host/{queue.code}")
    yield page
    context.close()


def test_only_the_columns_scroll(tablet: Page) -> None:
    tablet.mouse.move(300, 400)
    tablet.mouse.wheel(0, 10_000)
    last = tablet.locator(".waiting .party").last
    last.get_by_role("button", name="Call ").click()
    expect(tablet.locator(".called .ticket")).to_have_text("#40")
    tablet.mouse.move(20, 20)
    tablet.mouse.wheel(0, 10_000)
    assert tablet.evaluate("document.documentElement.scrollHeight") == TABLET["height"]
