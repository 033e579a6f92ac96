"""Everybody of a Saturday and all their screens, and the moments at which they must agree."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests
from playwright.sync_api import Page

from queueup import create_app
from queueup.config import read_settings
from queueup.web.auth.hosts import host_token
from tests.browser.every_state import ALL_RULES, AXE, VIOLATIONS
from tests.browser.saturday.guests import FormGuest, GuestPage
from tests.browser.saturday.line import Line
from tests.browser.saturday.screens import Board, OldPoller, OldSocket
from tests.browser.saturday.stand import Stand
from tests.browser.watching import NOT_ANSWERED, Watched
from tests.support.legacy_clients import HANGS_S
from tests.support.running_service import Service

Open = Callable[[dict[str, int]], Watched]


class House:
    """A restaurant with a line, its screens, and what the test knows of both."""

    def __init__(self, program: Service, open_page: Open, code: str) -> None:
        self.url = program.url
        self.code = code
        self.line = Line()
        self.stands: list[Stand] = []
        self.pages: dict[int, GuestPage] = {}
        self.forms: dict[int, FormGuest] = {}
        self.sockets: list[OldSocket] = []
        self.open_page = open_page
        self._program = program

    def guest(self, size: dict[str, int], name: str, people: int) -> GuestPage:
        """Let a party join that looks at its page all evening."""
        guest = GuestPage(self.open_page(size), self.code, len(self.line.order) + 1)
        guest.join(name, people)
        return self.has_come(guest)

    def has_come(self, guest: GuestPage) -> GuestPage:
        """Count a guest in who has joined."""
        self.line.joins(guest.ticket)
        self.pages[guest.ticket] = guest
        return guest

    def form_guests(self, *people: tuple[str, int]) -> None:
        """Let parties join without scripts, each of which sends its form twice."""
        for name, size in people:
            guest = FormGuest(self.url, self.code)
            guest.join(name, size)
            ticket = guest.ticket
            guest.send_again()
            self.line.joins(ticket)
            self.forms[ticket] = guest

    def walk_in(self, stand: Stand, size: int, **about: str) -> None:
        """Add a walk-in at a tablet."""
        stand.add(size, **about)
        self.line.joins(len(self.line.order) + 1)
        stand.has_added(self.line.order[-1])

    def old_screens(self, name: str, size: int) -> OldPoller:
        """Let a party join on an old screen, and hang up the old screens of it and of the host."""
        path = f"{self.url}/api/queue/{self.code}"
        answer = requests.post(f"{path}/join", json={"name": name, "size": size}, timeout=HANGS_S)
        answer.raise_for_status()
        joined = answer.json()
        self.line.joins(len(self.line.order) + 1)
        env = {"QUEUEUP_DATA": str(self._program.data)}
        with create_app(read_settings(env)).app_context():
            token = host_token(joined["sessionId"])
        socket = f"{path.replace('http', 'ws', 1)}/connect"
        self.sockets = [
            OldSocket(f"{socket}?hostToken={token}"),
            OldSocket(f"{socket}?partyId={joined['partyId']}", self.line.order[-1]),
        ]
        self.board = Board(self.open_page({"width": 1280, "height": 720}))
        self.board.page.goto(f"/board/{self.code}")
        self.board.watched.stays()
        self.old_host = OldPoller(self.url, self.code, token)
        return self.old_host

    def agrees(self) -> None:
        """Expect every screen in the house to show the line as it is."""
        for stand in self.stands:
            stand.is_done()
        self.old_host.sees(self.line)
        for screen in [*self.stands, self.board, *self.pages.values(), *self.sockets]:
            screen.sees(self.line)
        with ThreadPoolExecutor(4) as many:
            list(many.map(lambda guest: guest.sees(self.line), self.forms.values()))

    def is_accessible(self) -> None:
        """Expect axe to find nothing on any page as it is now."""
        assert {page.url: found for page in self._pages() if (found := _violations(page))} == {}

    def is_quiet(self) -> None:
        """Expect no page to have complained, but of a network that was cut and of refusals."""
        for stand in self.stands:
            loud = [one for one in stand.watched.complaints if not NOT_ANSWERED.search(one)]
            assert (loud, stand.watched.violations()) == ([], [])
        for screen in [self.board, *self.pages.values()]:
            assert (screen.watched.complaints, screen.watched.violations()) == ([], [])
            assert screen.watched.has_stayed()

    def leave(self) -> None:
        """Hang up the old screens."""
        for socket in self.sockets:
            socket.leave()

    def _pages(self) -> list[Page]:
        return [screen.page for screen in [*self.stands, self.board, *self.pages.values()]]


def _violations(page: Page) -> list[str]:
    # Past the page's policy, as the tools of a browser are.
    page.evaluate(f"() => {{ {AXE.read_text()} }}")
    found: list[str] = page.evaluate(VIOLATIONS, ALL_RULES)
    return found
