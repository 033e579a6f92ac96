"""The forms with the bot check on: a verifier of ours, and a stand-in for the widget's script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.browser.people import PHONE
from tests.browser.watching import Watched, watch
from tests.browser.web_process import WebProcess
from tests.support.turnstile_server import YES, Verifier, running_verifier

WIDGET = "https://challenges.cloudflare.com/**"
NO = b'{"success": false, "error-codes": ["timeout-or-duplicate"]}'
# What the widget's script does in the end: a frame of its own, and a field in the form around it.
PASSES = """
for (const place of document.querySelectorAll(".cf-turnstile")) {
  const frame = document.createElement("iframe");
  frame.src = "https://challenges.cloudflare.com/frame";
  frame.title = "Check";
  const token = document.createElement("input");
  token.type = "hidden";
  token.name = "cf-turnstile-response";
  token.value = `token for ${place.dataset.sitekey}`;
  place.append(frame, token);
}
"""
NEVER_ENDS = ""


class Widget:
    """The other end of the widget's addresses, which lie outside of this machine."""

    def __init__(self) -> None:
        self.script: str | None = PASSES

    def answer(self, route: Route) -> None:
        """Answer a request of the page."""
        if self.script is None:
            route.abort()
        elif route.request.url.endswith("/turnstile/v0/api.js"):
            route.fulfill(body=self.script, content_type="text/javascript")
        else:
            route.fulfill(body="<p>Checked</p>", content_type="text/html")


@pytest.fixture(scope="module")
def running(
    web_env: dict[str, str],
) -> Iterator[tuple[WebProcess, Verifier]]:
    """A web process with the bot check on, and its verifier."""
    with running_verifier() as verifier:
        check = {
            "TURNSTILE_SECRET_KEY": "secret",
            "TURNSTILE_SITE_KEY": "site",
            "TURNSTILE_VERIFY_URL": verifier.url,
        }
        process = WebProcess(web_env | check).start()
        yield process, verifier
        process.stop()


@pytest.fixture
def verifier(running: tuple[WebProcess, Verifier]) -> Verifier:
    """The verifier, which says yes."""
    verifier = running[1]
    verifier.answer = YES
    verifier.asked.clear()
    return verifier


@pytest.fixture
def widget() -> Widget:
    """A widget that lets everybody pass."""
    return Widget()


@pytest.fixture
def phone(
    browser: Browser, running: tuple[WebProcess, Verifier], verifier: Verifier, widget: Widget
) -> Iterator[Watched]:
    """A page of somebody who is checked."""
    context = browser.new_context(viewport=PHONE, base_url=running[0].url)
    context.route(WIDGET, widget.answer)
    yield watch(context.new_page())
    context.close()


def open_line(phone: Watched) -> None:
    """Send the form of a new line."""
    phone.page.goto("/new")
    phone.page.get_by_label("Line name").fill("Osteria")
    phone.page.get_by_role("button", name="Open the line").click()


def test_whoever_passes_opens_a_line_and_joins_it(phone: Watched, verifier: Verifier) -> None:
    open_line(phone)
    phone.page.wait_for_url("**/host/*")
    code = phone.page.url.rpartition("/")[2]
    phone.page.goto(f"/queue/{code}")
    expect(phone.page.frame_locator("iframe").get_by_text("Checked")).to_be_visible()
    assert phone.violations() == []
    phone.page.get_by_role("button", name="Join the line").click()

    expect(phone.page.locator(".spot-number")).to_have_text("1")
    assert verifier.asked == [{"secret": ["secret"], "response": ["token for site"]}] * 2
    assert phone.complaints == []


@pytest.mark.parametrize("script", [NEVER_ENDS, None], ids=["unfinished", "blocked"])
def test_whoever_was_not_checked_is_told_what_to_do_and_types_nothing_twice(
    phone: Watched, verifier: Verifier, widget: Widget, script: str | None
) -> None:
    widget.script = script
    open_line(phone)

    expect(phone.page.get_by_text("Please wait for the check to finish")).to_be_visible()
    assert verifier.asked == []
    expect(phone.page.get_by_label("Line name")).to_have_value("Osteria")
    widget.script = PASSES
    open_line(phone)
    phone.page.wait_for_url("**/host/*")


def test_a_guest_whom_the_verifier_refuses_may_try_again(
    phone: Watched, verifier: Verifier
) -> None:
    open_line(phone)
    phone.page.wait_for_url("**/host/*")
    phone.page.goto(f"/queue/{phone.page.url.rpartition('/')[2]}")
    verifier.answer = NO
    phone.page.get_by_text("5", exact=True).click()
    phone.page.get_by_label("Your name").fill("Anna")
    join = phone.page.get_by_role("button", name="Join the line")
    join.click()

    expect(phone.page.get_by_role("alert")).to_have_text(
        "Please wait for the check to finish, then tap Join again."
    )
    expect(phone.page.get_by_label("Your name")).to_have_value("Anna")
    verifier.answer = YES
    join.click()
    expect(phone.page.locator(".spot-party")).to_contain_text("Party of 5")
