"""Open pages that ring: the guest's when called, the host's when somebody joins or answers."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from queueup.domain.model import Party, Queue
from queueup.waitlist import Waitlist
from tests.browser.waiting import deliver, open_controlled, until
from tests.browser.web_process import WebProcess
from tests.support import hosting

# Notes what the page does to the device.
DEVICE = """
window.did = { tones: 0, vibrations: [], badges: [], locks: [] };
const createOscillator = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () {
  did.tones += 1;
  return createOscillator.call(this);
};
navigator.vibrate = (pattern) => did.vibrations.push(pattern);
navigator.setAppBadge = async (count) => did.badges.push(count);
navigator.clearAppBadge = async () => did.badges.push(0);
Object.defineProperty(navigator, "wakeLock", { value: { request: async (kind) => {
  const lock = new EventTarget();
  did.locks.push({ kind, lock });
  return lock;
} } });
"""
COME = "Please come to the host stand"
TONES = "() => did.tones"


@pytest.fixture(scope="session")
def browser(whole_browser: Browser) -> Browser:
    """The whole browser: pushes come in."""
    return whole_browser


@pytest.fixture
def guest(context: BrowserContext, place: str) -> Page:
    """The guest's open page, touched once."""
    page = context.new_page()
    page.add_init_script(DEVICE)
    page.goto(place)
    page.mouse.click(5, 5)
    return page


@pytest.fixture
def host(
    browser: Browser, web: WebProcess, queue: Queue, host_cookies: list[dict[str, str]]
) -> Iterator[Page]:
    """The host's tablet, touched once."""
    context = browser.new_context(base_url=web.url, viewport={"width": 1180, "height": 820})
    context.add_cookies([cookie | {"url": web.url} for cookie in host_cookies])
    page = context.new_page()
    page.add_init_script(DEVICE)
    page.goto(f"/host/{queue.code}")
    page.mouse.click(5, 5)
    yield page
    context.close()


def test_a_called_guest_hears_feels_and_sees_it_until_the_page_is_touched(
    guest: Page, waitlist: Waitlist, queue: Queue
) -> None:
    waitlist.advance(queue.code, None, None)

    until(guest, "() => did.tones > 0 && did.vibrations.length > 0")
    until(guest, f"() => document.title === '{COME}'")
    until(guest, f"() => document.title !== '{COME}'")
    # The first takes away what an earlier call may have left.
    assert guest.evaluate("() => did.badges") == [0, 1]

    guest.mouse.click(5, 5)
    tones = guest.evaluate(TONES)
    guest.wait_for_timeout(4_500)
    assert guest.evaluate(TONES) == tones
    assert guest.evaluate("() => did.badges") == [0, 1, 0]
    assert guest.title() == "Your table is ready · Trattoria Lucia"


def test_a_repeated_call_rings_again_and_a_reload_does_not(
    guest: Page, waitlist: Waitlist, queue: Queue, party: Party
) -> None:
    waitlist.advance(queue.code, None, None)
    until(guest, TONES)
    guest.mouse.click(5, 5)
    guest.reload()
    guest.wait_for_timeout(500)
    assert guest.evaluate("() => did.badges") == []

    hosting.call(waitlist, queue.code, party.id)

    until(guest, "() => did.badges.includes(1)")


def test_a_guest_who_is_served_is_not_rung_any_more(
    guest: Page, waitlist: Waitlist, queue: Queue, party: Party
) -> None:
    waitlist.advance(queue.code, None, None)
    until(guest, TONES)

    hosting.serve(waitlist, queue.code, party.id)

    until(guest, "() => did.badges.at(-1) === 0")
    expect(guest.locator("[data-notify]")).to_be_hidden()


def test_a_push_makes_the_open_page_look_at_once(
    context: BrowserContext, waitlist: Waitlist, queue: Queue
) -> None:
    parties = [waitlist.join(queue.code, f"Party {number}", 1, None)[1] for number in range(12)]
    page = context.new_page()
    page.clock.install()
    open_controlled(page, f"/queue/{queue.code}/place?partyId={parties[-1].id}")
    push = {"title": "T", "body": "B", "kind": "pos_5", "url": page.url}
    send = deliver(page)

    # From here on no time passes for the page, which would ask by itself after a while.
    page.clock.pause_at(page.evaluate("() => Date.now() + 100"))
    with page.expect_request("**/snapshot?*", timeout=60_000):
        send(json.dumps(push))


def test_the_host_hears_and_sees_every_arrival_until_it_is_seen(
    host: Page, waitlist: Waitlist, queue: Queue
) -> None:
    assert host.evaluate(TONES) == 0

    party = waitlist.join(queue.code, "Lind", 5, None)[1]

    row = host.locator(f"#p-{party.id}")
    expect(row).to_have_attribute("data-news", "")
    until(host, TONES)
    row.locator(".who").click()
    expect(row).not_to_have_attribute("data-news", "")

    waitlist.declare_nearby(queue.code, party.id)
    expect(row).to_have_attribute("data-news", "")


def test_the_hosts_own_calls_are_no_news(party: Party, host: Page) -> None:
    row = host.locator(f"#p-{party.id}")
    expect(row).to_be_visible()

    row.get_by_role("button", name="Call", exact=False).first.click()

    expect(host.locator(f"#p-{party.id}.party-called")).to_be_visible()
    assert host.evaluate(TONES) == 0


def test_the_host_can_silence_the_chime_and_it_stays_silent(
    host: Page, waitlist: Waitlist, queue: Queue
) -> None:
    host.get_by_role("button", name="Sound on").click()
    expect(host.get_by_role("button", name="Sound off")).to_be_visible()
    host.reload()
    expect(host.get_by_role("button", name="Sound off")).to_be_visible()

    party = waitlist.join(queue.code, "Lind", 5, None)[1]

    expect(host.locator(f"#p-{party.id}")).to_have_attribute("data-news", "")
    assert host.evaluate(TONES) == 0


def test_the_hosts_screen_stays_on_and_says_so(host: Page) -> None:
    expect(host.get_by_text("Screen won't sleep")).to_be_visible()
    assert host.evaluate("() => did.locks.map(({ kind }) => kind)") == ["screen"]

    host.evaluate("() => did.locks[0].lock.dispatchEvent(new Event('release'))")
    expect(host.get_by_text("Screen won't sleep")).to_be_hidden()
    host.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    expect(host.get_by_text("Screen won't sleep")).to_be_visible()
    assert host.evaluate("() => did.locks.length") == 2
