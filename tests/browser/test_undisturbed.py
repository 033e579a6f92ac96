"""What people have begun on a page survives the polls that change it."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect
from redis import Redis

from queueup.domain.model import Queue
from queueup.waitlist import Waitlist
from tests.browser.people import PHONE, TABLET, call_next, called, more, waiting
from tests.browser.waiting import listen_until
from tests.browser.watching import ACTIONS, SNAPSHOTS, Watched, watch
from tests.browser.web_process import WebProcess


@pytest.fixture
def door(browser: Browser, web: WebProcess, queue: Queue) -> Iterator[Watched]:
    """The phone of somebody who is about to join."""
    context = browser.new_context(viewport=PHONE, base_url=web.url)
    watched = watch(context.new_page())
    watched.page.goto(f"/queue/{queue.code}")
    yield watched
    context.close()


@pytest.fixture
def host(
    browser: Browser,
    web: WebProcess,
    waitlist: Waitlist,
    queue: Queue,
    host_cookies: list[dict[str, str]],
) -> Iterator[Watched]:
    """The host's tablet, with Anna and Bo in line."""
    for name in ("Anna", "Bo"):
        waitlist.join(queue.code, name, 2, None)
    context = browser.new_context(viewport=TABLET, base_url=web.url)
    context.add_cookies([cookie | {"url": web.url} for cookie in host_cookies])
    watched = watch(context.new_page())
    watched.page.goto(f"/host/{queue.code}")
    yield watched
    context.close()


def test_a_tablet_that_has_lost_its_cookie_says_so(host: Watched) -> None:
    host.page.context.clear_cookies()
    host.look()
    expect(host.page.get_by_role("heading", name="This page is for the host")).to_be_visible()


def test_a_guests_page_of_a_line_that_is_gone_says_so_and_asks_no_further(
    door: Watched, queue: Queue, redis_url: str
) -> None:
    expect(door.page.locator(".strip")).to_be_visible()
    redis = Redis.from_url(redis_url)
    redis.delete(*redis.keys(f"queueup:*{queue.code}*"))
    door.look()
    expect(door.page.get_by_role("heading", name="We can't find that")).to_be_visible()


def test_a_guests_typing_survives_a_line_that_moves(
    door: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    page = door.page
    name = page.get_by_label("Your name")
    page.get_by_text("More").click()
    page.get_by_label("Exact party size").fill("11")
    name.press_sequentially("Anna")
    name.press("ArrowLeft")
    expect(page.locator(".strip")).to_contain_text("No one is waiting")

    waitlist.join(queue.code, "Bo", 2, None)

    door.poll()
    expect(page.locator(".strip")).to_contain_text("1 party in line")
    expect(name).to_be_focused()
    page.keyboard.type("-")
    expect(name).to_have_value("Ann-a")
    expect(page.get_by_label("More")).to_be_checked()
    expect(page.get_by_label("Exact party size")).to_have_value("11")


OPENED: dict[str, Callable[[Page], object]] = {
    "#invite": lambda page: page.locator(".code-button").click(),
    "#party-sheet": lambda page: page.get_by_role("button", name="More for").first.click(),
    "#add-sheet": lambda page: page.get_by_role("button", name="Add party").click(),
    "#more-list": more,
    "#ended-list": lambda page: page.get_by_role("button", name="Done").click(),
    "#ask": lambda page: (
        more(page),
        page.get_by_role("button", name="End the day").click(),
    ),
}


@pytest.mark.parametrize("opened", OPENED)
def test_what_the_host_has_opened_stays_open_while_parties_join(
    host: Watched, waitlist: Waitlist, queue: Queue, opened: str
) -> None:
    page = host.page
    OPENED[opened](page)
    shown = page.locator(f"{opened}:is(:popover-open, :modal)")
    expect(shown).to_be_visible()

    waitlist.join(queue.code, "Cleo", 3, None)

    host.poll()
    expect(waiting(page)).to_have_text(["Anna", "Bo", "Cleo"])
    expect(shown).to_be_visible()


def press(page: Page, button: Locator) -> None:
    """Put a finger onto the middle of a button, and leave it there."""
    box = button.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()


@pytest.mark.parametrize("answers", [SNAPSHOTS, ACTIONS], ids=["a poll", "the last tap"])
def test_a_tap_counts_though_the_line_moves_between_touch_and_lift(
    host: Watched, waitlist: Waitlist, queue: Queue, answers: re.Pattern[str]
) -> None:
    page = host.page
    expect(waiting(page)).to_have_text(["Anna", "Bo"])
    held: list[Route] = []
    page.route(answers, lambda route: route.continue_() if held else held.append(route))
    if answers is ACTIONS:
        call_next(page).click()
    else:
        waitlist.advance(queue.code, None, None)
        host.look()
    listen_until(page, lambda: held)

    press(page, page.get_by_role("button", name="More for #2"))
    with page.expect_request_finished(lambda request: answers.search(request.url) is not None):
        held[0].continue_()
    expect(waiting(page)).to_have_count(2)
    page.mouse.up()
    expect(page.get_by_role("dialog", name="#2 Bo")).to_be_visible()
    expect(called(page)).to_have_text(["Anna"])


def test_a_double_tap_calls_one_party_however_fast_the_line_moves_up(host: Watched) -> None:
    page = host.page
    call_next(page).click()
    expect(called(page)).to_have_text(["Anna"])
    # The second half of the tap, where the button calls the next party by now.
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)

    host.poll()
    expect(waiting(page)).to_have_text(["Bo"])


def test_a_form_that_is_sent_twice_calls_one_party(host: Watched) -> None:
    call_next(host.page).evaluate(
        "(button) => { for (let i = 0; i < 2; i += 1) button.form.requestSubmit(button) }"
    )

    expect(called(host.page)).to_have_text(["Anna"])
    host.poll()
    expect(waiting(host.page)).to_have_text(["Bo"])


def test_a_guest_who_comes_back_to_the_link_sees_the_place(
    door: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    page = door.page
    page.get_by_role("button", name="Join the line").click()
    expect(page.locator(".spot-number")).to_have_text("1")

    again = page.context.new_page()
    again.goto(f"/queue/{queue.code}")

    expect(again.locator(".spot-number")).to_have_text("1")
