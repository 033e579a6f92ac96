"""On the oldest browsers that README names, pages follow the line, and none dies silently."""

from collections.abc import Iterator

import pytest

from queueup.domain.model import Party, Queue
from queueup.waitlist import Waitlist
from tests.browser.people import PHONE, TABLET
from tests.browser.web_process import WebProcess
from tests.support import hosting
from tests.support.old_chromium import OldChromium, old_chromium

pytestmark = pytest.mark.long

# The one script that is not ours, and newer than these browsers.
HTMX = "/static/vendor/htmx.min.js"
ANNOUNCED = "Number 1, please come to the host stand."


@pytest.fixture(scope="module")
def television() -> Iterator[OldChromium]:
    """A browser as in televisions of 2021 and as old as Safari 13."""
    with old_chromium(79) as browser:
        yield browser


@pytest.fixture(scope="module")
def tablet() -> Iterator[OldChromium]:
    """A browser of the age of iPadOS 16."""
    with old_chromium(112) as browser:
        yield browser


def fresh(browser: OldChromium, size: dict[str, int]) -> OldChromium:
    """Return the browser with nothing remembered."""
    browser.command("Network.clearBrowserCookies")
    browser.command("Network.setBlockedURLs", urls=[])
    browser.lose_network(False)
    browser.size(**size)
    browser.complaints.clear()
    return browser


@pytest.fixture
def board_browser(television: OldChromium) -> OldChromium:
    """The television with nothing remembered."""
    return fresh(television, {"width": 1280, "height": 720})


@pytest.fixture
def old_phone(television: OldChromium) -> OldChromium:
    """The same browser as a phone has it."""
    return fresh(television, PHONE)


@pytest.fixture
def old_tablet(television: OldChromium) -> OldChromium:
    """The same browser as a tablet has it."""
    return fresh(television, TABLET)


@pytest.fixture
def console(
    tablet: OldChromium,
    web: WebProcess,
    queue: Queue,
    party: Party,
    host_cookies: list[dict[str, str]],
) -> OldChromium:
    """The console of a line with one party, on a tablet with iPadOS 16."""
    return open_console(fresh(tablet, TABLET), web, queue, host_cookies)


def open_console(
    browser: OldChromium, web: WebProcess, queue: Queue, cookies: list[dict[str, str]]
) -> OldChromium:
    """Open the line's console as its host."""
    for cookie in cookies:
        browser.remember(web.url, cookie)
    browser.open(f"{web.url}/host/{queue.code}")
    is_ready(browser)
    return browser


def is_ready(browser: OldChromium) -> None:
    """Wait until the scripts of the page that is shown have run."""
    browser.until("window.queueupFollows === true")


def own_complaints(browser: OldChromium) -> list[str]:
    """Return what our own scripts threw."""
    return [words for words in browser.complaints if HTMX not in words]


def shown_bands(browser: OldChromium) -> list[str]:
    """Return the party sizes whose wait is shown."""
    found: list[str] = browser.evaluate(
        "[...document.querySelectorAll('[data-band]')]"
        ".filter((one) => one.getClientRects().length > 0).map((one) => one.dataset.band)"
    )
    return found


def test_a_television_shows_each_call(
    board_browser: OldChromium, web: WebProcess, queue: Queue, waitlist: Waitlist, party: Party
) -> None:
    board = board_browser
    board.open(f"{web.url}/board/{queue.code}")
    board.sees(".board-words", "Your ticket will appear here")
    board.evaluate("void (window.isFirst = true)")
    assert board.wait_for_polls(2) == [304, 304]
    assert board.evaluate("window.isFirst"), "An unchanged line loads nothing again."

    hosting.call(waitlist, queue.code, party.id)
    board.sees(".board-call-ticket", "#1")
    board.until(f"document.querySelector('[data-announced]').textContent === '{ANNOUNCED}'")
    hosting.serve(waitlist, queue.code, party.id)
    board.sees(".board-words", "No one is waiting")

    assert own_complaints(board) == []


def test_a_board_that_loses_its_network_says_so_and_comes_back(
    board_browser: OldChromium, web: WebProcess, queue: Queue, waitlist: Waitlist, party: Party
) -> None:
    board = board_browser
    board.open(f"{web.url}/board/{queue.code}")
    board.lose_network()
    board.sees("[data-stale]", "as of")
    hosting.call(waitlist, queue.code, party.id)
    board.sees(".board-words", "Your ticket will appear here")

    board.lose_network(False)
    board.sees(".board-call-ticket", "#1")


def test_a_guest_follows_the_line_on_an_old_phone_and_answers_the_call(
    old_phone: OldChromium, web: WebProcess, queue: Queue, waitlist: Waitlist, party: Party
) -> None:
    phone = old_phone
    phone.open(f"{web.url}/queue/{queue.code}")
    phone.sees(".strip", "1 party in line")
    assert shown_bands(phone) == ["1-2"]
    phone.tap("[name=size][value='4'] + span")
    assert shown_bands(phone) == ["3-4"]
    phone.tap("[name=size][value=more] + span")
    assert shown_bands(phone) == ["7+"]
    phone.tap(".choice")
    assert shown_bands(phone) == ["1-2"]
    phone.tap("[name=name]")
    phone.type("Marchetti")
    phone.tap(".thumb .button")
    phone.sees(".spot-place", "2")
    is_ready(phone)
    assert not phone.is_shown("[popover]")
    phone.tap(".choices [popovertarget=size]")
    phone.sees("#size", "How many in your party?")
    phone.tap("#size [popovertargetaction=hide]")
    phone.until("!document.querySelector('.is-open')")
    phone.tap(".choices [popovertarget=size]")
    phone.tap("#size-3")
    phone.sees(".spot-party", "Party of 3")

    waitlist.leave(queue.code, party.id)
    phone.sees(".spot-place", "1")
    is_ready(phone)
    mine = waitlist.queue(queue.code).parties[-1]
    # A sheet that somebody left open does not keep a call away.
    phone.tap(".choices [popovertarget=size]")
    hosting.call(waitlist, queue.code, mine.id)
    phone.sees(".ready", "Your table is ready")
    is_ready(phone)
    assert not phone.is_shown("[popover], .when-waiting, .notify")
    phone.tap(".ready-answers .button-first")
    phone.sees(".ready", "The host knows")

    hosting.serve(waitlist, queue.code, mine.id)
    phone.sees(".ended-visit", "Enjoy your meal")
    assert not phone.is_shown(".while-active")
    assert own_complaints(phone) == []


def test_a_kiosk_gives_tickets_and_keeps_what_is_typed(
    old_tablet: OldChromium, web: WebProcess, queue: Queue, waitlist: Waitlist
) -> None:
    kiosk = old_tablet
    kiosk.open(f"{web.url}/kiosk/{queue.code}")
    kiosk.sees(".kiosk-wait", "No wait right now")
    waitlist.join(queue.code, "Anna", 2, None)
    kiosk.sees(".kiosk-wait", "1 party in line")
    is_ready(kiosk)
    kiosk.tap("[name=size][value='5'] + span")
    assert shown_bands(kiosk) == ["5-6"]
    kiosk.tap("[name=name]")
    kiosk.type("Okafor")
    waitlist.join(queue.code, "Bo", 2, None)
    assert 200 in kiosk.wait_for_polls(3)
    assert kiosk.evaluate("document.querySelector('[name=name]').value") == "Okafor"
    kiosk.tap("[data-join]")
    kiosk.sees("#ticket-title", "#3")
    kiosk.sees("[data-clears]", "This screen clears in")
    kiosk.tap("[data-done]")
    kiosk.sees(".kiosk-question", "How many in your party?")
    assert kiosk.evaluate("document.querySelector('[name=name]').value") == ""
    kiosk.until("document.documentElement.dataset.chosen === '1-2'")
    assert shown_bands(kiosk) == ["1-2"]

    waitlist.close(queue.code)
    kiosk.sees(".kiosk-shut", "This line is closed")
    # The page has been loaded again, and its script hides the form.
    kiosk.until("document.querySelector('.kiosk-form').getClientRects().length === 0")
    assert own_complaints(kiosk) == []


def test_a_page_whose_scripts_do_not_run_is_loaded_again(
    board_browser: OldChromium, web: WebProcess, queue: Queue, waitlist: Waitlist, party: Party
) -> None:
    board = board_browser
    # As in a browser that cannot read it, or over a network that lost it.
    board.command("Network.setBlockedURLs", urls=["*/js/poll.js*"])
    board.open(f"{web.url}/board/{queue.code}")
    board.sees(".board-words", "Your ticket will appear here")
    hosting.call(waitlist, queue.code, party.id)
    board.sees(".board-call-ticket", "#1")


def test_a_browser_that_is_too_old_for_the_console_is_told_so(
    old_tablet: OldChromium, web: WebProcess, queue: Queue, host_cookies: list[dict[str, str]]
) -> None:
    console = open_console(old_tablet, web, queue, host_cookies)
    console.sees("[data-too-old]", "This browser is too old for the console")


def test_the_console_works_without_popovers(
    console: OldChromium, queue: Queue, waitlist: Waitlist
) -> None:
    assert not console.evaluate("'popover' in HTMLElement.prototype")
    assert not console.is_shown("[popover], [data-too-old]")
    for opener, sheet in (("#more", "#more-list"), (".code-button", "#invite")):
        shown = f"document.querySelector('{sheet}')"
        console.tap(opener)
        console.until(f"{shown}.getClientRects().length > 0")
        assert console.evaluate(f"{shown}.contains(document.activeElement)")
        for kind in ("keyDown", "keyUp"):
            console.command("Input.dispatchKeyEvent", type=kind, key="Escape")
        console.until(f"{shown}.getClientRects().length === 0")
        assert console.evaluate(f"document.activeElement.matches('{opener}')")

    console.tap("#show-ended")
    console.sees("#ended-list", "No one yet.")
    waitlist.join(queue.code, "Marchetti", 2, None)
    console.until("document.querySelectorAll('.waiting .party').length === 2")
    assert console.is_shown("#ended-list"), "A poll closes no sheet."
    # Outside of it.
    console.tap("#counts")
    console.until("document.querySelector('#ended-list').getClientRects().length === 0")

    console.tap("#call-next")
    console.sees(".called .party", "Okafor")
    console.tap(".called .party-actions .button")
    console.sees(".called", "No one")
    console.tap("#add")
    console.sees("#add-sheet", "Add a party")
    assert own_complaints(console) == []


def test_a_guests_sheets_work_without_popovers(
    tablet: OldChromium, web: WebProcess, place: str
) -> None:
    phone = fresh(tablet, PHONE)
    phone.open(f"{web.url}{place}")
    is_ready(phone)
    assert not phone.is_shown("[popover]")
    phone.tap(".choices [popovertarget=size]")
    phone.tap("#size-4")
    phone.sees(".spot-party", "Party of 4")
    phone.until("!document.querySelector('.is-open')")
    assert own_complaints(phone) == []
