"""What guests are told about how they will hear of the call, browser by browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.waiting import open_controlled, until
from tests.browser.web_process import WebProcess

PHONE = {"width": 390, "height": 844}
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1"
)
OLD_IPHONE = IPHONE.replace("18_3", "15_8")
NO_PUSH = "delete window.PushManager"
NOTHING_AT_ALL = """
for (const name of ["PushManager", "Notification", "caches", "AudioContext"]) delete window[name];
for (const name of ["serviceWorker", "vibrate", "setAppBadge", "wakeLock", "userActivation"]) {
  delete Navigator.prototype[name];
}
"""


@pytest.fixture(scope="session")
def browser(whole_browser: Browser) -> Browser:
    """The whole browser: push is allowed and refused."""
    return whole_browser


def not_asked(answer: str) -> str:
    """Return a script for a browser that has not asked yet, and will get this answer."""
    return f"""
    let permission = "default";
    Object.defineProperty(Notification, "permission", {{ get: () => permission }});
    window.asked = [];
    Notification.requestPermission = async () => {{
      window.asked.push(navigator.userActivation.isActive);
      return (permission = "{answer}");
    }};
    """


def visible(page: Page, words: str) -> None:
    """Expect these words in the box that says how the guest will hear of the call."""
    expect(page.locator("[data-notify]").get_by_text(words)).to_be_visible()


@pytest.fixture
def page(browser: Browser, web: WebProcess) -> Iterator[Page]:
    """A phone that has allowed nothing."""
    opened = browser.new_page(viewport=PHONE, base_url=web.url)
    yield opened
    opened.close()


def test_nobody_is_asked_before_a_tap_on_a_sentence_that_says_why(page: Page, place: str) -> None:
    page.add_init_script(not_asked("denied"))
    open_controlled(page, place)

    visible(page, "Tell me when it's time")
    visible(page, "We can send a notification when your table is ready")
    assert page.evaluate("() => window.asked") == []
    page.get_by_role("button", name="Notify me").click()
    visible(page, "Notifications are blocked")
    assert page.evaluate("() => window.asked") == [True]


def test_a_question_that_was_only_closed_can_be_asked_again(page: Page, place: str) -> None:
    page.add_init_script(not_asked("default"))
    open_controlled(page, place)

    page.get_by_role("button", name="Notify me").click()

    until(page, "() => window.asked.length === 1")
    expect(page.get_by_role("button", name="Notify me")).to_be_visible()


def test_a_browser_that_reaches_no_push_service_says_so(
    context: BrowserContext, place: str
) -> None:
    page = context.new_page()
    # What a Chromium does that has no way to its push service, only sooner.
    page.add_init_script("PushManager.prototype.subscribe = async () => { throw new Error() }")
    open_controlled(page, place)

    page.get_by_role("button", name="Notify me").click()

    visible(page, "couldn't reach its push service")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    visible(page, "This page rings while it's open")


def test_who_has_blocked_notifications_is_told_how_to_allow_them(page: Page, place: str) -> None:
    page.add_init_script("Object.defineProperty(Notification, 'permission', { value: 'denied' })")
    page.goto(place)

    visible(page, "Notifications are blocked")
    visible(page, "Site settings")
    visible(page, "This page rings while it's open")


def test_an_iphone_is_shown_the_way_to_its_home_screen(
    browser: Browser, web: WebProcess, place: str
) -> None:
    page = browser.new_page(user_agent=IPHONE, base_url=web.url)
    page.add_init_script(NO_PUSH)
    page.goto(place)

    visible(page, "Add to Home Screen")
    expect(page.locator(".notify-steps svg")).to_have_count(3)
    # The app on the Home Screen has no cookies of this browser, and must know whose place it is.
    manifest = page.evaluate(
        "async () => (await fetch(document.querySelector('link[rel=manifest]').href)).json()"
    )
    assert manifest["start_url"] == place
    page.close()


@pytest.mark.parametrize("agent", [OLD_IPHONE, None])
def test_a_browser_without_push_is_told_to_keep_the_page_open(
    browser: Browser, web: WebProcess, place: str, agent: str | None
) -> None:
    page = browser.new_page(user_agent=agent, base_url=web.url)
    page.add_init_script(NO_PUSH)
    page.goto(place)

    visible(page, "Keep this page open")
    expect(page.get_by_text("Add to Home Screen")).to_be_hidden()
    page.close()


def test_pages_work_without_any_of_this(page: Page, place: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.add_init_script(NOTHING_AT_ALL)

    for path in (place, "/", "/new", "/offline"):
        page.goto(path)
        page.mouse.click(1, 1)
        page.wait_for_timeout(200)

    assert said == []
