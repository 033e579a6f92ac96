"""The keyboard alone is enough, and always shows where it is."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from queueup.domain.model import Queue
from queueup.waitlist import Waitlist
from tests.browser.people import TABLET, call_next, called, sees_end
from tests.browser.web_process import WebProcess

MOST_KEYS = 60
NOT_SHOWN = """() => {
  const focused = document.activeElement;
  if (focused === document.body) return "nothing has the focus";
  const label = focused.closest("label") ?? focused;
  const shown = getComputedStyle(focused).opacity === "0" ? label.querySelector("span") : focused;
  const { top, bottom, left, right } = shown.getBoundingClientRect();
  const middle = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  const problems = [];
  if (bottom <= 0 || top >= innerHeight) problems.push("outside of the screen");
  else if (!middle || !(shown.contains(middle) || middle.contains(shown))) {
    problems.push("covered by " + middle?.outerHTML.slice(0, 80));
  }
  if (getComputedStyle(shown).outlineStyle === "none") problems.push("without a ring");
  return problems.length ? `${focused.outerHTML.slice(0, 120)}: ${problems}` : null;
}"""
# As people see it: a ring that is drawn only once the page has come to rest.
RESTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture
def host(
    browser: Browser,
    web: WebProcess,
    waitlist: Waitlist,
    queue: Queue,
    host_cookies: list[dict[str, str]],
) -> Iterator[Page]:
    """The host's tablet with a keyboard, and two parties in line."""
    for name in ("Anna", "Bo"):
        waitlist.join(queue.code, name, 2, None)
    context = browser.new_context(viewport=TABLET, base_url=web.url, reduced_motion="reduce")
    context.add_cookies([cookie | {"url": web.url} for cookie in host_cookies])
    page = context.new_page()
    page.goto(f"/host/{queue.code}")
    yield page
    context.close()


def focus_shows(page: Page) -> None:
    """Expect that whoever looks at the page sees where the keyboard is."""
    page.evaluate(RESTED)
    assert page.evaluate(NOT_SHOWN) is None


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until something of this name has the focus, which shows all the way."""
    name = "() => document.activeElement.getAttribute('aria-label') ?? activeText()"
    name = name.replace("activeText()", "document.activeElement.innerText.trim()")
    for _ in range(MOST_KEYS):
        page.keyboard.press("Tab")
        focus_shows(page)
        if re.match(wanted, page.evaluate(name)):
            return
    raise AssertionError(f"Tab never came to {wanted}")


def test_the_host_calls_and_serves_with_the_keyboard_alone(host: Page) -> None:
    tab_to(host, "Call next")
    for names in (["Anna"], ["Anna", "Bo"]):
        expect(call_next(host)).to_be_focused()
        host.keyboard.press("Enter")
        expect(called(host)).to_have_text(names)
        focus_shows(host)
    tab_to(host, "Seated #2 Bo")
    host.keyboard.press("Enter")
    expect(called(host)).to_have_text(["Anna"])
    focus_shows(host)


def test_the_host_changes_their_mind_about_closing_with_the_keyboard_alone(host: Page) -> None:
    tab_to(host, "More$")
    host.keyboard.press("Enter")
    tab_to(host, "End the day")
    host.keyboard.press("Enter")
    dialog = host.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    focus_shows(host)
    host.keyboard.press("Escape")

    expect(dialog).to_be_hidden()
    expect(host.get_by_role("button", name="More", exact=True)).to_be_focused()
    focus_shows(host)
    expect(host.locator(".who")).to_have_text(["Anna", "Bo"])


def test_a_guest_joins_and_leaves_with_the_keyboard_alone(
    context: BrowserContext, queue: Queue
) -> None:
    page = context.new_page()
    page.goto(f"/queue/{queue.code}")
    page.keyboard.press("Tab")
    focus_shows(page)
    page.keyboard.press("ArrowRight")
    focus_shows(page)
    tab_to(page, "Join the line")
    page.keyboard.press("Enter")
    expect(page.locator(".spot-party")).to_contain_text("Party of 3")

    tab_to(page, "Leave the line")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    focus_shows(page)
    tab_to(page, "Leave the line")
    page.keyboard.press("Enter")
    sees_end(page, "You left the line")
