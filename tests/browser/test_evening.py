"""An evening on three screens that follow the line by polling alone."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.people import (
    PHONE,
    SMALL_PHONE,
    TABLET,
    call_next,
    called,
    cannot_come,
    end_day,
    join,
    open_line,
    sees_call,
    sees_end,
    sees_place,
    serve,
    waiting,
)
from tests.browser.watching import Watched, watch
from tests.support.running_service import Service

pytestmark = pytest.mark.long

LAST_KNOWN = re.compile(r"^as of \d+:\d\d")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The whole program, running as an operator starts it."""
    running = Service(tmp_path_factory.mktemp("program") / "data").start()
    yield running
    running.stop()


@pytest.fixture
def screen(browser: Browser, program: Service) -> Iterator[Callable[[dict[str, int]], Watched]]:
    """Make another device with a page that is watched."""
    contexts = []

    def make(size: dict[str, int]) -> Watched:
        context = browser.new_context(viewport=size, base_url=program.url, locale="en-GB")
        context.set_default_timeout(60_000)
        contexts.append(context)
        return watch(context.new_page())

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def host(screen: Callable[[dict[str, int]], Watched]) -> Watched:
    """The host's tablet."""
    return screen(TABLET)


@pytest.fixture
def anna(screen: Callable[[dict[str, int]], Watched]) -> Watched:
    """A guest's phone."""
    return screen(PHONE)


@pytest.fixture
def bo(screen: Callable[[dict[str, int]], Watched]) -> Watched:
    """Another guest's phone, a small one."""
    return screen(SMALL_PHONE)


def sit_down(host: Watched, anna: Watched, bo: Watched) -> str:
    """Open a line and let two parties join it; from then on no page is loaded again."""
    code = open_line(host.page)
    join(anna.page, code, "Anna", 2)
    join(bo.page, code, "Bo", 4)
    for watched in (host, anna, bo):
        watched.stays()
    return code


def test_an_evening_passes_by_polling_alone(host: Watched, anna: Watched, bo: Watched) -> None:
    sit_down(host, anna, bo)
    sees_place(anna.page, "1st", "You're next")
    sees_place(bo.page, "2nd", "1 party ahead")
    expect(anna.page.locator(".when-passing")).to_be_visible()
    expect(waiting(host.page)).to_have_text(["Anna", "Bo"])
    expect(host.page.locator(".counts")).to_contain_text("6 of 20 people")

    call_next(host.page).click()
    expect(called(host.page)).to_have_text(["Anna"])
    sees_call(anna.page)
    sees_place(bo.page, "1st", "You're next")

    serve(host.page, "Anna")
    expect(called(host.page)).to_have_count(0)
    sees_end(anna.page, "Enjoy your meal")
    sees_place(bo.page, "1st", "You're next")

    call_next(host.page).click()
    sees_call(bo.page)
    assert anna.has_stayed()
    assert bo.has_stayed()

    cannot_come(bo.page)
    sees_end(bo.page, "You left the line")
    expect(called(host.page)).to_have_count(0)
    expect(host.page.locator("#show-ended")).to_have_text("Done 2")

    bo.page.get_by_role("link", name="Join the line again").click()
    bo.page.get_by_label("Your name").fill("Bo")
    bo.page.get_by_role("button", name="Join the line").click()
    sees_place(bo.page, "1st", "You're next")
    bo.stays()
    end_day(host.page)
    expect(host.page.get_by_role("heading", name="Closed for today")).to_be_visible()
    sees_end(bo.page, "The line has closed")
    host.page.get_by_role("button", name="Undo: the day goes on").click()
    expect(waiting(host.page)).to_have_text(["Bo"])
    sees_place(bo.page, "1st", "You're next")
    # The page of a visit that had ended has loaded itself again.
    bo.stays()
    end_day(host.page)
    sees_end(bo.page, "The line has closed")
    sees_end(anna.page, "Enjoy your meal")

    for watched in (host, anna, bo):
        assert watched.has_stayed()
        assert watched.complaints == []
        assert watched.sockets == []
    # A poll that swaps brings news: Anna could let Bo pass, was called and served; Bo moved up, was
    # called, and saw the day end, go on and end.
    assert anna.polls.count(200) == 3
    assert bo.polls.count(200) == 5


def test_most_polls_find_nothing_new_and_leave_the_page_alone(host: Watched, bo: Watched) -> None:
    # Guests with an open page would be news to the host for a while: these have none.
    ours, theirs = open_line(host.page), open_line(host.page)
    for name in ("Anna", "Cleo"):
        host.page.request.post(f"/api/queue/{ours}/join", data={"name": name})
    join(bo.page, theirs, "Bo", 4)
    host.page.goto(f"/host/{ours}")
    bo.page.get_by_role("button", name="I'm nearby").focus()
    bo.page.mouse.wheel(0, 40)
    bo.page.wait_for_function("() => scrollY > 0")
    scrolled = bo.page.evaluate("() => scrollY")
    call_next(host.page).focus()
    for watched in (host, bo):
        watched.polls.clear()
        watched.note_changes()
        watched.page.evaluate("() => { window.focused = document.activeElement }")

    assert host.wait_for_polls(2) == [304, 304]

    for watched in (host, bo):
        assert watched.polls.count(304) >= 1
        assert watched.polls.count(200) == 0
        assert watched.changes() == []
        assert watched.page.evaluate("() => document.activeElement === focused")
    assert bo.page.evaluate("() => scrollY") == scrolled


def test_a_restart_loses_nothing_and_every_page_says_how_old_it_is(
    program: Service,
    host: Watched,
    anna: Watched,
    bo: Watched,
    screen: Callable[[dict[str, int]], Watched],
) -> None:
    code = sit_down(host, anna, bo)
    call_next(host.page).click()
    sees_call(anna.page)
    door = screen(PHONE)
    door.page.goto(f"/queue/{code}")
    door.page.get_by_label("Your name").fill("Cleo")
    door.stays()
    screens = (host, anna, bo, door)

    program.stop()
    door.look()
    for watched in screens:
        stale = watched.page.locator("[data-stale]:visible")
        expect(stale).to_have_text(LAST_KNOWN, timeout=60_000)
    expect(waiting(host.page)).to_have_text(["Bo"])
    sees_call(anna.page)
    sees_place(bo.page, "1st", "You're next")

    program.start()
    door.look()
    for watched in screens:
        expect(watched.page.locator("[data-stale]")).to_be_hidden(timeout=60_000)
    sees_place(bo.page, "1st", "You're next")
    serve(host.page, "Anna")
    sees_end(anna.page, "Enjoy your meal")
    sees_place(bo.page, "1st", "You're next")
    expect(door.page.get_by_label("Your name")).to_have_value("Cleo")
    assert all(watched.has_stayed() for watched in screens)


def test_one_device_hosts_two_lines_and_stands_in_a_third(
    screen: Callable[[dict[str, int]], Watched],
) -> None:
    ours, theirs = screen(TABLET).page, screen(TABLET).page
    bar, garden = open_line(ours, "Bar"), open_line(ours, "Garden")
    other = open_line(theirs, "Osteria")
    join(ours, other, "Lucia", 2)
    join(theirs, bar, "Anna", 2)
    join(theirs, garden, "Bo", 3)

    ours.goto("/")
    mine = ours.get_by_role("region", name="On this device").get_by_role("link")
    expect(mine).to_have_text(
        [re.compile("Osteria.*1st in line", re.S)]
        + [re.compile("You host this line.*1 waiting")] * 2
    )
    for name, guest in (("Bar", "Anna"), ("Garden", "Bo")):
        ours.goto("/")
        ours.get_by_role("link", name=name).click()
        expect(waiting(ours)).to_have_text([guest])
        call_next(ours).click()
        expect(called(ours)).to_have_text([guest])
