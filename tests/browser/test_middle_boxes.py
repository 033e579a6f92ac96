"""An answer counts only when it is ours, and the same content again disturbs nobody."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from queueup.domain.model import Party, Queue
from queueup.waitlist import Waitlist
from tests.browser.people import TABLET, call_next, called, waiting
from tests.browser.waiting import CONTROLLED, listen_until, open_controlled, until
from tests.browser.watching import Watched, watch
from tests.browser.web_process import WebProcess
from tests.support import middle_box
from tests.support.middle_box import MiddleBox

IS_STALE = "() => document.documentElement.classList.contains('is-stale')"
HTML = "() => document.querySelector('[data-poll]').innerText"
NOTE_SWAPS = """() => {
  window.swaps = 0;
  document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
    if (ctx.response.status === 200) swaps += 1;
  });
}"""
IS_KEPT = """async (name) => {
  for (const key of await caches.keys()) {
    for (const request of await (await caches.open(key)).keys()) {
      if (request.url.includes(name)) return true;
    }
  }
  return false;
}"""
MINUTE = 60 * 1_000


@pytest.fixture
def box(web: WebProcess) -> Iterator[MiddleBox]:
    """Something between the browser and the server, which passes everything on at first."""
    with middle_box.in_front_of(web.url) as opened:
        yield opened


@pytest.fixture
def device(
    browser: Browser, box: MiddleBox, host_cookies: list[dict[str, str]]
) -> Iterator[BrowserContext]:
    """The host's tablet, which reaches the server through it."""
    context = browser.new_context(viewport=TABLET, base_url=box.url, locale="en-GB")
    context.add_cookies([cookie | {"url": box.url} for cookie in host_cookies])
    yield context
    context.close()


@pytest.fixture
def screen(device: BrowserContext) -> Watched:
    """Its page, which has not been opened yet."""
    return watch(device.new_page())


def addresses(queue: Queue, place: str) -> dict[str, str]:
    """Return the pages that poll."""
    code = queue.code
    return {
        "console": f"/host/{code}",
        "place": place,
        "board": f"/board/{code}",
        "kiosk": f"/kiosk/{code}",
    }


def polled(box: MiddleBox) -> int:
    """Return how many polls the box has answered by itself."""
    return sum("/snapshot" in path for path in box.answered)


# A login page, an error page of a proxy, one that calls itself ours, and one that moved.
FOREIGN: dict[str, Callable[[MiddleBox], object]] = {
    "login page": lambda box: None,
    "with a tag": lambda box: box.headers.append(("ETag", '"0123456789abcdef0123"')),
    "not found": lambda box: setattr(box, "status", 404),
    "forbidden": lambda box: setattr(box, "status", 403),
    "nothing": lambda box: setattr(box, "status", 204),
    "unchanged": lambda box: setattr(box, "status", 304),
}


@pytest.mark.parametrize("kind", ["console", "place", "board", "kiosk"])
def test_an_answer_of_something_else_is_shown_on_no_page(
    screen: Watched, box: MiddleBox, queue: Queue, place: str, kind: str
) -> None:
    page = screen.page
    page.clock.install()
    page.goto(addresses(queue, place)[kind])
    screen.stays()
    before = page.evaluate(HTML)
    for begin in FOREIGN.values():
        box.status, box.headers = 200, []
        begin(box)
        box.answer_all()
        screen.look()
        until(page, IS_STALE)
        assert page.evaluate(HTML) == before
        box.answer_none()
        screen.look()
        until(page, f"() => !({IS_STALE})()")
    box.answer_all()
    for _ in range(3):
        known = polled(box)
        page.clock.fast_forward(MINUTE)
        listen_until(page, lambda known=known: polled(box) > known)  # type: ignore[misc]
        until(page, IS_STALE)
    assert "Log in" not in page.evaluate(HTML)
    box.answer_none()
    page.clock.fast_forward(MINUTE)
    until(page, f"() => !({IS_STALE})()")
    assert screen.has_stayed()


def test_a_hosts_tap_waits_until_the_server_itself_has_answered(
    screen: Watched, box: MiddleBox, queue: Queue, waitlist: Waitlist, party: Party
) -> None:
    page = screen.page
    page.goto(f"/host/{queue.code}")
    screen.stays()
    bar = page.locator("[data-waiting]")
    box.answer_all()

    call_next(page).click()
    for status in (200, 302, 403, 404, 409, 422):
        box.status = status
        box.headers = [("Location", "/login")] if status == 302 else []
        known = len(box.answered)
        page.evaluate("() => document.querySelector('[data-send-now]').click()")
        listen_until(page, lambda known=known: len(box.answered) > known)  # type: ignore[misc]
        expect(bar).to_contain_text("1 action waiting for a connection")
        expect(waiting(page)).to_have_text(["Okafor"])
    box.answer_none()

    expect(called(page)).to_have_text(["Okafor"])
    expect(bar).to_be_hidden()
    assert [party.call_count for party in waitlist.queue(queue.code).parties] == [1]
    assert screen.has_stayed()


def test_a_guests_tap_that_something_else_answered_did_not_go_through(
    screen: Watched, box: MiddleBox, waitlist: Waitlist, queue: Queue, place: str
) -> None:
    page = screen.page
    waitlist.advance(queue.code, None, None)
    page.goto(place)
    box.answer_all()
    page.get_by_role("button", name="I'm on my way").click()
    expect(page.get_by_role("alert").get_by_text("That didn't go through")).to_be_visible()
    expect(page.locator('[data-state="called"]')).to_be_visible()
    expect(page.get_by_text("Log in to the Wi-Fi")).to_have_count(0)


def test_a_kiosk_shows_no_ticket_that_is_not_ours(
    screen: Watched, box: MiddleBox, waitlist: Waitlist, queue: Queue
) -> None:
    page = screen.page
    page.goto(f"/kiosk/{queue.code}")
    page.locator(".choice", has_text="3").click()
    box.answer_all()
    page.get_by_role("button", name="Get a ticket").click()
    expect(page.get_by_role("alert").get_by_text("you don't have a ticket yet")).to_be_visible()
    box.answer_none()
    page.get_by_role("button", name="Get a ticket").click()
    expect(page.locator("[data-ticket]")).to_be_visible()
    assert len(waitlist.queue(queue.code).parties) == 1


def test_a_board_does_not_leave_for_a_page_that_is_not_ours(
    screen: Watched, box: MiddleBox, queue: Queue
) -> None:
    page = screen.page
    page.clock.install()
    path = f"/board/{queue.code}"
    page.goto(path)
    screen.stays()
    box.answer_all()
    for _ in range(7):
        page.clock.fast_forward(MINUTE)
        page.wait_for_timeout(50)
    listen_until(page, lambda: path in box.answered)
    page.wait_for_timeout(200)
    assert screen.has_stayed()
    box.answer_none()
    with page.expect_navigation():
        page.clock.fast_forward(MINUTE)


def test_what_is_not_ours_is_kept_for_no_later_visit(
    device: BrowserContext, box: MiddleBox, place: str
) -> None:
    page = device.new_page()
    box.takes = lambda path: path.startswith("/static/icons/badge.png")
    page.goto(place)
    listen_until(page, lambda: box.answered)
    assert not page.evaluate(IS_KEPT, "badge.png")
    box.answer_none()
    page.reload()
    page.wait_for_function(CONTROLLED)
    assert page.evaluate(IS_KEPT, "badge.png")


def test_a_guest_sees_the_saved_place_where_something_else_answers(
    device: BrowserContext, box: MiddleBox, place: str
) -> None:
    page: Page = device.new_page()
    open_controlled(page, place)
    until(page, IS_KEPT, "/place")
    box.answer_all()
    page.reload()
    expect(page.locator(".spot-number")).to_have_text("1")
    expect(page.locator("[data-stale]")).to_contain_text("as of")
    # Where nothing is saved, the page may be one to log in on.
    page.goto("/new")
    expect(page.get_by_role("heading", name="Log in to the Wi-Fi")).to_be_visible()


TAGS: dict[str, Callable[[str], str | None]] = {
    "dropped": lambda tag: None,
    "replaced": lambda tag: 'W/"5f-19a"',
}


@pytest.mark.parametrize("change", TAGS.values(), ids=TAGS)
@pytest.mark.parametrize("kind", ["console", "place", "board", "kiosk"])
def test_the_same_content_again_swaps_nothing(
    screen: Watched,
    box: MiddleBox,
    queue: Queue,
    waitlist: Waitlist,
    place: str,
    kind: str,
    change: Callable[[str], str | None],
) -> None:
    page = screen.page
    box.change_tag = change
    page.goto(addresses(queue, place)[kind])
    # Taken for a change until the page knows the text.
    for name in ("Bo", "Dora"):
        waitlist.join(queue.code, name, 2, None)
    waitlist.advance(queue.code, None, None)
    while screen.poll() == 304:
        pass
    page.evaluate(NOTE_SWAPS)
    screen.note_changes()
    assert [screen.poll() for _ in range(3)] == [200, 200, 200]
    assert screen.changes() == []
    assert page.evaluate("() => swaps") == 0
    waitlist.join(queue.code, "Cleo", 2, None)
    if kind != "place":
        until(page, "() => swaps > 0")


def test_a_tag_that_a_proxy_marks_keeps_polls_304(
    screen: Watched, box: MiddleBox, queue: Queue, waitlist: Waitlist
) -> None:
    page = screen.page
    box.change_tag = lambda tag: f'W/{tag[:-1]}-gzip"'
    page.goto(f"/board/{queue.code}")
    for name in ("Anna", "Bo"):
        known = screen.polls.count(200)
        waitlist.join(queue.code, name, 2, None)
        while screen.polls.count(200) == known:
            screen.poll()
        assert [screen.poll() for _ in range(3)][1:] == [304, 304]
