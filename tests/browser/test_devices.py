"""Several devices at one line, in real browsers: invited, locked, unlocked, removed."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.people import PHONE, TABLET, open_line
from tests.browser.test_keyboard import MOST_KEYS, NOT_SHOWN, RESTED
from tests.browser.watching import watch
from tests.browser.web_process import WebProcess

Make = Callable[..., Page]
PIN = "4711"
LONG_UNTOUCHED = """(minutes) => {
  localStorage.setItem("queueup:lock-after", minutes);
  localStorage.setItem("queueup:touched", Date.now() - 60 * 60 * 1000);
}"""


@pytest.fixture
def device(browser: Browser, web: WebProcess) -> Iterator[Make]:
    """Make another tablet or phone."""
    contexts = []

    def make(size: dict[str, int] = TABLET, has_script: bool = True) -> Page:
        context = browser.new_context(
            viewport=size, base_url=web.url, java_script_enabled=has_script
        )
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


def tap(page: Page, name: str) -> None:
    """Tap a button."""
    page.get_by_role("button", name=name, exact=True).first.click()


def set_pin(page: Page, code: str) -> None:
    """Choose the PIN on the page of devices."""
    page.goto(f"/host/{code}/devices")
    page.get_by_label("PIN (4 to 8 digits)").fill(PIN)
    tap(page, "Set PIN")
    expect(page.get_by_text("PIN saved")).to_be_visible()


def invitation(page: Page, code: str) -> str:
    """Make an invitation and return its link."""
    page.goto(f"/host/{code}/devices")
    tap(page, "Add a device")
    return page.locator("[data-copy]").get_attribute("data-copy") or ""


def is_locked(page: Page) -> None:
    """Expect the lock screen."""
    expect(page.get_by_role("heading", name="This device is locked")).to_be_visible()


def runs(page: Page, code: str) -> None:
    """Expect the console of the line."""
    page.wait_for_url(f"**/host/{code}")
    expect(page.locator("#line")).to_be_visible()


def test_a_second_device_comes_in_by_the_link_and_the_first_one_hears_of_it(device: Make) -> None:
    host, bar, late = device(), device(PHONE), device(PHONE)
    code = open_line(host)
    link = invitation(host, code)

    bar.goto(link)
    assert "#" not in bar.evaluate("location.href")
    expect(bar.get_by_label("Code under the QR")).to_be_hidden()
    bar.get_by_label("Name for this device").fill("Bar")
    tap(bar, "Add this device")

    runs(bar, code)
    expect(host.get_by_text("The new device has joined")).to_be_visible()
    expect(host.get_by_role("heading", name="Bar")).to_be_visible()
    late.goto(link)
    tap(late, "Add this device")
    expect(late.get_by_text("used or has expired")).to_be_visible()


def test_a_removed_device_goes_dark_by_itself(device: Make) -> None:
    host, bar, elsewhere = device(), device(PHONE), device(PHONE)
    code = open_line(host)
    for page in (bar, elsewhere):
        page.goto(invitation(host, code))
        page.get_by_label("Name for this device").fill("Old phone")
        tap(page, "Add this device")
        runs(page, code)
        host.wait_for_url("**/devices?said=added")
    elsewhere.goto(f"/host/{code}/devices")

    for _ in range(2):
        host.get_by_role("button", name="Remove Old phone").first.click()
        tap(host, "Remove")
        expect(host.get_by_text("Device removed")).to_be_visible()

    for page in (bar, elsewhere):
        expect(page.get_by_text("can no longer manage the line")).to_be_visible()


def test_a_locked_tablet_opens_with_the_pin_on_its_pad(device: Make) -> None:
    host = device()
    code = open_line(host)
    set_pin(host, code)
    console = host.context.new_page()
    console.goto(f"/host/{code}")

    tap(host, "Lock this device now")

    is_locked(host)
    is_locked(console)
    for digit in "4710":
        tap(host, digit)
    tap(host, "Delete last digit")
    tap(host, "1")
    tap(host, "Unlock")
    runs(host, code)


@pytest.mark.parametrize("has_script", (True, False))
def test_back_shows_nothing_of_the_line_on_a_locked_tablet(device: Make, has_script: bool) -> None:
    page = device()
    code = open_line(page)
    walk_in = {"name": "Secretina", "size": 2, "phone": "+49 30 123456"}
    added = page.request.post(f"/api/queue/{code}/add", data=walk_in).json()
    set_pin(page, code)
    other = device(has_script=has_script)
    other.context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    pages = (f"/host/{code}/party/{added['party']['id']}", f"/host/{code}/ended", f"/host/{code}")
    for path in pages:
        other.goto(path)
    assert page.request.post(f"/api/queue/{code}/lock").ok
    other.reload()
    is_locked(other)
    for path in reversed(pages[:-1]):
        other.go_back()
        expect(other).to_have_url(re.compile(f"{path}$"))
        is_locked(other)
        expect(other.get_by_text("Secretina")).to_have_count(0)


def test_a_tablet_that_nobody_touches_locks_itself(device: Make) -> None:
    host = device()
    code = open_line(host)
    set_pin(host, code)
    host.get_by_label("Auto-lock").select_option("2")
    expect(host.get_by_text("Saved on this device")).to_be_visible()
    host.reload()
    expect(host.get_by_label("Auto-lock")).to_have_value("2")
    host.goto(f"/host/{code}")

    host.evaluate(LONG_UNTOUCHED, 2)

    is_locked(host)
    host.get_by_label("PIN").fill(PIN)
    host.keyboard.press("Enter")
    runs(host, code)
    # To have unlocked it is a touch: the next page does not lock at once.
    host.goto(f"/host/{code}/devices")
    expect(host.get_by_role("heading", name="Devices")).to_be_visible()


def test_everything_works_without_scripts(device: Make) -> None:
    host, bar = device(has_script=False), device(PHONE, has_script=False)
    code = open_line(host)

    host.goto(f"/host/{code}/settings")
    host.get_by_label("Hold tables for (minutes)").fill("500")
    host.get_by_label("Quick replies").fill("Nearly there.")
    tap(host, "Save")
    expect(host.get_by_label("Hold tables for (minutes)")).to_have_accessible_description(
        re.compile("whole number from 1 to 120")
    )
    expect(host.get_by_label("Quick replies")).to_have_value("Nearly there.")
    host.get_by_label("Hold tables for (minutes)").fill("12")
    host.get_by_text("Give the table away and call the next party").click()
    tap(host, "Save")
    expect(host.get_by_text("Saved.")).to_be_visible()
    expect(host.get_by_label("Give the table away and call the next party")).to_be_checked()

    host.goto(f"/host/{code}/devices")
    tap(host, "Add a device")
    letters = host.locator("[data-letters]").inner_text()
    bar.goto(f"/host/{code}/device")
    bar.get_by_label("Code under the QR").fill(letters.lower())
    tap(bar, "Add this device")
    runs(bar, code)
    set_pin(host, code)
    bar.goto(f"/host/{code}/devices")
    tap(bar, "Lock this device now")
    is_locked(bar)
    bar.get_by_label("PIN").fill(PIN)
    tap(bar, "Unlock")
    runs(bar, code)

    host.goto(f"/host/{code}/settings")
    host.get_by_role("link", name="End the day").click()
    tap(host, "End the day")
    host.goto("/")
    expect(host.get_by_text("closed, tap to reopen")).to_be_visible()


def test_the_settings_are_filled_in_with_the_keyboard_alone(device: Make) -> None:
    host = device(PHONE)
    code = open_line(host)
    host.goto(f"/host/{code}/settings")
    for _ in range(MOST_KEYS):
        host.keyboard.press("Tab")
        host.evaluate(RESTED)
        assert host.evaluate(NOT_SHOWN) is None
        if host.evaluate("() => document.activeElement.id") == "maxGuests":
            host.keyboard.type("44")
        if host.evaluate("() => document.activeElement.value") == "flag":
            host.keyboard.press("ArrowDown")
        if host.evaluate("() => document.activeElement.innerText") == "Save":
            break
    host.keyboard.press("Enter")
    expect(host.get_by_text("Saved.")).to_be_visible()
    expect(host.get_by_label("Maximum people in line")).to_have_value("44")
    expect(host.get_by_label("Give the table away and call the next party")).to_be_checked()


def test_these_pages_do_nothing_that_the_policy_forbids(device: Make) -> None:
    watched, other = watch(device()), watch(device(PHONE))
    host = watched.page
    code = open_line(host)
    for path in ("settings", "end-day", "close-for-good", "device"):
        host.goto(f"/host/{code}/{path}")
        assert (watched.violations(), watched.complaints) == ([], [])
    other.page.goto(invitation(host, code))
    assert (other.violations(), other.complaints) == ([], [])
    tap(other.page, "Add this device")
    expect(host.get_by_text("The new device has joined")).to_be_visible()
    set_pin(host, code)
    tap(host, "Lock this device now")
    is_locked(host)
    tap(host, "1")
    assert (watched.violations(), watched.complaints) == ([], [])
