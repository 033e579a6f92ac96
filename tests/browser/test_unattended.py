"""The screens of the room: the board speaks one call after the other, the kiosk forgets."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from queueup.domain.model import Queue
from queueup.waitlist import Waitlist
from tests.browser.people import TABLET
from tests.browser.waiting import until
from tests.browser.watching import Watched, watch
from tests.browser.web_process import WebProcess
from tests.support import hosting

FULL_HD = {"width": 1920, "height": 1080}
HD = {"width": 1280, "height": 720}
PORTRAIT = {"width": 1080, "height": 1920}
SECOND = 1_000
MINUTE = 60 * SECOND

# A device with a voice that takes its time, and notes what it says.
DEVICE = """
window.did = { tones: 0, said: [], atOnce: 0, most: 0, locks: 0 };
const createOscillator = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () {
  did.tones += 1;
  return createOscillator.call(this);
};
window.SpeechSynthesisUtterance = function (text) { this.text = text; };
Object.defineProperty(window, "speechSynthesis", { value: {
  cancel() {},
  speak(words) {
    did.said.push(words.text);
    did.atOnce += 1;
    did.most = Math.max(did.most, did.atOnce);
    setTimeout(() => {
      did.atOnce -= 1;
      words.onend();
    }, 300);
  },
} });
Object.defineProperty(navigator, "wakeLock", { value: { request: async () => {
  did.locks += 1;
  return { released: false };
} } });
"""
SAID = "() => did.said"
IS_STALE = "() => document.documentElement.classList.contains('is-stale')"
IS_IDLE = "() => document.documentElement.classList.contains('is-idle')"
SHIFT = "() => document.querySelector('[data-shifts]').style.transform"
CUT_OFF = """() => [...document.querySelectorAll(
  ".board-call, .board-tickets li, .board-also-called, .board-joining-said, .board-qr, .board-how *"
)].filter((element) => {
  const { top, bottom, left, right } = element.getBoundingClientRect();
  if (bottom === top) return false;
  const list = element.closest(".board-calls, .board-waiting-list");
  const floor = list ? list.getBoundingClientRect().bottom + 1 : innerHeight;
  return top < 0 || left < 0 || right > innerWidth || bottom > Math.min(innerHeight, floor);
}).map((element) => element.outerHTML.slice(0, 100))"""

Join = Callable[..., str]


@pytest.fixture
def device(browser: Browser, web: WebProcess) -> Iterator[BrowserContext]:
    """A device of the room, with nothing remembered."""
    context = browser.new_context(viewport=HD, base_url=web.url, locale="en-GB")
    yield context
    context.close()


@pytest.fixture
def screen(device: BrowserContext) -> Watched:
    """Its page, which has not been opened yet."""
    watched = watch(device.new_page())
    watched.page.add_init_script(DEVICE)
    return watched


@pytest.fixture
def join(waitlist: Waitlist, queue: Queue) -> Join:
    """Let a party in, and return its id."""
    return lambda name=None: waitlist.join(queue.code, name, 1, secrets.token_hex(8))[1].id


def tap(page: Page, name: str) -> None:
    """Tap a button."""
    page.get_by_role("button", name=name).click()


def get_ticket(page: Page, size: str = "2") -> None:
    """Tap a size and the button."""
    page.locator(".choice", has_text=size).click()
    tap(page, "Get a ticket")
    expect(page.locator("[data-ticket]")).to_be_visible()


def is_quiet(watched: Watched) -> None:
    """Expect that the policy allowed everything that the page did."""
    assert watched.violations() == []
    assert watched.complaints == []


def test_calls_are_spoken_one_after_the_other_and_a_repeated_call_again(
    screen: Watched, queue: Queue, waitlist: Waitlist, join: Join
) -> None:
    page, code = screen.page, queue.code
    parties = [join("Anna"), join("Bo"), join(), join("Cleo")]
    hosting.call(waitlist, code, parties[0])
    page.goto(f"/board/{code}")
    tap(page, "Turn on sound")
    tap(page, "Announce calls")
    until(page, "() => did.said.length === 1 && did.atOnce === 0")

    for party_id in parties[1:]:
        hosting.call(waitlist, code, party_id)
    screen.poll()
    until(page, "() => did.said.length === 4 && did.atOnce === 0")
    hosting.call(waitlist, code, parties[1])
    screen.poll()
    until(page, "() => did.said.length === 5 && did.atOnce === 0")

    words = [f"Number {n}, please come to the host stand." for n in (2, 3, 4, 2)]
    assert page.evaluate(SAID) == ["Announcements are on.", *words]
    assert page.evaluate("() => did.most") == 1
    assert page.evaluate("() => did.tones") > 0
    is_quiet(screen)


def test_a_board_is_silent_until_somebody_turns_its_sound_on(
    screen: Watched, queue: Queue, waitlist: Waitlist, join: Join
) -> None:
    page = screen.page
    page.goto(f"/board/{queue.code}")
    expect(page.get_by_role("button", name="Announce calls")).to_be_hidden()
    page.mouse.click(5, 5)
    hosting.call(waitlist, queue.code, join("Anna"))
    screen.poll()

    # Whoever cannot see the board is told all the same.
    expect(page.get_by_role("status").last).to_have_text("Number 1, please come to the host stand.")
    assert page.evaluate("() => [did.tones, did.said]") == [0, []]
    is_quiet(screen)


def test_the_sound_stays_on_when_the_board_loads_itself_again(
    screen: Watched, queue: Queue
) -> None:
    page = screen.page
    page.goto(f"/board/{queue.code}")
    tap(page, "Turn on sound")
    expect(page.get_by_role("button", name="Sound on")).to_be_visible()
    page.reload()
    # Or the browser wants another touch first, and the board asks for it.
    page.mouse.click(5, 5)
    expect(page.get_by_role("button", name="Sound on")).to_be_visible()
    tap(page, "Sound on")
    expect(page.get_by_role("button", name="Turn on sound")).to_be_visible()


@pytest.mark.parametrize("size", [FULL_HD, HD, PORTRAIT], ids=["1080p", "720p", "portrait"])
@pytest.mark.parametrize(("calls", "waiting"), [(0, 0), (1, 3), (4, 42), (6, 40), (0, 60)])
def test_everything_that_the_board_shows_is_in_sight(
    screen: Watched,
    queue: Queue,
    waitlist: Waitlist,
    join: Join,
    size: dict[str, int],
    calls: int,
    waiting: int,
) -> None:
    page = screen.page
    parties = [join("Wanda") for _ in range(min(60, calls + waiting))]
    for party_id in parties[:calls]:
        hosting.call(waitlist, queue.code, party_id)
    page.set_viewport_size(size)
    page.goto(f"/board/{queue.code}")

    assert page.evaluate(CUT_OFF) == []
    large = page.locator(".board-call-ticket").evaluate_all(
        "(tickets) => tickets.map((ticket) => parseFloat(getComputedStyle(ticket).fontSize))"
    )
    assert len(large) == min(calls, 5)
    assert all(px >= 96 for px in large)


def test_the_board_spares_its_screen_and_wakes_for_a_call(
    screen: Watched, queue: Queue, waitlist: Waitlist, join: Join
) -> None:
    page = screen.page
    page.clock.install()
    party_id = join("Anna")
    page.goto(f"/board/{queue.code}")
    assert page.evaluate("() => did.locks") == 1
    tap(page, "Turn on sound")
    shifts = set()
    for _ in range(7):
        page.clock.fast_forward(MINUTE)
        screen.poll()
        shifts.add(page.evaluate(SHIFT))
    assert len(shifts) == 7
    until(page, IS_IDLE)
    expect(page.locator(".board-controls")).to_have_css("opacity", "0")

    hosting.call(waitlist, queue.code, party_id)
    screen.poll()
    expect(page.locator("[data-news]")).to_contain_text("#1")
    assert not page.evaluate(IS_IDLE)


def test_the_board_says_how_old_it_is_and_comes_back_by_itself(
    screen: Watched, device: BrowserContext, queue: Queue, waitlist: Waitlist, join: Join
) -> None:
    page = screen.page
    page.goto(f"/board/{queue.code}")
    device.set_offline(True)
    screen.look()
    until(page, IS_STALE)
    expect(page.locator("[data-stale]")).to_contain_text("as of")
    hosting.call(waitlist, queue.code, join("Anna"))

    device.set_offline(False)

    expect(page.locator(".board-call-ticket")).to_have_text("#1A")
    assert not page.evaluate(IS_STALE)


def test_a_board_takes_the_next_release_when_it_can_be_had(
    screen: Watched, device: BrowserContext, queue: Queue
) -> None:
    page = screen.page
    page.clock.install()
    page.goto(f"/board/{queue.code}")
    screen.stays()
    page.clock.fast_forward(2 * MINUTE)
    page.wait_for_timeout(200)
    assert screen.has_stayed()

    page.evaluate("() => { document.querySelector('[data-screen]').dataset.release = 'next' }")
    device.set_offline(True)
    page.clock.fast_forward(MINUTE)
    page.wait_for_timeout(200)
    assert screen.has_stayed()

    device.set_offline(False)
    with page.expect_navigation():
        page.clock.fast_forward(MINUTE)
    assert not screen.has_stayed()


def test_a_closed_board_opens_with_the_line(
    screen: Watched, queue: Queue, waitlist: Waitlist
) -> None:
    page = screen.page
    page.goto(f"/board/{queue.code}")
    expect(page.get_by_role("heading", name="Join the line")).to_be_visible()
    waitlist.close(queue.code)
    screen.poll()
    expect(page.get_by_role("heading", name="This line is closed")).to_be_visible()
    expect(page.get_by_role("heading", name="Join the line")).to_be_hidden()
    # It goes on asking, for the line may open again.
    assert screen.poll() == 304


def test_a_ticket_takes_two_taps_and_leaves_nothing_behind(
    screen: Watched, device: BrowserContext, queue: Queue, waitlist: Waitlist
) -> None:
    page = screen.page
    page.set_viewport_size(TABLET)
    page.clock.install()
    page.goto("/")
    page.goto(f"/kiosk/{queue.code}")
    depth = page.evaluate("() => history.length")
    get_ticket(page, "4")
    expect(page.locator("#ticket-title")).to_have_text("Your ticket #1")
    expect(page.locator("#ticket-title")).to_be_focused()
    expect(page.get_by_role("button", name="Get a ticket")).to_be_hidden()
    party_id = waitlist.queue(queue.code).parties[0].id
    assert party_id not in page.content()

    page.clock.run_for(20 * SECOND)
    expect(page.get_by_role("timer")).to_have_text("This screen clears in 10 s")
    tap(page, "More time")
    page.clock.run_for(29 * SECOND)
    expect(page.locator("[data-ticket]")).to_be_visible()
    page.clock.run_for(SECOND)

    expect(page.locator("[data-ticket]")).to_have_count(0)
    expect(page.get_by_role("button", name="Get a ticket")).to_be_visible()
    assert page.locator(":checked").count() == 0
    # What it keeps says of which line the screen is, and nothing of guests.
    assert [cookie["name"] for cookie in device.cookies()] == ["queueup_screen"]
    assert page.evaluate("() => [localStorage.length, sessionStorage.length]") == [0, 0]
    assert page.evaluate("() => history.length") == depth
    page.go_back()
    page.go_forward()
    expect(page.get_by_role("button", name="Get a ticket")).to_be_visible()
    expect(page.locator("[data-ticket]")).to_have_count(0)
    assert screen.violations() == []


def test_a_reload_does_not_take_a_ticket_away(screen: Watched, queue: Queue) -> None:
    page = screen.page
    page.goto(f"/kiosk/{queue.code}")
    get_ticket(page)
    page.reload()
    expect(page.locator("#ticket-title")).to_have_text("Your ticket #1")
    expect(page.get_by_role("button", name="Get a ticket")).to_be_hidden()
    page.get_by_role("link", name="Done").click()
    page.reload()
    expect(page.get_by_role("button", name="Get a ticket")).to_be_visible()
    expect(page.locator("[data-ticket]")).to_have_count(0)
    assert screen.violations() == []


def test_the_next_guest_meets_an_empty_form_and_is_another_party(
    screen: Watched, queue: Queue, waitlist: Waitlist
) -> None:
    page = screen.page
    page.goto(f"/kiosk/{queue.code}")
    page.get_by_label("Your name").fill("Okafor")
    get_ticket(page)
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_label("Your name")).to_have_value("")
    # Two taps within a moment at the same place count as one.
    page.wait_for_timeout(400)
    get_ticket(page)
    assert [p.name for p in waitlist.queue(queue.code).parties] == ["Okafor", None]


def test_a_name_that_somebody_left_behind_goes_away_by_itself(
    screen: Watched, queue: Queue
) -> None:
    page = screen.page
    page.clock.install()
    page.goto(f"/kiosk/{queue.code}")
    page.get_by_label("Your name").fill("Okafor")
    page.clock.fast_forward(MINUTE)
    expect(page.get_by_label("Your name")).to_have_value("")


def test_a_double_tap_makes_one_party(screen: Watched, queue: Queue, waitlist: Waitlist) -> None:
    page = screen.page
    page.goto(f"/kiosk/{queue.code}")
    page.locator(".choice", has_text="2").click()
    page.get_by_role("button", name="Get a ticket").dblclick()
    expect(page.locator("[data-ticket]")).to_be_visible()
    assert len(waitlist.queue(queue.code).parties) == 1


def test_without_a_network_nobody_believes_to_have_a_ticket(
    screen: Watched, device: BrowserContext, queue: Queue, waitlist: Waitlist
) -> None:
    page = screen.page
    page.goto(f"/kiosk/{queue.code}")
    page.get_by_label("Your name").fill("Zoë")
    page.locator(".choice", has_text="3").click()
    device.set_offline(True)
    tap(page, "Get a ticket")
    expect(page.get_by_role("alert").get_by_text("you don't have a ticket yet")).to_be_visible()
    expect(page.locator("[data-ticket]")).to_have_count(0)
    assert waitlist.queue(queue.code).parties == ()

    screen.look()
    expect(page.get_by_text("We can't reach the waitlist", exact=True)).to_be_visible()

    device.set_offline(False)
    tap(page, "Get a ticket")
    expect(page.locator("[data-ticket]")).to_be_visible()
    assert [p.name for p in waitlist.queue(queue.code).parties] == ["Zoë"]


def test_a_ticket_whose_answer_was_lost_is_the_same_one_on_the_next_tap(
    screen: Watched, queue: Queue, waitlist: Waitlist
) -> None:
    page = screen.page
    page.goto(f"/kiosk/{queue.code}")

    def lose(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route("**/kiosk/*", lose, times=1)
    page.locator(".choice", has_text="3").click()
    tap(page, "Get a ticket")
    expect(page.get_by_role("alert").get_by_text("you don't have a ticket yet")).to_be_visible()
    tap(page, "Get a ticket")
    expect(page.locator("#ticket-title")).to_have_text("Your ticket #1")
    assert len(waitlist.queue(queue.code).parties) == 1


def test_a_refusal_is_said_in_words_and_nothing_typed_is_lost(
    screen: Watched, queue: Queue, waitlist: Waitlist
) -> None:
    page = screen.page
    page.goto(f"/kiosk/{queue.code}")
    page.get_by_label("Your name").fill("Zoë")
    tap(page, "Get a ticket")
    expect(page.get_by_role("alert").get_by_text("Please tap your party size.")).to_be_visible()
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Exact party size").fill("61")
    tap(page, "Get a ticket")
    expect(page.get_by_role("alert").get_by_text("can't take a party of 61")).to_be_visible()
    expect(page.get_by_label("Your name")).to_have_value("Zoë")
    waitlist.close(queue.code)
    screen.poll()
    expect(page.get_by_text("This line is closed")).to_be_visible()
    expect(page.get_by_role("button", name="Get a ticket")).to_be_hidden()


def test_the_wait_is_that_of_the_chosen_size(screen: Watched, queue: Queue, join: Join) -> None:
    page = screen.page
    join()
    page.goto(f"/kiosk/{queue.code}")
    shown = page.locator(".kiosk-band:visible")
    expect(shown).to_have_attribute("data-band", "1-2")
    bands = {"2": "1-2", "3": "3-4", "4": "3-4", "6": "5-6", "8": "7+", "More": "7+"}
    for size, band in bands.items():
        page.locator(".choice", has_text=size).click()
        expect(shown).to_have_count(1)
        expect(shown).to_have_attribute("data-band", band)


@pytest.mark.parametrize("kind", ["board", "kiosk"])
def test_a_screen_fills_the_device(screen: Watched, queue: Queue, kind: str) -> None:
    page = screen.page
    page.goto(f"/{kind}/{queue.code}")
    tap(page, "Full screen")
    until(page, "() => document.fullscreenElement === document.documentElement")


def test_a_language_lasts_for_one_guest(screen: Watched, queue: Queue) -> None:
    page = screen.page
    page.goto(f"/kiosk/{queue.code}")
    page.get_by_role("link", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.locator(".choice", has_text="2").click()
    page.locator("[data-join]").click()
    page.locator("[data-done]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("button", name="Get a ticket")).to_be_visible()


def test_the_kiosk_and_the_board_work_without_scripts(
    browser: Browser, web: WebProcess, queue: Queue, waitlist: Waitlist
) -> None:
    context = browser.new_context(viewport=TABLET, base_url=web.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/kiosk/{queue.code}")
    page.locator(".choice", has_text="3").click()
    page.get_by_role("button", name="Get a ticket").click()
    expect(page.locator("#ticket-title")).to_have_text("Your ticket #1")
    expect(page.locator("noscript meta[http-equiv=refresh]")).to_have_count(1)
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("button", name="Get a ticket")).to_be_visible()

    waitlist.advance(queue.code, None, None)
    page.goto(f"/board/{queue.code}")
    expect(page.locator(".board-call-ticket")).to_have_text("#1")
    expect(page.locator("noscript meta[http-equiv=refresh]")).to_have_count(1)
    context.close()
