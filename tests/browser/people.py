"""The people of an evening in front of their screens: what they type and tap."""

import re

from playwright.sync_api import Locator, Page, expect

TABLET = {"width": 1180, "height": 820}
PHONE = {"width": 390, "height": 844}
SMALL_PHONE = {"width": 375, "height": 667}


def open_line(page: Page, name: str = "Trattoria Lucia", people: int = 20) -> str:
    """Open a line by the form, and return its code."""
    page.goto("/new")
    page.get_by_label("Line name").fill(name)
    page.get_by_label("Maximum people in line").fill(str(people))
    page.get_by_role("button", name="Open the line").click()
    page.wait_for_url("**/host/*")
    return page.url.rpartition("/")[2]


def join(page: Page, code: str, name: str, size: int) -> None:
    """Join by the code that is typed on the front page."""
    page.goto("/")
    page.get_by_label("Line code").fill(code.lower())
    page.get_by_role("button", name="Join").click()
    fill_in(page, name, size)
    page.wait_for_url("**/place")


def fill_in(page: Page, name: str, size: int) -> None:
    """Fill in the join form and send it."""
    page.get_by_text(str(size), exact=True).and_(page.locator(".choice span")).click()
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Join the line").click()


def call_next(page: Page) -> Locator:
    """Return the host's big button."""
    return page.get_by_role("button", name=re.compile("^Call next"))


def waiting(page: Page) -> Locator:
    """Return the names of the waiting parties on the host's page."""
    return page.locator(".waiting .who")


def called(page: Page) -> Locator:
    """Return the names of the called parties on the host's page."""
    return page.locator(".called .who")


def serve(page: Page, name: str) -> None:
    """Tap that a called party has come."""
    party = page.locator(".called li").filter(has_text=name)
    party.get_by_role("button", name="Seated").click()


def more(page: Page) -> None:
    """Open the console's menu."""
    page.get_by_role("button", name="More", exact=True).click()


def end_day(page: Page) -> None:
    """End the day, and say yes when asked."""
    more(page)
    page.get_by_role("button", name="End the day").click()
    page.get_by_role("dialog").get_by_role("button", name="End the day").click()


def close_for_good(page: Page, name: str) -> None:
    """Close the line of this name for good, as the settings offer it."""
    more(page)
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Close for good…").click()
    page.get_by_label("Type the line's name to confirm").fill(name)
    page.get_by_role("button", name="Close for good").click()


def cannot_come(page: Page) -> None:
    """Answer the call that the party is not coming, and say yes when asked."""
    page.get_by_role("button", name="We can't make it").click()
    page.get_by_role("dialog").get_by_role("button", name="We can't make it").click()


def sees_place(page: Page, place: str, ahead: str) -> None:
    """Expect this place in line, such as "2nd", and so many ahead."""
    expect(page.locator(".spot-place")).to_have_text(f"Your spot in line: {place}")
    expect(page.locator(".spot-ahead")).to_have_text(ahead)


def sees_call(page: Page) -> None:
    """Expect the call, which nobody can overlook."""
    expect(page.get_by_role("alert").get_by_text("Your table is ready")).to_be_visible()


def sees_end(page: Page, words: str) -> None:
    """Expect the visit to have ended so."""
    expect(page.get_by_role("heading", name=words)).to_be_visible()
