"""The host stand of a Saturday: a tablet with the console, and what its host taps."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.saturday.line import Line
from tests.browser.saturday.screens import tickets
from tests.browser.watching import ACTIONS, Watched

DOUBLE_TAP_MS = 350
CALL_NEXT = """(at) => void setTimeout(
  () => document.getElementById("call-next").click(), at - Date.now())"""


class Stand:
    """One tablet of the host."""

    def __init__(self, watched: Watched) -> None:
        self.watched = watched
        self.page = watched.page
        self.answered: list[tuple[str, int]] = []
        self.waits = self.page.locator("[data-waiting]")
        self.page.on("response", self._note)

    def tap(self, name: str, within: Page | Locator | None = None) -> None:
        """Tap a button."""
        (within or self.page).get_by_role("button", name=name, exact=True).click()

    def row(self, ticket: int) -> Locator:
        """Return the row of a party."""
        is_its = self.page.locator(".ticket").filter(has_text=re.compile(rf"^\s*#{ticket}\s*$"))
        return self.page.locator("#line .party").filter(has=is_its)

    def tap_row(self, ticket: int, name: str) -> None:
        """Tap one of the main buttons of a party."""
        self.row(ticket).get_by_role("button", name=re.compile(f"^{name} #{ticket}")).click()

    def more(self, ticket: int, *buttons: str) -> None:
        """Open everything that can be done with a party, and tap one button after the other."""
        self.tap_row(ticket, "More for")
        for name in buttons:
            self.tap(name, self.page.get_by_role("dialog"))

    def seat(self, ticket: int) -> None:
        """Tap that a called party has come, as fast as hands can: a faster tap is a double tap."""
        self.page.wait_for_timeout(DOUBLE_TAP_MS)
        self.tap_row(ticket, "Seated")
        expect(self.row(ticket)).to_have_count(0)

    def call_next(self, ticket: int) -> None:
        """Tap the large button, which says whom it calls."""
        self.page.get_by_role("button", name=f"Call next #{ticket}", exact=True).click()

    def call_several(self, *chosen: int) -> None:
        """Pick parties and call them with one tap."""
        self.tap("Select")
        for ticket in chosen:
            self.row(ticket).locator(".who").click()
        self.tap(f"Call {len(chosen)} parties")

    def add(self, size: int, **about: str) -> None:
        """Add a walk-in: a size, and what is typed into fields of these names."""
        self.tap("Add party")
        sheet = self.page.get_by_role("dialog", name="Add a party")
        sheet.locator(".choice").filter(has_text=re.compile(rf"^{size}$")).click()
        for label, text in about.items():
            sheet.get_by_label(label.capitalize()).fill(text)
        self.tap("Add", sheet)
        expect(sheet).to_be_hidden()

    def has_added(self, ticket: int) -> None:
        """Expect to be shown a walk-in's ticket, which takes room until it is put away."""
        shown = self.page.locator("[data-added]")
        expect(shown).to_contain_text(f"#{ticket} added")
        self.tap("Dismiss", shown)

    def restore(self, ticket: int, name: str) -> None:
        """Bring a party back from the list of those that have ended."""
        self.page.locator("#show-ended").click()
        self.tap(f"Restore #{ticket} {name}")

    def drag(self, ticket: int, onto: int) -> None:
        """Drag a party by its handle to just above another one."""
        handle = self.row(ticket).get_by_role("button", name="Move")
        handle.hover()
        start, goal = handle.bounding_box(), self.row(onto).bounding_box()
        assert start
        assert goal
        across = start["x"] + start["width"] / 2
        self.page.mouse.down()
        self.page.mouse.move(across, goal["y"] + goal["height"] / 2, steps=8)
        self.page.mouse.move(across, goal["y"] + 6, steps=4)
        self.page.mouse.up()
        expect(self.page.locator(".ghost")).to_have_count(0)

    def invite(self) -> str:
        """Return the link that lets one more tablet in, from a page beside the console."""
        page = self.page.context.new_page()
        page.goto(f"{self.page.url}/devices")
        page.get_by_role("button", name="Add a device").click()
        link = page.locator("[data-copy]").get_attribute("data-copy")
        page.close()
        assert link
        return link

    def says(self, words: str) -> None:
        """Expect a notice that stays until it is read."""
        expect(self.page.get_by_role("alert").get_by_text(words)).to_be_visible()

    def was_answered(self, *expected: tuple[str, int]) -> None:
        """Expect these answers to the last actions, in this order, and none besides."""
        self.is_done()
        for _ in range(100):
            if len(self.answered) >= len(expected):
                break
            # The browser tells the test of an answer after it has told the page.
            self.page.wait_for_timeout(50)
        assert self.answered == list(expected)

    def is_done(self) -> None:
        """Expect that nothing waits to be sent."""
        expect(self.waits).to_be_hidden()

    def sees(self, line: Line) -> None:
        """Expect the console to show this line."""
        self.is_done()
        self.watched.look()
        tickets(self.page, ".waiting .party .ticket")(line.waiting)
        if line.is_over:
            expect(self.page.get_by_role("heading", name="Closed for today")).to_be_visible()
            return
        shown = self.page.locator(".called .party .ticket")
        expect(shown).to_have_count(len(line.called))
        assert sorted(int(text.strip("# \n")) for text in shown.all_inner_texts()) == line.called
        expect(self.page.locator("#show-ended")).to_have_text(f"Done {line.ended}")

    def _note(self, response: object) -> None:
        url, status = getattr(response, "url", ""), getattr(response, "status", 0)
        if ACTIONS.search(url):
            self.answered.append((url.rpartition("/")[2], status))


def call_next_together(one: Stand, other: Stand) -> list[int]:
    """Tap the large button on two tablets at the same moment; return how each was answered."""
    with one.page.expect_response(ACTIONS) as mine, other.page.expect_response(ACTIONS) as theirs:
        at = one.page.evaluate("() => Date.now() + 400")
        for stand in (one, other):
            stand.page.evaluate(CALL_NEXT, at)
    return [mine.value.status, theirs.value.status]
