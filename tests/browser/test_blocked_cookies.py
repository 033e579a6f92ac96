"""A real browser that blocks all cookies: the guest's whole way, and what the host is told."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, BrowserType, Page, expect

from queueup.domain.model import Queue
from queueup.waitlist import Waitlist
from scripts.browser import chromium
from tests.browser.people import PHONE, fill_in, sees_call, sees_place
from tests.browser.web_process import WebProcess
from tests.support import hosting

# As the browser writes down that the user has blocked all cookies.
BLOCKED = {"profile": {"default_content_setting_values": {"cookies": 2}}}


@pytest.fixture
def blocking(
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
    web: WebProcess,
    tmp_path: Path,
) -> Iterator[BrowserContext]:
    """A phone whose browser blocks cookies."""
    profile = tmp_path / "profile"
    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Preferences").write_text(json.dumps(BLOCKED))
    # Without a window around it, the browser reads no settings.
    wish = browser_type_launch_args | {"executable_path": chromium()}
    context = browser_type.launch_persistent_context(
        profile, base_url=web.url, viewport=PHONE, locale="en-GB", **wish
    )
    yield context
    context.close()


def test_a_guest_whose_browser_blocks_cookies_is_led_to_the_table(
    blocking: BrowserContext, queue: Queue, waitlist: Waitlist
) -> None:
    page = blocking.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto(f"/queue/{queue.code}")
    fill_in(page, "Anna", 3)
    expect(page.get_by_role("note")).to_contain_text("This browser blocks cookies")
    assert blocking.cookies() == []
    sees_place(page, "1st", "You're next")
    _goes_back_and_sends_again(page)
    (party,) = waitlist.queue(queue.code).waiting()
    page.get_by_role("button", name="I'm nearby").click()
    expect(page.get_by_text("The host knows you're nearby")).to_be_visible()
    # It tells what this browser can do, although it has no storage either.
    expect(page.locator("[data-notify]")).to_be_visible()
    page.reload()
    sees_place(page, "1st", "You're next")
    hosting.call(waitlist, queue.code, party.id)
    sees_call(page)
    page.get_by_role("button", name="I'm on my way").click()
    expect(page.get_by_text("The host knows you're on your way.")).to_be_visible()
    assert failures == []


def _goes_back_and_sends_again(page: Page) -> None:
    page.go_back()
    page.get_by_role("button", name="Join the line").click()
    sees_place(page, "1st", "You're next")


def test_a_host_whose_browser_blocks_cookies_is_told_and_keeps_what_was_typed(
    blocking: BrowserContext,
) -> None:
    page = blocking.new_page()
    page.goto("/new")
    page.get_by_label("Line name").fill("Trattoria Lucia")
    page.get_by_role("button", name="Open the line").click()
    expect(page.get_by_role("alert")).to_contain_text("This browser blocks cookies")
    expect(page.get_by_label("Line name")).to_have_value("Trattoria Lucia")
