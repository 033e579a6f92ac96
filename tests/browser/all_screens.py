"""Screens of every kind, each of which can be asked to show one and the same line."""

import time
from collections.abc import Callable
from typing import Any

import requests
from playwright.sync_api import expect

from tests.browser.people import called, waiting
from tests.browser.same_line import SIZES, Line, shown_to_anybody, shown_to_host
from tests.browser.watching import Watched
from tests.support.legacy_clients import HANGS_S, Message, Screen, Web

HANGS_MS = 1_000 * HANGS_S
PAUSE_S = 0.05
SPOT = ".spot-place, .spot-ahead, .ready-title, .ended-visit h2"


class OldHost:
    """The host's old screen: one message a change, and none besides."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen
        self.serving: Message = {}

    def sees(self, line: Line) -> None:
        """Expect the next message to be this line, and after the close the end."""
        update = self.screen.receive()
        assert "closed" not in update
        _compare(shown_to_host(update), line.host())
        self.serving = update["nowServing"] or {}
        assert update["callDeadline"] == self.serving.get("deadline")
        if line.is_closed:
            assert self.screen.receive() == {"type": "closed"}
            assert self.screen.ending() == (1000, "closed")
        else:
            assert self.screen.has_nothing_more()


class OldGuest:
    """A guest's old screen: a message when there is news for this guest, and none besides."""

    def __init__(self, screen: Screen, name: str) -> None:
        self.screen = screen
        self.name = name
        self.told: Message = {}
        self.deadline: int | None = None
        self._is_over = False

    def sees(self, line: Line) -> None:
        """Expect to be told what this line is news of, and after the last news the end."""
        expected = line.guest(self.name)
        if self._is_over:
            return
        if expected == self.told and line.recalled != self.name:
            assert self.screen.has_nothing_more()
            return
        self.told = self.screen.receive()
        self.deadline = self.told.pop("deadline", None)
        _compare(self.told, expected)
        if expected["type"] in ("removed", "closed"):
            assert self.screen.ending() == (1000, expected.get("reason", "closed"))
            self._is_over = True


class Poller:
    """A newer old screen: polls with the tag that it was given last, one process after another.

    It is a guest's, the host's if it has a token, or the public board.
    """

    def __init__(self, webs: list[Web], code: str, name: str = "", token: str = "") -> None:
        self.webs = webs
        self.name = name
        self.party_id = ""
        self.deadline: int | None = None
        self._code = code
        self._token = token
        self._shown: Message = {}
        self._tag = ""

    @classmethod
    def join(cls, webs: list[Web], code: str, name: str) -> "Poller":
        """Join by the first process and return the new guest's screen."""
        guest = cls(webs, code, name)
        guest.party_id = guest.post("join", name=name, size=SIZES[name])["partyId"]
        return guest

    def post(self, action: str, **body: Any) -> Message:
        """Do what a guest does, by the first process."""
        url = f"{self.webs[0].url}/api/queue/{self._code}/{action}"
        answer = requests.post(url, json=body, timeout=HANGS_S)
        answer.raise_for_status()
        found: Message = answer.json()
        return found

    def sees(self, line: Line) -> None:
        """Expect every process to show this line, and no news after it."""
        expected = self._expected(line)
        for web in self.webs:
            _until(lambda web=web: self._look(web), expected)
        # Hosts also see whose phones can be reached, which changes by itself.
        if not self._token:
            assert [self._poll(web) for web in self.webs] == [304] * len(self.webs)

    def _expected(self, line: Line) -> Message:
        if self._token:
            return line.host()
        return line.guest(self.name) if self.name else line.public()

    def _look(self, web: Web) -> Message:
        self._poll(web)
        if self._token:
            return shown_to_host(self._shown)
        if not self.name:
            return shown_to_anybody(self._shown)
        shown = dict(self._shown)
        self.deadline = shown.pop("deadline", None)
        return shown

    def _poll(self, web: Web) -> int:
        headers = {"If-None-Match": self._tag, "x-host-auth": self._token}
        answer = requests.get(
            f"{web.url}/api/queue/{self._code}/snapshot",
            params={"partyId": self.party_id} if self.party_id else {},
            headers={name: value for name, value in headers.items() if value},
            timeout=HANGS_S,
        )
        if answer.status_code == 200:
            self._shown, self._tag = answer.json(), answer.headers["ETag"]
        assert answer.headers["ETag"] == self._tag
        return answer.status_code


class OurGuest:
    """A guest on our page in a browser."""

    def __init__(self, watched: Watched, name: str) -> None:
        self.watched = watched
        self.page = watched.page
        self.name = name

    def sees(self, line: Line) -> None:
        """Expect the page to say this line."""
        # The page asks by itself every few seconds; a little earlier saves the tests that time.
        self.watched.look()
        expect(self.page.locator(SPOT)).to_have_text(line.page(self.name), timeout=HANGS_MS)


class OurHost:
    """Our own console in a browser."""

    def __init__(self, watched: Watched) -> None:
        self.watched = watched
        self.page = watched.page

    def sees(self, line: Line) -> None:
        """Expect the console to show this line."""
        self.watched.look()
        expect(waiting(self.page)).to_have_text(list(line.waiting), timeout=HANGS_MS)
        # Who was called first has the least time left.
        expect(called(self.page)).to_have_text(list(reversed(line.called)), timeout=HANGS_MS)
        over = self.page.get_by_role("heading", name="This line is closed")
        expect(over).to_have_count(int(line.is_closed), timeout=HANGS_MS)


def _until(look: Callable[[], Message], expected: Message) -> None:
    started = time.monotonic()
    while (seen := look()) != expected:
        if time.monotonic() - started > HANGS_S:
            _compare(seen, expected)
        time.sleep(PAUSE_S)


def _compare(seen: Message, expected: Message) -> None:
    assert seen == expected, f"{seen} is not {expected}"
