"""Every page lives with the strict policy that it is sent with: nothing refused, nothing said."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from queueup.domain.model import Party, Queue
from queueup.waitlist import Waitlist
from tests.browser.people import (
    TABLET,
    call_next,
    cannot_come,
    close_for_good,
    end_day,
    sees_call,
    sees_end,
    serve,
)
from tests.browser.waiting import listen_until
from tests.browser.watching import Watched, watch
from tests.browser.web_process import WebProcess

PNG = b"\x89PNG"


@pytest.fixture
def tablet(
    browser: Browser, web: WebProcess, host_cookies: list[dict[str, str]]
) -> Iterator[BrowserContext]:
    """The host's tablet."""
    context = browser.new_context(viewport=TABLET, base_url=web.url)
    context.add_cookies([cookie | {"url": web.url} for cookie in host_cookies])
    yield context
    context.close()


@pytest.fixture
def host(tablet: BrowserContext) -> Watched:
    """The host's page."""
    return watch(tablet.new_page())


@pytest.fixture
def guest(context: BrowserContext) -> Watched:
    """A guest's page."""
    return watch(context.new_page())


def is_quiet(watched: Watched) -> None:
    """Expect that the page's policy allowed everything it did, and that it did not complain."""
    watched.page.wait_for_load_state("networkidle")
    assert watched.violations() == []
    assert watched.complaints == []


def test_the_hosts_pages_do_nothing_that_the_policy_forbids(
    host: Watched, waitlist: Waitlist, queue: Queue, party: Party
) -> None:
    page = host.page
    for path in ("/", "/new", "/offline", f"/host/{queue.code}"):
        page.goto(path)
        is_quiet(host)

    page.locator(".code-button").click()
    page.get_by_role("button", name="Back to the line").click()
    page.get_by_role("button", name="More for").click()
    page.get_by_role("button", name="Close", exact=True).click()
    call_next(page).click()
    serve(page, "Okafor")
    waitlist.join(queue.code, "<b>Anna</b>", 2, None)
    host.poll()
    expect(page.locator(".who")).to_have_text("<b>Anna</b>")
    is_quiet(host)
    end_day(page)
    sees_end(page, "Closed for today")
    page.get_by_role("button", name="Undo: the day goes on").click()
    expect(page.locator(".who")).to_have_text("<b>Anna</b>")
    close_for_good(page, "trattoria lucia")
    sees_end(page, "This line is closed")
    is_quiet(host)


def test_the_poster_is_drawn_and_saved_under_the_policy(
    host: Watched, queue: Queue, tmp_path: Path
) -> None:
    page = host.page
    page.goto(f"/host/{queue.code}/poster")
    page.evaluate("() => { window.print = () => { window.printed = true } }")

    page.get_by_role("button", name="Print").click()
    assert page.evaluate("() => printed")
    for name, start in (("Poster, PNG", PNG), ("QR code, PNG", PNG), ("Poster, SVG", b"<svg")):
        with page.expect_download() as saving:
            page.get_by_text(name, exact=True).click()
        saving.value.save_as(tmp_path / "saved")
        assert (tmp_path / "saved").read_bytes().startswith(start)
    is_quiet(host)


def test_the_guests_pages_do_nothing_that_the_policy_forbids(
    guest: Watched, waitlist: Waitlist, queue: Queue, party: Party
) -> None:
    page = guest.page
    page.goto(f"/queue/{queue.code}")
    page.get_by_text("More").click()
    page.get_by_role("button", name="Join the line").click()
    expect(page.get_by_text("Please enter a whole number")).to_be_visible()
    is_quiet(guest)
    page.get_by_text("4", exact=True).click()
    page.get_by_role("button", name="Join the line").click()
    expect(page.locator(".spot-number")).to_have_text("2")
    page.get_by_role("button", name="I'm nearby").click()
    expect(page.get_by_text("The host knows you're nearby")).to_be_visible()
    is_quiet(guest)

    waitlist.leave(queue.code, party.id)
    waitlist.advance(queue.code, None, None)
    guest.poll()
    sees_call(page)
    page.mouse.click(5, 5)
    is_quiet(guest)
    cannot_come(page)
    sees_end(page, "You left the line")
    is_quiet(guest)


def test_pages_of_errors_are_pages_like_all_others(guest: Watched, queue: Queue) -> None:
    for path in ("/nothing/here", "/queue/QQQQQQ", "/?code=nonsense", f"/host/{queue.code}"):
        guest.page.goto(path)
        expect(guest.page.get_by_role("heading", level=1)).to_be_visible()
        is_quiet(guest)


def test_our_own_pages_open_no_socket(
    host: Watched, guest: Watched, queue: Queue, place: str
) -> None:
    host.page.goto(f"/host/{queue.code}")
    guest.page.goto(place)
    host.poll()
    call_next(host.page).click()
    guest.poll()
    sees_call(guest.page)
    serve(host.page, "Okafor")
    guest.poll()
    sees_end(guest.page, "Enjoy your meal")
    end_day(host.page)
    sees_end(host.page, "Closed for today")

    assert host.sockets == guest.sockets == []


def test_what_the_policy_forbids_would_be_noticed(guest: Watched) -> None:
    guest.page.goto("/")
    guest.page.evaluate("() => void document.body.setAttribute('style', 'color: red')")
    guest.page.evaluate("() => void new WebSocket(location.origin.replace('http', 'ws'))")

    listen_until(guest.page, guest.violations)
    listen_until(guest.page, lambda: guest.complaints)
    listen_until(guest.page, lambda: guest.sockets)
