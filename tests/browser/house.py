"""Every page that QueueUp has, in every state that people can meet it in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, expect

from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.model import HOUR, MINUTE, OnExpiry, QueueSettings
from queueup.services import services
from queueup.waitlist import Waitlist
from queueup.web.auth.hosts import host_cookie, host_token
from scripts.evening import Evening
from scripts.past_days import DAY, record_weeks
from tests.browser.people import TABLET, more, open_line
from tests.support import hosting

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1"
NAMES = [f"{letter}{number}" for number in range(4) for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
SUBMIT = "(form) => form.submit()"
NOTICE = """() => void document.dispatchEvent(new CustomEvent("queueup:notice", {
  detail: { text: "Lind was called by the other tablet at 19:42.", isRefusal: true },
}))"""


@dataclass
class House:
    """A restaurant on a full evening, and devices for whoever looks at it; needs an app context."""

    browser: Browser
    url: str
    waitlist: Waitlist
    evening: Evening
    password: str
    # What the pages' policy has refused to these devices.
    refused: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def page(self, path: str, script: str | None = None, **options: Any) -> Page:
        """Open a page on a new device."""
        page = self._device(**options)
        if script:
            page.add_init_script(script)
        page.goto(path)
        return page

    def _device(self, **options: Any) -> Page:
        context = self.browser.new_context(
            viewport=TABLET,
            base_url=self.url,
            reduced_motion="reduce",
            service_workers="block",
            http_credentials={"username": "operator", "password": self.password},
            **options,
        )
        context.on("console", self._note_refusal)
        self._contexts.append(context)
        return context.new_page()

    def _note_refusal(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Trusted" in message.text:
            self.refused.append(message.text)

    def leave(self) -> None:
        """Put the devices away."""
        while self._contexts:
            self._contexts.pop().close()
        self.refused.clear()

    def console(self, path: str = "", code: str | None = None) -> Page:
        """Open a page of the host of the evening's line, or of another."""
        code = code or self.evening.code
        session_id = self.waitlist.fresh_snapshot(code).views["sessionId"]
        cookie = {"name": host_cookie(code), "value": host_token(session_id), "url": self.url}
        page = self._device()
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        page.goto(f"/host/{code}{path}")
        return page

    def line(self, max_guests: int = 20, name: str = "Osteria") -> str:
        """Open another line."""
        settings = QueueSettings(name, max_guests, 10 * MINUTE, OnExpiry.FLAG, keeps_code=True)
        return self.waitlist.create(settings).code

    def record(self, code: str) -> None:
        """Write what has happened on a line to the history, as a worker does."""
        recorder = services().recorder
        recorder.upgrade()
        recorder.record_queue(code)

    def place(self, name: str, **options: Any) -> Page:
        """Open the place of a party of the evening."""
        link = f"/queue/{self.evening.code}/place?partyId={self.evening.party_ids[name]}"
        return self.page(link, **options)

    def ended(self, end: Callable[[Waitlist, str, str], object]) -> Page:
        """Open the place of a party whose visit ended so."""
        code = self.line()
        party_id = self.waitlist.join(code, "Anna", 2, None)[1].id
        hosting.call(self.waitlist, code, party_id)
        end(self.waitlist, code, party_id)
        return self.page(f"/queue/{code}/place?partyId={party_id}")


def after(page: Page, act: Callable[[Page], object]) -> Page:
    """Return the page after an act."""
    act(page)
    return page


def tap(name: str) -> Callable[[Page], object]:
    """Return what taps the first button of this name."""
    return lambda page: page.get_by_role("button", name=name).first.click()


def send(name: str) -> Callable[[Page], object]:
    """Return what sends a form with the button of this name."""

    def press(page: Page) -> None:
        with page.expect_navigation():
            tap(name)(page)

    return press


def wrong_number(page: Page) -> None:
    """Fill in the form of a new line as it cannot be accepted."""
    page.get_by_label("Maximum people in line").fill("500")
    send("Open the line")(page)


def without_script(selector: str, **fields: str) -> Callable[[Page], object]:
    """Return what sends a form as it is sent without scripts: the answer is a page that asks."""

    def submit(page: Page) -> None:
        form = page.locator(selector).first
        for name, value in fields.items():
            form.evaluate(
                "(form, [name, value]) => form.append(Object.assign("
                "document.createElement('input'), { type: 'hidden', name, value }))",
                [name, value],
            )
        with page.expect_navigation():
            form.evaluate(SUBMIT)

    return submit


def lose_network(page: Page) -> None:
    """Let the page's polls come back without an answer."""
    page.context.set_offline(True)
    page.evaluate("() => void document.dispatchEvent(new Event('queueup:look'))")
    expect(page.locator("[data-stale]")).to_be_visible()


def leave_waiting(page: Page) -> None:
    """Let actions of the host wait, and a notice stand there."""

    def refuse(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=503, body="Not now")
        else:
            route.fallback()

    page.route("**/host/**", refuse)
    for _ in range(2):
        row = page.locator("[data-party]:not([data-pending])").first
        row.get_by_role("button", name="Call #").click()
    expect(page.locator("[data-waiting]")).to_contain_text("2 actions wait")
    page.evaluate(NOTICE)
    expect(page.get_by_role("alert").get_by_text("other tablet")).to_be_visible()


def closed(house: House) -> str:
    """Return a line that has closed."""
    code = house.line()
    house.waitlist.close(code)
    return code


def day_ended(house: House) -> str:
    """Return a line whose day has ended with somebody in it."""
    code = house.line()
    house.waitlist.join(code, "Anna", 2, None)
    house.waitlist.act(code, session_commands.end_day)
    return code


def on_both_sides(house: House) -> Page:
    """Open the front page of a device that hosts a line and stands in one."""
    page = house.console()
    code = house.line()
    party_id = house.waitlist.join(code, "Lucia", 2, None)[1].id
    page.goto(f"/queue/{code}/place?partyId={party_id}")
    page.goto("/")
    return page


def board(house: House, calls: int, waiting: int) -> Page:
    """Open the board of a line with so many parties called and waiting."""
    code = house.line(max_guests=100)
    parties = [house.waitlist.join(code, name, 1, None)[1].id for name in NAMES[: calls + waiting]]
    for party_id in parties[:calls]:
        hosting.call(house.waitlist, code, party_id)
    return house.page(f"/board/{code}")


def take_ticket(page: Page) -> None:
    """Get a ticket at the kiosk."""
    page.locator(".choice", has_text="4").click()
    page.get_by_role("button", name="Get a ticket").click()
    expect(page.locator("[data-ticket]")).to_be_visible()


def paused(house: House) -> str:
    """Return a line that nobody can join at the moment."""
    code = house.line()
    pause = "The kitchen needs a moment."
    house.waitlist.act(code, lambda queue, now: session_commands.pause(queue, now, pause))
    return code


def asked(house: House) -> Page:
    """Open the console of a paused line, with guests who want something."""
    waitlist, code = house.waitlist, house.line()
    for name in ("Lind", "Okafor"):
        party_id = waitlist.join(code, name, 2, None)[1].id
        hosting.call(waitlist, code, party_id)
        if name == "Okafor":
            waitlist.leave(code, party_id)
            continue
        hosting.no_show(waitlist, code, party_id)
        waitlist.act(
            code, lambda queue, now, asks=party_id: guest_commands.ask_back(queue, asks, now)
        )
    waitlist.act(
        code, lambda queue, now: session_commands.pause(queue, now, "The kitchen needs a moment.")
    )
    return house.console(code=code)


def own_device(house: House, path: str) -> Page:
    """Open a page of a line on the device that opened it."""
    page = house.page("/new")
    code = open_line(page)
    page.goto(f"/host/{code}{path}")
    return page


def two_devices(house: House) -> Page:
    """Open the devices of a line that two devices run, with a PIN, the second one locked."""
    page = own_device(house, "/devices")
    tap("Add a device")(page)
    other = house.page(page.locator("[data-copy]").get_attribute("data-copy") or "")
    send("Add this device")(other)
    page.wait_for_url("**/devices?said=added")
    page.get_by_label("PIN (4 to 8 digits)").fill("4711")
    send("Set PIN")(page)
    other.goto(page.url.partition("?")[0])
    send("Lock this device now")(other)
    page.reload()
    return page


def locked(house: House, wrong_pins: int = 0) -> Page:
    """Open the lock screen, after so many wrong PINs."""
    page = own_device(house, "/devices")
    page.get_by_label("PIN (4 to 8 digits)").fill("4711")
    send("Set PIN")(page)
    send("Lock this device now")(page)
    for _ in range(wrong_pins):
        page.get_by_label("PIN").fill("0000")
        send("Unlock")(page)
    return page


def report(house: House, question: str = "") -> Page:
    """Open the report of a line that has been in use for five weeks."""
    code = house.line()
    history = services().history
    history.upgrade()
    opened_at = house.waitlist.queue(code).opened_at
    record_weeks(history, code, opened_at - opened_at % DAY + 17 * HOUR - DAY, 5)
    page = house.console(code=code)
    day = datetime.fromtimestamp(opened_at / 1000, UTC) - timedelta(days=1)
    page.goto(f"/host/{code}/reports?day={day:%Y-%m-%d}{question}")
    return page


def wrong_settings(page: Page) -> None:
    """Send settings that cannot be accepted."""
    for label in ("Line name", "Hold tables for (minutes)", "Last call"):
        page.get_by_label(label).fill("")
    page.get_by_label("Quick replies").fill("\n".join(map(str, range(13))))
    send("Save")(page)


def spent(house: House) -> Page:
    """Try to use an invitation that nobody made."""
    page = house.page(f"/host/{house.line()}/device#AAAABBBBCCCC")
    send("Add this device")(page)
    return page


HOST_STATES: dict[str, Callable[[House], Page]] = {
    "console": lambda house: house.console(),
    "console, called": lambda house: after(
        house.console(), lambda page: page.locator("#tab-called").evaluate("(tab) => tab.click()")
    ),
    "console, empty": lambda house: house.console(code=house.line()),
    "console, closed": lambda house: house.console(code=closed(house)),
    "console, code": lambda house: after(house.console(), tap("Code ")),
    "console, more": lambda house: after(house.console(), tap("More for")),
    "console, more for a called party": lambda house: after(
        house.console(), lambda page: page.locator(".called [data-more]").first.click()
    ),
    "console, menu": lambda house: after(house.console(), more),
    "console, closing": lambda house: after(
        house.console(code=house.line()), lambda page: (more(page), tap("End the day")(page))
    ),
    "console, adding": lambda house: after(house.console(), tap("Add party")),
    "console, pausing": lambda house: after(house.console(), tap("Pause joining")),
    "console, ended": lambda house: after(house.console(), tap("Done")),
    "console, selecting": lambda house: after(house.console(), tap("Select")),
    "console, asked and paused": asked,
    "console, ticket": lambda house: after(
        house.console(), lambda page: (tap("More for")(page), tap("Show QR code")(page))
    ),
    "party": lambda house: house.console(f"/party/{house.evening.party_ids['Patel']}"),
    "party, called": lambda house: house.console(f"/party/{house.evening.party_ids['Lind']}"),
    "party, ticket": lambda house: house.console(
        f"/party/{house.evening.party_ids['Patel']}/hand-over"
    ),
    "ended": lambda house: house.console("/ended"),
    "add": lambda house: house.console("/add"),
    "pause": lambda house: house.console("/pause"),
    "screens": lambda house: house.console("/screens"),
    "console, found": lambda house: after(
        house.console(), lambda page: page.get_by_role("searchbox").fill("i")
    ),
    "message": lambda house: house.console("/message"),
    "console, out of reach": lambda house: after(house.console(), lose_network),
    "console, actions waiting": lambda house: after(house.console(), leave_waiting),
    "poster": lambda house: house.console("/poster"),
    "settings": lambda house: own_device(house, "/settings"),
    "settings with errors": lambda house: after(own_device(house, "/settings"), wrong_settings),
    "settings, saved": lambda house: after(own_device(house, "/settings"), send("Save")),
    "settings of an old screen's line": lambda house: house.console("/settings"),
    "devices": lambda house: own_device(house, "/devices"),
    "devices, inviting": lambda house: after(own_device(house, "/devices"), send("Add a device")),
    "devices, two": two_devices,
    "devices, renaming": lambda house: after(
        own_device(house, "/devices"), lambda page: page.locator(".device-rename summary").click()
    ),
    "devices, wrong PIN": lambda house: after(
        own_device(house, "/devices"),
        lambda page: (page.get_by_label("PIN").fill("12"), send("Set PIN")(page)),
    ),
    "report": report,
    "report, four weeks": lambda house: after(
        report(house, "&period=four-weeks"), lambda page: page.locator("summary").click()
    ),
    "report, wrong day": lambda house: house.console("/reports?day=yesterday&period=year"),
    "remove device?": lambda house: after(two_devices(house), send("Remove")),
    "new device": lambda house: house.page(f"/host/{house.line()}/device#AAAABBBBCCCC"),
    "new device, typing": lambda house: house.page(f"/host/{house.line()}/device"),
    "new device, spent": spent,
    "new device, known": lambda house: own_device(house, "/device"),
    "locked": locked,
    "locked, waiting": lambda house: locked(house, wrong_pins=5),
    "end the day?": lambda house: own_device(house, "/end-day"),
    "close for good?": lambda house: own_device(house, "/close-for-good"),
    "close for good, wrong name": lambda house: after(
        own_device(house, "/close-for-good"),
        lambda page: (
            page.get_by_label("Type the line's name").fill("Another"),
            send("Close for good")(page),
        ),
    ),
    "console, day ended": lambda house: house.console(code=day_ended(house)),
}
PUBLIC_STATES: dict[str, Callable[[House], Page]] = {
    "home": lambda house: house.page("/"),
    "home with lines": on_both_sides,
    "home, wrong code": lambda house: house.page("/?code=nonsense"),
    "new": lambda house: house.page("/new"),
    "new with errors": lambda house: after(house.page("/new"), wrong_number),
    "join": lambda house: house.page(f"/queue/{house.evening.code}"),
    "join with errors": lambda house: after(
        house.page(f"/queue/{house.evening.code}"),
        lambda page: (page.get_by_text("More").click(), send("Join the line")(page)),
    ),
    "join, full": lambda house: after(
        house.page(f"/queue/{house.line(max_guests=1)}"), send("Join the line")
    ),
    "join, closed": lambda house: house.page(f"/queue/{closed(house)}"),
    "waiting": lambda house: house.place("Patel"),
    "waiting, blocked": lambda house: house.place(
        "Anna",
        script="Object.defineProperty(Notification, 'permission', { value: 'denied' })",
    ),
    "waiting, iPhone": lambda house: house.place(
        "Anna", script="delete window.PushManager", user_agent=IPHONE
    ),
    "waiting, out of reach": lambda house: after(house.place("Anna"), lose_network),
    "waiting, leaving": lambda house: after(house.place("Anna"), tap("Leave the line")),
    "leave?": lambda house: after(house.place("Anna"), without_script("form.leave")),
    "called": lambda house: house.place("Okafor"),
    "overdue": lambda house: house.place("Lind"),
    "served": lambda house: house.ended(hosting.serve),
    "left": lambda house: house.ended(Waitlist.leave),
    "removed": lambda house: house.ended(Waitlist.kick),
    "no-show": lambda house: house.ended(hosting.no_show),
    "closed": lambda house: house.ended(lambda waitlist, code, _: waitlist.close(code)),
    "board": lambda house: house.page(f"/board/{house.evening.code}"),
    "board, full": lambda house: board(house, 6, 40),
    "board, waiting": lambda house: board(house, 0, 5),
    "board, empty": lambda house: house.page(f"/board/{house.line()}"),
    "board, paused": lambda house: house.page(f"/board/{paused(house)}"),
    "board, closed": lambda house: house.page(f"/board/{closed(house)}"),
    "board, out of reach": lambda house: after(
        house.page(f"/board/{house.evening.code}"), lose_network
    ),
    "kiosk": lambda house: house.page(f"/kiosk/{house.evening.code}"),
    "kiosk, German": lambda house: house.page(f"/kiosk/{house.evening.code}?spoken=de"),
    "kiosk, no size": lambda house: after(
        house.page(f"/kiosk/{house.line()}"),
        lambda page: (
            tap("Get a ticket")(page),
            expect(page.locator("#refused")).to_be_visible(),
        ),
    ),
    "kiosk, ticket": lambda house: after(house.page(f"/kiosk/{house.line()}"), take_ticket),
    "kiosk, ticket without script": lambda house: after(
        house.page(f"/kiosk/{house.line()}"), without_script(".kiosk-form", size="2")
    ),
    "kiosk, paused": lambda house: house.page(f"/kiosk/{paused(house)}"),
    "kiosk, out of reach": lambda house: after(house.page(f"/kiosk/{house.line()}"), lose_network),
    "kiosk, closed": lambda house: house.page(f"/kiosk/{closed(house)}"),
    "not found": lambda house: house.page("/queue/QQQQQQ"),
    "not the host": lambda house: house.page(f"/host/{house.evening.code}"),
    "not like this": lambda house: house.page(f"/host/{house.evening.code}/do/call"),
    "offline": lambda house: house.page("/offline"),
    "operator": lambda house: house.page("/ops"),
}
STATES = PUBLIC_STATES | HOST_STATES
