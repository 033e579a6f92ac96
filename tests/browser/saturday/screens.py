"""The screens of a Saturday other than the guests': each can be asked to show the line."""

import re
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

import requests
from playwright.sync_api import Page, expect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.browser.saturday.line import Line
from tests.browser.watching import Watched
from tests.support.legacy_clients import HANGS_S, Message, Screen

PAUSE_S = 0.1
SEEN = ("type", "position", "aheadCount", "reason")


def until(look: Callable[[], Any], expected: object) -> None:
    """Look until the answer is the expected one."""
    started = time.monotonic()
    while (seen := look()) != expected:
        assert time.monotonic() - started < HANGS_S, f"{seen} is not {expected}"
        time.sleep(PAUSE_S)


def tickets(page: Page, rows: str) -> Callable[[list[int]], None]:
    """Return what expects a page to show these tickets, and no other, in these rows."""

    def shows(expected: list[int]) -> None:
        # Some rows say more beside the ticket, such as an initial.
        texts = [re.compile(rf"^\s*#{ticket}(?!\d)") for ticket in expected]
        expect(page.locator(rows)).to_have_text(texts)

    return shows


class Board:
    """The television in the lobby."""

    def __init__(self, watched: Watched) -> None:
        self.watched = watched
        self.page = watched.page

    def sees(self, line: Line) -> None:
        """Expect the board to show this line."""
        self.watched.look()
        if line.is_over:
            expect(self.page.get_by_role("heading", name="This line is closed")).to_be_visible()
        tickets(self.page, ".board-tickets li")(line.waiting)
        until(self._called, [str(ticket) for ticket in line.called])

    def _called(self) -> list[str]:
        shown: list[str] = self.page.locator("[data-ticket]").evaluate_all(
            "(calls) => calls.map(({ dataset }) => dataset.ticket)"
        )
        return sorted(shown, key=int)


class OldPoller:
    """A screen of the second generation: the host's, which polls and acts by the JSON API."""

    def __init__(self, url: str, code: str, token: str) -> None:
        self._url = f"{url}/api/queue/{code}"
        self._headers = {"x-host-auth": token}
        self._tag = ""
        self.shown: Message = {}

    def poll(self) -> Message:
        """Ask with the tag of what is shown, and return what is shown then."""
        headers = self._headers | ({"If-None-Match": self._tag} if self._tag else {})
        answer = requests.get(f"{self._url}/snapshot", headers=headers, timeout=HANGS_S)
        answer.raise_for_status()
        if answer.status_code == 200:
            self.shown, self._tag = answer.json(), answer.headers["ETag"]
        return self.shown

    def advance(self, served: int | None = None, called: int | None = None) -> None:
        """Serve a party and call another one, as its one button does."""
        ids = {party["ticket"]: party["id"] for party in _parties(self.poll())}
        wanted = {"servedParty": served, "nextParty": called}
        body = {name: ids[ticket] for name, ticket in wanted.items() if ticket is not None}
        answer = requests.post(
            f"{self._url}/advance", json=body, headers=self._headers, timeout=HANGS_S
        )
        answer.raise_for_status()

    def sees(self, line: Line) -> None:
        """Expect the snapshot to show this line."""
        until(lambda: shown_to_host(self.poll()), (line.waiting, line.called))
        assert len({party["id"] for party in _parties(self.shown)}) == len(_parties(self.shown))
        assert (self.shown["endedCount"], self.shown["closed"]) == (line.ended, line.is_over)


class OldSocket:
    """A screen of the first generation: holds one socket, which is read all evening."""

    def __init__(self, address: str, ticket: int | None = None) -> None:
        self._open = ExitStack()
        # A proxy of the machine must not stand between.
        self._connection = self._open.enter_context(
            connect(address, proxy=None, ping_interval=None)
        )
        self._ticket = ticket
        self.told: list[Message] = []
        self.ending: tuple[int | None, str | None] | None = None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def leave(self) -> None:
        """Hang up."""
        self._open.close()
        self._reader.join(HANGS_S)

    def sees(self, line: Line) -> None:
        """Expect the last message to be this line, and the socket to live as long as it does."""
        if self._ticket is None:
            shown = ([], []) if line.is_over else (line.waiting, line.called)
            until(lambda: shown_to_host(self._last("queue_update")), shown)
            end = "closed" if line.is_over else None
        else:
            told = line.told(self._ticket)
            until(lambda: _seen(self.told[-1]) if self.told else {}, told)
            end = told.get("reason", "closed" if line.is_over else None)
        until(lambda: self.ending, (1000, end) if end else None)

    def _last(self, kind: str) -> Message:
        return next((one for one in reversed(self.told) if one["type"] == kind), {})

    def _read(self) -> None:
        screen = Screen(self._connection)
        try:
            while True:
                with suppress(TimeoutError):
                    self.told.append(screen.receive())
        except ConnectionClosed:
            self.ending = (self._connection.close_code, self._connection.close_reason)


def shown_to_host(view: Message) -> tuple[list[int], list[int]]:
    """Return the tickets that a host's snapshot or message shows as waiting, and as called."""
    waiting = [party["ticket"] for party in view.get("queue", [])]
    return waiting, sorted(party["ticket"] for party in view.get("called", []))


def seen_by_guest(view: Message) -> Message:
    """Return of a guest's snapshot what `Line.told` says."""
    return _seen(view)


def _seen(view: Message) -> Message:
    return {name: view[name] for name in SEEN if name in view}


def _parties(view: Message) -> list[Message]:
    return [*view["queue"], *view["called"]]
