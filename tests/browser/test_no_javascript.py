"""The whole evening without JavaScript: forms, questions on pages of their own, reloads."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import (
    PHONE,
    TABLET,
    called,
    close_for_good,
    more,
    open_line,
    sees_call,
    sees_end,
    sees_place,
    waiting,
)
from tests.browser.web_process import WebProcess

Make = Callable[[dict[str, int]], Page]


@pytest.fixture
def screen(browser: Browser, web: WebProcess) -> Iterator[Make]:
    """Make another device that runs no scripts."""
    contexts = []

    def make(size: dict[str, int]) -> Page:
        context = browser.new_context(viewport=size, base_url=web.url, java_script_enabled=False)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


def join(page: Page, code: str, name: str) -> None:
    """Join by the poster's link."""
    page.goto(f"/queue/{code}")
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Join the line").click()


def reloads_itself(page: Page) -> None:
    """Expect the browser to be told to load the page again."""
    expect(page.locator("noscript meta[http-equiv=refresh]")).to_have_attribute("content", "15")


def tap(page: Page, name: str) -> None:
    """Tap a button."""
    page.get_by_role("button", name=name).first.click()


def test_an_evening_works_without_scripts(screen: Make) -> None:
    host, anna, bo = screen(TABLET), screen(PHONE), screen(PHONE)
    code = open_line(host)
    join(anna, code, "Anna")
    sees_place(anna, "1st", "You're next")
    reloads_itself(anna)
    join(bo, code, "Bo")
    tap(bo, "I'm nearby")
    expect(bo.get_by_text("The host knows you're nearby")).to_be_visible()

    host.goto(f"/host/{code}")
    reloads_itself(host)
    expect(waiting(host)).to_have_text(["Anna", "Bo"])
    tap(host, "Call next")
    expect(called(host)).to_have_text(["Anna"])
    anna.reload()
    sees_call(anna)
    reloads_itself(anna)
    tap(host, "Seated")
    anna.reload()
    sees_end(anna, "Enjoy your meal")
    expect(anna.locator("noscript meta")).to_have_count(0)

    tap(bo, "Leave the line")
    sees_end(bo, "Leave the line?")
    bo.get_by_role("link", name="Cancel").click()
    sees_place(bo, "1st", "You're next")
    tap(bo, "Leave the line")
    tap(bo, "Leave the line")
    sees_end(bo, "You left the line")

    more(host)
    host.get_by_role("link", name="End the day").click()
    sees_end(host, "End the day?")
    tap(host, "End the day")
    sees_end(host, "Closed for today")
    expect(host.locator("noscript meta")).to_have_count(0)
    tap(host, "Undo: the day goes on")
    close_for_good(host, "Trattoria Lucia")
    sees_end(host, "This line is closed")


def test_the_host_finds_everything_else_on_the_page_of_a_party(screen: Make) -> None:
    host, anna = screen(TABLET), screen(PHONE)
    code = open_line(host)
    join(anna, code, "Anna")
    host.goto(f"/host/{code}")

    tap(host, "More for")
    sees_end(host, "#1 Anna")
    tap(host, "Was on the list twice")

    expect(waiting(host)).to_have_count(0)
    anna.reload()
    sees_end(anna, "The host took you off the list")


def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(screen: Make) -> None:
    page = screen(PHONE)
    page.goto("/new")
    page.get_by_label("Line name").fill("Osteria")
    page.get_by_label("Maximum people in line").fill("500")
    tap(page, "Open the line")

    expect(page.get_by_label("Maximum people in line")).to_have_accessible_description(
        re.compile("Enter a whole number from 1 to 100.")
    )
    expect(page.get_by_label("Maximum people in line")).to_have_value("500")
    expect(page.get_by_label("Line name")).to_have_value("Osteria")
