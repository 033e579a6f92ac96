"""What the host does shows at once, waits in order while there is no network, and happens once."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from queueup.domain.model import Queue
from queueup.waitlist import Waitlist
from queueup.web.errors import MARK, OURS
from tests.browser.people import TABLET, call_next, called, waiting
from tests.browser.watching import ACTIONS, Watched, watch
from tests.browser.web_process import WebProcess
from tests.support import hosting

GROW_OLD = """() => {
  for (const [name, text] of Object.entries(localStorage)) {
    if (!name.startsWith("queueup:outbox:")) continue;
    const entry = JSON.parse(text);
    localStorage.setItem(name, JSON.stringify({ ...entry, at: entry.at - 31 * 60 * 1000 }));
  }
}"""
KEPT = "() => Object.keys(localStorage).filter((name) => name.startsWith('queueup:outbox:')).length"


@pytest.fixture
def tablet(
    browser: Browser,
    web: WebProcess,
    waitlist: Waitlist,
    queue: Queue,
    host_cookies: list[dict[str, str]],
) -> Iterator[BrowserContext]:
    """The host's tablet; Anna, Bo and Cleo are in line."""
    for name in ("Anna", "Bo", "Cleo"):
        waitlist.join(queue.code, name, 2, None)
    context = browser.new_context(viewport=TABLET, base_url=web.url, locale="en-GB")
    context.add_cookies([cookie | {"url": web.url} for cookie in host_cookies])
    yield context
    context.close()


@pytest.fixture
def host(tablet: BrowserContext, queue: Queue) -> Watched:
    """The console on it."""
    watched = watch(tablet.new_page())
    watched.page.goto(f"/host/{queue.code}")
    watched.stays()
    return watched


def row(page: Page, name: str) -> Locator:
    """Return the row of a party."""
    return page.locator("[data-party]").filter(has_text=name)


def call(page: Page, name: str) -> None:
    """Tap on Call in the row of a party."""
    row(page, name).get_by_role("button", name="Call #").click()


def is_marked(page: Page, name: str, words: str) -> None:
    """Expect the row to say what happens to it, and to take no other tap."""
    expect(row(page, name)).to_have_attribute("data-pending", words)
    for button in row(page, name).locator("form[data-action] button:not([type=button])").all():
        expect(button).to_be_disabled()


class Held:
    """Requests that get no answer until the test lets them go on."""

    def __init__(self, page: Page, pattern: str | re.Pattern[str]) -> None:
        self.page = page
        self.routes: list[Route] = []
        page.route(pattern, lambda route: self.routes.append(route))

    def first(self) -> Route:
        """Wait for the first of them."""
        while not self.routes:
            self.page.wait_for_timeout(20)
        return self.routes[0]


ADD_SHEET = """(action) => {
  const make = (tag, attributes, ...children) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.append(...children);
    return element;
  };
  const form = make("form", { id: "sheet-form", method: "post", action },
    make("input", { name: "partyId", type: "hidden", value: "somebody" }),
    make("input", { name: "name", ariaLabel: "Name" }),
    make("label", {}, make("input", { name: "seat", type: "radio", value: "bar" }), "Bar"),
    make("label", {}, make("input", { name: "seat", type: "radio", value: "balcony" }), "Balcony"),
    make("p", { role: "alert", hidden: true }),
    make("button", {}, "Save"));
  form.lastChild.previousSibling.dataset.refused = "";
  Object.assign(form.dataset, { action: "", reset: "", label: "Save the party" });
  const sheet = make("dialog", {}, form);
  document.body.append(sheet);
  sheet.showModal();
}"""


def bar(page: Page) -> Locator:
    """Return what says that actions wait."""
    return page.locator("[data-waiting]")


def done(page: Page) -> list[str]:
    """Return a list of what the server is about to be asked and answers well, in order."""
    answered: list[str] = []
    page.on(
        "response",
        lambda response: (
            answered.append(response.request.post_data or "")
            if response.request.method == "POST" and response.ok
            else None
        ),
    )
    return answered


def calls(waitlist: Waitlist, queue: Queue) -> dict[str, int]:
    """Return how often each called party has been called."""
    view = waitlist.fresh_snapshot(queue.code).views["host"]
    return {party["name"]: party["callCount"] for party in view["called"]}


def test_a_row_changes_before_the_server_has_answered(host: Watched) -> None:
    page = host.page
    held = Held(page, ACTIONS)

    call(page, "Bo")
    is_marked(page, "Bo", "Calling…")
    expect(waiting(page)).to_have_text(["Anna", "Bo", "Cleo"])
    expect(row(page, "Anna").get_by_role("button", name="Call #")).to_be_enabled()
    held.first().continue_()

    expect(called(page)).to_have_text(["Bo"])
    expect(page.locator("[data-pending]")).to_have_count(0)
    expect(bar(page)).to_be_hidden()
    assert host.complaints == []
    assert host.violations() == []
    assert host.has_stayed()


def test_what_is_tapped_twice_is_sent_once(host: Watched, waitlist: Waitlist, queue: Queue) -> None:
    page = host.page
    sent = done(page)
    held = Held(page, ACTIONS)

    button = row(page, "Bo").get_by_role("button", name="Call #")
    button.click()
    button.click(force=True, delay=400)
    button.evaluate("(button) => button.form.requestSubmit(button)")
    button.press("Enter")
    held.first().continue_()

    expect(called(page)).to_have_text(["Bo"])
    host.poll()
    assert len(held.routes) == len(sent) == 1
    assert calls(waitlist, queue) == {"Bo": 1}


def test_the_mark_outlives_a_poll_and_a_poll_from_before_shows_nothing_old(
    host: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    page = host.page
    actions = Held(page, ACTIONS)
    call(page, "Bo")
    waitlist.join(queue.code, "Dora", 2, None)
    host.poll()
    expect(waiting(page)).to_have_text(["Anna", "Bo", "Cleo", "Dora"])
    is_marked(page, "Bo", "Calling…")

    headers = {OURS: MARK, "Content-Type": "text/html"}
    old = {"status": 200, "headers": headers, "body": page.locator("#line").inner_html()}
    polls = Held(page, "**/snapshot*")
    host.look()
    polls.first()
    actions.first().continue_()
    expect(called(page)).to_have_text(["Bo"])
    with page.expect_response("**/snapshot*"):
        polls.first().fulfill(**old)  # type: ignore[arg-type]
    page.unroute("**/snapshot*")

    assert host.poll() == 304
    expect(called(page)).to_have_text(["Bo"])
    expect(waiting(page)).to_have_text(["Anna", "Cleo", "Dora"])


def test_actions_wait_for_the_network_and_are_sent_in_order(
    host: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    page = host.page
    sent = done(page)
    ids = {name: row(page, name).get_attribute("data-party") for name in ("Anna", "Bo", "Cleo")}
    page.context.set_offline(True)

    for name in ("Cleo", "Anna", "Bo"):
        call(page, name)
    expect(bar(page)).to_contain_text("3 actions waiting for a connection")
    expect(page.get_by_role("status").filter(has_text="3 actions wait")).to_have_count(1)
    expect(bar(page).locator("[data-what]")).to_have_text(
        ["Call #3 Cleo", "Call #1 Anna", "Call #2 Bo"]
    )
    for name in ids:
        is_marked(page, name, "Calling…")
    page.context.set_offline(False)

    expect(called(page)).to_have_count(3)
    expect(bar(page)).to_be_hidden()
    assert [next(name for name in ids if str(ids[name]) in body) for body in sent] == [
        "Cleo",
        "Anna",
        "Bo",
    ]
    assert calls(waitlist, queue) == {"Anna": 1, "Bo": 1, "Cleo": 1}
    assert host.has_stayed()


def test_an_action_that_waits_can_be_taken_back(
    host: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    page = host.page
    page.context.set_offline(True)
    call(page, "Anna")
    call(page, "Bo")
    expect(bar(page)).to_contain_text("2 actions wait")

    bar(page).get_by_role("listitem").filter(has_text="Bo").get_by_role(
        "button", name="Cancel"
    ).click()

    expect(bar(page)).to_contain_text("1 action waiting for a connection")
    expect(row(page, "Bo")).not_to_have_attribute("data-pending", "Calling…")
    page.context.set_offline(False)
    expect(called(page)).to_have_text(["Anna"])
    expect(bar(page)).to_be_hidden()
    assert calls(waitlist, queue) == {"Anna": 1}


def test_a_reload_in_the_middle_loses_nothing(
    host: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    page = host.page
    page.route(ACTIONS, lambda route: route.abort())
    call_next(page).click()
    call(page, "Cleo")
    expect(bar(page)).to_contain_text("2 actions waiting for a connection")

    page.reload()
    is_marked(page, "Anna", "Calling…")
    is_marked(page, "Cleo", "Calling…")
    expect(bar(page).get_by_role("listitem")).to_have_count(2)
    page.unroute_all()
    bar(page).get_by_role("button", name="Try now").click()

    expect(called(page)).to_have_count(2)
    expect(bar(page)).to_be_hidden()
    assert calls(waitlist, queue) == {"Anna": 1, "Cleo": 1}
    assert page.evaluate(KEPT) == 0


def test_an_action_whose_answer_was_lost_is_sent_again_under_its_key(
    host: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    page = host.page
    bodies: list[str] = []

    def lose_the_answer(route: Route) -> None:
        bodies.append(route.request.post_data or "")
        route.fetch()
        route.abort()

    page.route(ACTIONS, lose_the_answer, times=1)
    with page.expect_response(ACTIONS) as answered:
        call(page, "Bo")

    expect(called(page)).to_have_text(["Bo"])
    assert bodies == [answered.value.request.post_data]
    assert "key=" in bodies[0]
    assert calls(waitlist, queue) == {"Bo": 1}


def test_what_has_waited_too_long_is_sent_only_when_the_host_says_so(
    host: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    page = host.page
    page.route(ACTIONS, lambda route: route.abort())
    call(page, "Anna")
    call(page, "Bo")
    expect(bar(page)).to_contain_text("2 actions wait")
    page.goto("/")
    page.evaluate(GROW_OLD)
    page.unroute_all()

    page.goto(f"/host/{queue.code}")
    expect(bar(page)).to_contain_text("2 actions from earlier. Send now?")
    call(page, "Cleo")
    expect(called(page)).to_have_text(["Cleo"])
    rows = bar(page).get_by_role("listitem")
    rows.filter(has_text="Anna").get_by_role("button", name="Discard").click()
    rows.filter(has_text="Bo").get_by_role("button", name="Send").click()

    expect(waiting(page)).to_have_text(["Anna"])
    expect(bar(page)).to_be_hidden()
    assert calls(waitlist, queue) == {"Cleo": 1, "Bo": 1}


def test_two_tabs_send_an_action_once(host: Watched, tablet: BrowserContext, queue: Queue) -> None:
    page = host.page
    tablet.route(ACTIONS, lambda route: route.abort())
    other = tablet.new_page()
    other.goto(f"/host/{queue.code}")
    sent, sent_by_other = done(page), done(other)
    call(page, "Bo")
    is_marked(other, "Bo", "Calling…")
    tablet.unroute_all()

    # Either tab may just have tried again by itself, and hidden the button.
    bar(page).locator("[data-send-now]").evaluate("(button) => button.click()")
    other.evaluate("() => void document.dispatchEvent(new Event('queueup:send-now'))")

    for shown in (page, other):
        expect(called(shown)).to_have_text(["Bo"])
        expect(bar(shown)).to_be_hidden()
    assert len(sent + sent_by_other) == 1


SENTENCE = "Bo has been called by the other tablet at 19:42 – “already”."


def refuse(status: int, refusal: str = "") -> Callable[[Route], None]:
    """Return what lets the server act, and its answer be a refusal."""

    def answer(route: Route) -> None:
        response = route.fetch()
        said = {"x-queueup-notice": quote(SENTENCE), "x-queueup-refused": refusal}
        headers = response.headers | said
        route.fulfill(response=response, status=status, headers=headers)

    return answer


@pytest.mark.parametrize("status", [409, 422])
def test_a_refusal_shows_the_line_as_it_is_and_says_why(host: Watched, status: int) -> None:
    page = host.page
    page.route(ACTIONS, refuse(status))

    call(page, "Bo")

    notice = page.get_by_role("alert").get_by_text(SENTENCE)
    expect(notice).to_be_visible()
    expect(called(page)).to_have_text(["Bo"])
    expect(page.locator("[data-pending]")).to_have_count(0)
    expect(bar(page)).to_be_hidden()
    page.get_by_role("button", name="Dismiss").click()
    expect(notice).to_have_count(0)
    assert page.evaluate(KEPT) == 0


def test_a_refusal_without_words_says_which_action_it_was(host: Watched) -> None:
    page = host.page
    page.route(ACTIONS, lambda route: route.fulfill(status=404, headers={OURS: MARK}))

    call(page, "Bo")

    expect(page.get_by_role("alert")).to_contain_text("Call #2 Bo: this couldn't be done.")
    expect(row(page, "Bo").get_by_role("button", name="Call #")).to_be_enabled()


TROUBLES = {
    503: "1 action waiting for a connection",
    429: "1 action waiting: the server is busy",
    500: "1 action waiting: the server has a problem",
}


@pytest.mark.parametrize("status", TROUBLES)
def test_a_server_in_trouble_is_asked_again(
    host: Watched, waitlist: Waitlist, queue: Queue, status: int
) -> None:
    page = host.page
    page.route(ACTIONS, lambda route: route.fulfill(status=status, headers={OURS: MARK}))

    call(page, "Bo")
    expect(bar(page)).to_contain_text(TROUBLES[status])
    is_marked(page, "Bo", "Calling…")
    page.unroute_all()

    expect(called(page)).to_have_text(["Bo"])
    expect(bar(page)).to_be_hidden()
    assert calls(waitlist, queue) == {"Bo": 1}


def test_a_server_with_too_much_to_do_is_asked_again_when_it_has_said(
    host: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    page = host.page
    page.clock.install()
    busy = Held(page, ACTIONS)
    call(page, "Bo")
    busy.first().fulfill(status=503, headers={OURS: MARK, "Retry-After": "30"})
    expect(bar(page)).to_contain_text("1 action waiting for a connection")

    page.clock.fast_forward("00:25")
    assert host.poll() == 304
    assert len(busy.routes) == 1
    page.unroute_all()
    page.clock.fast_forward("00:10")

    expect(called(page)).to_have_text(["Bo"])
    assert calls(waitlist, queue) == {"Bo": 1}


def test_a_tablet_that_may_not_host_any_more_is_told(host: Watched) -> None:
    host.page.context.clear_cookies()

    call(host.page, "Bo")

    expect(host.page.get_by_role("heading", name="This page is for the host")).to_be_visible()
    assert host.page.evaluate(KEPT) == 0


def test_a_sheet_closes_at_once_and_comes_back_with_what_was_typed_when_it_was_wrong(
    host: Watched, queue: Queue
) -> None:
    page = host.page
    page.route(ACTIONS, refuse(422))
    page.evaluate(ADD_SHEET, f"/host/{queue.code}/do/call")
    sheet = page.locator("dialog").filter(has_text="Balcony")
    sheet.get_by_label("Name").fill("Dora")
    sheet.get_by_label("Balcony").check()
    held = Held(page, ACTIONS)

    sheet.get_by_role("button", name="Save").click()
    expect(sheet).to_be_hidden()
    expect(bar(page)).to_contain_text("Sending 1 action…")
    expect(bar(page)).to_contain_text("Save the party")
    held.first().fallback()

    expect(sheet.get_by_role("alert")).to_have_text(SENTENCE)
    expect(sheet.get_by_label("Name")).to_have_value("Dora")
    expect(sheet.get_by_label("Balcony")).to_be_checked()
    page.unroute_all()
    sheet.get_by_role("button", name="Save").click()
    expect(sheet).to_be_hidden()
    expect(bar(page)).to_be_hidden()
    expect(sheet.get_by_label("Name")).to_have_value("")


def test_actions_wait_while_the_server_restarts(
    browser: Browser,
    own_web: WebProcess,
    waitlist: Waitlist,
    queue: Queue,
    host_cookies: list[dict[str, str]],
) -> None:
    for name in ("Anna", "Bo"):
        waitlist.join(queue.code, name, 2, None)
    context = browser.new_context(viewport=TABLET, base_url=own_web.url)
    context.add_cookies([cookie | {"url": own_web.url} for cookie in host_cookies])
    page = context.new_page()
    page.goto(f"/host/{queue.code}")

    own_web.stop()
    call_next(page).click()
    call(page, "Bo")
    expect(bar(page)).to_contain_text("2 actions waiting for a connection")
    own_web.start()

    expect(called(page)).to_have_count(2)
    expect(bar(page)).to_be_hidden()
    assert calls(waitlist, queue) == {"Anna": 1, "Bo": 1}
    context.close()


def test_a_host_who_is_warned_may_insist(host: Watched) -> None:
    page = host.page
    page.route(ACTIONS, refuse(409, "TableTaken"), times=1)
    call(page, "Bo")
    anyway = page.get_by_role("alert").get_by_role("button", name="Seat anyway")
    # By then the first request has been heard of.
    expect(anyway).to_be_visible()

    with page.expect_request(ACTIONS) as asked:
        anyway.click()

    assert "sure=1" in (asked.value.post_data or "")
    expect(anyway).to_have_count(0)


def test_a_network_that_swallows_everything_is_asked_again(
    host: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    page = host.page
    page.clock.install()
    held = Held(page, ACTIONS)
    call(page, "Bo")
    held.first()

    page.clock.fast_forward("00:11")
    expect(bar(page)).to_contain_text("1 action waiting for a connection")
    page.unroute_all()
    page.clock.fast_forward("00:02")

    expect(called(page)).to_have_text(["Bo"])
    expect(bar(page)).to_be_hidden()
    assert calls(waitlist, queue) == {"Bo": 1}


def test_the_second_of_two_hosts_is_told_what_the_first_has_done(
    host: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    page = host.page
    # What is shown can only have come with the refusal.
    page.route("**/snapshot*", lambda route: route.abort())
    hosting.call(waitlist, queue.code, str(row(page, "Bo").get_attribute("data-party")))

    call(page, "Bo")

    expect(page.get_by_role("alert")).to_contain_text("#2 has already been called.")
    expect(called(page)).to_have_text(["Bo"])
    expect(bar(page)).to_be_hidden()
    assert calls(waitlist, queue) == {"Bo": 1}
