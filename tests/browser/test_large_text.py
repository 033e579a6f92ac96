"""Nothing is cut, split or covered: on small screens, and with text twice as large."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserType, Page, expect

from queueup.domain.commands.guest import Join
from queueup.ids import new_party_id
from scripts.browser import LARGE_TEXT
from tests.browser.house import House, after, more, tap
from tests.browser.layout import faults
from tests.browser.people import PHONE, TABLET

NARROW = {"width": 320, "height": 640}
SMALL = {"width": 360, "height": 740}
ON_ITS_SIDE = {"width": 844, "height": 390}
PORTRAIT = {"width": 820, "height": 1180}
CROWD = 150

OVERLAP = """([one, other]) => {
  const [a, b] = [one, other].map((element) => element.getBoundingClientRect());
  return a.bottom > b.top + 1 && b.bottom > a.top + 1 && a.right > b.left && b.right > a.left;
}"""

# The space beside the word on a button (px), on the side where there is less.
ROOM = """(button) => {
  const range = document.createRange();
  range.selectNodeContents(button.querySelector("span"));
  const [word, box] = [range.getBoundingClientRect(), button.getBoundingClientRect()];
  return Math.min(word.left - box.left, box.right - word.right);
}"""


@pytest.fixture(scope="module", params=["usual", "large"])
def home(
    request: pytest.FixtureRequest,
    house: House,
    browser_type: BrowserType,
    browser_type_launch_args: dict[str, Any],
) -> Iterator[House]:
    """The restaurant, seen with text of the usual size and with text twice as large."""
    if request.param == "usual":
        yield house
        house.leave()
        return
    flags = [*browser_type_launch_args["args"], LARGE_TEXT]
    browser: Browser = browser_type.launch(**browser_type_launch_args | {"args": flags})
    large = replace(house, browser=browser)
    yield large
    large.leave()
    browser.close()


def to_called(page: Page) -> None:
    """Show the called parties, where they are behind a tab."""
    page.locator("#tab-called").evaluate("(tab) => tab.click()")


def open_party(page: Page) -> None:
    """Open the sheet of the first waiting party."""
    page.locator(".waiting [data-more]").first.click()


HOSTS: dict[str, Callable[[House], Page]] = {
    "waiting": lambda house: house.console(),
    "called": lambda house: after(house.console(), to_called),
}
SHEETS: dict[str, Callable[[House], Page]] = {
    "adding": lambda house: after(house.console(), lambda page: page.locator("#add").click()),
    "menu": lambda house: after(house.console(), more),
    "party": lambda house: after(house.console(), open_party),
    "done": lambda house: after(house.console(), tap("Done")),
    "party's page": lambda house: house.console(f"/party/{house.evening.party_ids['Patel']}"),
    "screens": lambda house: house.console("/screens"),
    "settings": lambda house: house.console("/settings"),
}
GUESTS: dict[str, Callable[[House], Page]] = {
    "waiting": lambda house: house.place("Patel"),
    "called": lambda house: house.place("Okafor"),
    "late": lambda house: house.place("Lind"),
    "join": lambda house: house.page(f"/queue/{house.evening.code}"),
    "kiosk": lambda house: house.page(f"/kiosk/{house.evening.code}"),
    "board": lambda house: house.page(f"/board/{house.evening.code}"),
    "home": lambda house: house.page("/"),
}


def faults_at(page: Page, *sizes: dict[str, int]) -> dict[str, list[str]]:
    """Return the faults of a page at each of these sizes, where there are any."""
    found = {}
    for size in sizes:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        if wrong := faults(page):
            found[f"{size['width']}×{size['height']}"] = wrong
    return found


@pytest.mark.parametrize("state", HOSTS)
def test_the_console_fits(home: House, state: str) -> None:
    page = HOSTS[state](home)
    assert faults_at(page, NARROW, SMALL, PHONE, ON_ITS_SIDE, PORTRAIT, TABLET) == {}
    home.leave()


def test_the_consoles_header_fits_a_name_of_long_words(home: House) -> None:
    page = home.console(code=home.line(name="Restaurante Mediterráneo"))
    for size in (NARROW, SMALL, PHONE):
        assert faults_at(page, size) == {}
        handles = [page.locator(part).element_handle() for part in (".counts", ".live")]
        assert not page.evaluate(OVERLAP, handles)
    home.leave()


def test_the_search_bar_leaves_its_words_room(home: House) -> None:
    page = home.console()
    for size in (NARROW, SMALL, PHONE):
        assert faults_at(page, size) == {}
        assert page.locator(".band-select").evaluate(ROOM) >= 6
        handles = [page.locator(part).element_handle() for part in ("#find", ".size-bands")]
        assert not page.evaluate(OVERLAP, handles)
    home.leave()


@pytest.mark.parametrize("state", SHEETS)
def test_the_sheets_and_pages_of_hosts_fit(home: House, state: str) -> None:
    assert faults_at(SHEETS[state](home), NARROW, PHONE) == {}
    home.leave()


@pytest.mark.parametrize("state", GUESTS)
def test_the_pages_of_guests_fit(home: House, state: str) -> None:
    assert faults_at(GUESTS[state](home), NARROW, PHONE) == {}
    home.leave()


def test_a_hundred_and_fifty_parties_fit(house: House) -> None:
    code = house.line()
    for number in range(CROWD):
        wish = Join(new_party_id(), f"Party {number}", 1 + number % 9, origin="host")
        house.waitlist.add(code, wish, "stand")
    page = house.console(code=code)
    expect(page.locator(".waiting .party")).to_have_count(CROWD)
    assert faults_at(page, NARROW, PHONE, TABLET) == {}
    house.leave()


def test_a_portrait_tablet_shows_both_columns(house: House) -> None:
    page = house.console()
    page.set_viewport_size(PORTRAIT)  # type: ignore[arg-type]
    for column in (".waiting .party", ".called .party", "#call-next"):
        expect(page.locator(column).first).to_be_in_viewport()
    house.leave()


@pytest.mark.parametrize("name", ["Okafor", "Lind"])
def test_a_called_guest_sees_all_answers_on_a_phone_on_its_side(house: House, name: str) -> None:
    page = house.place(name)
    page.set_viewport_size(ON_ITS_SIDE)  # type: ignore[arg-type]
    answers = page.locator(".ready-answers .button")
    assert answers.count() >= 3
    for answer in answers.all():
        expect(answer).to_be_in_viewport(ratio=1)
    house.leave()


@pytest.mark.parametrize("size", [PHONE, TABLET], ids=["phone", "tablet"])
def test_what_guests_ask_stays_in_sight_while_the_list_scrolls(
    house: House, size: dict[str, int]
) -> None:
    page = after(house.console(), to_called)
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.locator(".called .party").last.scroll_into_view_if_needed()
    page.mouse.move(size["width"] * 0.75, size["height"] / 2)
    page.mouse.wheel(0, 5_000)
    expect(page.locator(".called .party").last).to_be_in_viewport()
    expect(page.locator(".asks")).to_be_in_viewport(ratio=0.9)
    house.leave()


@pytest.mark.parametrize("size", [PHONE, TABLET], ids=["phone", "tablet"])
def test_a_toast_does_not_cover_what_it_announces(house: House, size: dict[str, int]) -> None:
    page = house.console()
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.locator("#add").click()
    sheet = page.get_by_role("dialog", name="Add a party")
    sheet.locator(".choice", has_text="4").click()
    sheet.get_by_role("button", name="Add", exact=True).click()
    toast = page.locator("[data-added]")
    expect(toast).to_be_visible()
    added = page.locator(".waiting .party").last
    expect(added).to_be_in_viewport(ratio=1)
    handles = [added.element_handle(), toast.element_handle()]
    assert not page.evaluate(OVERLAP, handles)
    house.leave()
