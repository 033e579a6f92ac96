"""The guests of a Saturday: some with a page on their phone, most by forms without scripts."""

import re
from collections.abc import Mapping

import requests
from playwright.sync_api import Page, expect

from queueup.i18n.catalog import SOURCE, ordinal
from tests.browser.people import fill_in
from tests.browser.same_line import ENDS
from tests.browser.saturday.line import CALLED, CLOSED, WAITING, Line
from tests.browser.saturday.screens import seen_by_guest, until
from tests.browser.watching import Watched
from tests.support.legacy_clients import HANGS_S, Message

SPOT = ".spot-place, .ready-title, .ended-visit h2"
KEY = re.compile(r'name="key" value="([^"]+)"')


class GuestPage:
    """A guest's page in a browser, which is never loaded again."""

    def __init__(self, watched: Watched, code: str, ticket: int) -> None:
        self.watched = watched
        self.page = watched.page
        self.ticket = ticket
        self._code = code

    def join(self, name: str, size: int) -> None:
        """Join by the link of the poster."""
        self.page.goto(f"/queue/{self._code}")
        fill_in(self.page, name, size)
        expect(self.page.locator(".spot-party")).to_contain_text(f"#{self.ticket}")
        self.watched.stays()

    def answer(self, *buttons: str) -> None:
        """Tap one button after the other."""
        for name in buttons:
            tap(self.page, name)

    def comes_back(self) -> None:
        """Expect the page to load itself, as it does for a party that is in line again."""
        self.watched.look()
        self.page.wait_for_function("() => window.hasStayed !== true")
        self.watched.stays()

    def sees(self, line: Line) -> None:
        """Expect the page to say what this line means for the guest."""
        self.watched.look()
        expect(self.page.locator(SPOT)).to_have_text([_words(line, self.ticket)])
        assert self.watched.has_stayed()


class FormGuest:
    """A guest whose phone runs no scripts: a form sent, a cookie kept, a page looked at."""

    def __init__(self, url: str, code: str) -> None:
        self._url = url
        self._code = code
        self._session = requests.Session()
        # The server lets idle connections go soon, which a phone's browser would get over.
        self._session.headers["Connection"] = "close"
        self._sent: dict[str, str] = {}
        self.ticket = 0

    def join(self, name: str, size: int) -> requests.Response:
        """Send the form of the join page."""
        key = KEY.search(self._get(f"/queue/{self._code}").text)
        assert key
        self._sent = {"name": name, "size": str(size), "key": key[1]}
        answer = self.send_again()
        found = re.search(r"#(\d+)</b>", answer.text)
        self.ticket = int(found[1]) if found else 0
        return answer

    def send_again(self) -> requests.Response:
        """Send the same form as the last time, as if no answer had come."""
        self._session.cookies.clear()
        return self._session.post(
            f"{self._url}/queue/{self._code}", data=self._sent, timeout=HANGS_S
        )

    def sees(self, line: Line) -> None:
        """Expect to be told what this line means for the guest."""
        until(self._told, line.told(self.ticket))

    def reads(self, words: str) -> None:
        """Expect the page of the place to say this."""
        until(lambda: words in self._get(f"/queue/{self._code}/place").text, True)

    def _told(self) -> Message:
        (party_id,) = self._session.cookies.values()
        path = f"/api/queue/{self._code}/snapshot"
        return seen_by_guest(self._get(path, {"partyId": party_id}).json())

    def _get(self, path: str, query: Mapping[str, str] = {}) -> requests.Response:
        answer = self._session.get(self._url + path, params=query, timeout=HANGS_S)
        answer.raise_for_status()
        return answer


def tap(page: Page, name: str) -> None:
    """Tap a button."""
    page.get_by_role("button", name=name, exact=True).click()


def _words(line: Line, ticket: int) -> str:
    state = line.states[ticket]
    if state == WAITING:
        return f"Your spot in line: {ordinal(SOURCE, line.waiting.index(ticket) + 1)}"
    if state == CALLED:
        return "Your table is ready"
    return "The line has closed" if state == CLOSED else ENDS[state]
