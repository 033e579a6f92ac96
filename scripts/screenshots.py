"""Takes the pictures of the README: starts the program, plays an evening, photographs the pages.

`python -m scripts.screenshots` writes docs/screenshots, and into static/screenshots those that an
installing browser shows. --running URL is for a service whose QUEUEUP_DATA is in the environment.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from queueup import create_app
from queueup.config import read_settings
from queueup.domain.queue import MINUTE, OnExpiry, QueueSettings
from queueup.outbox import Outbox
from queueup.parts import parts
from queueup.store import Store
from queueup.subscriptions import Subscription
from queueup.waitlist import Waitlist, now_ms
from queueup.web.auth import host_cookie, host_token

from .browser import FLAGS, chromium

ROOT = Path(__file__).parent.parent
START_S = 60
TABLET = {"width": 1180, "height": 820}
PHONE = {"width": 390, "height": 844}
SMALL_PHONE = {"width": 375, "height": 667}

EARLIER = (2, 4, 2, 3, 5, 2, 2, 6, 4)
CALLED = (("Lind", 5, 31), ("Okafor", 2, 27))
WAITING = (
    ("Patel", 4, 23),
    ("Anna", 2, 19),
    ("أمينة الزهراء", 3, 18),
    ("Kowalski", 1, 16),
    ("Maximiliane von Hohenstein-Wittelsbach und Freunde", 8, 15),
    ("🎂 Zoë", 5, 13),
    (None, 2, 12),
    ("משפחת כהן", 6, 9),
    ("佐藤", 2, 8),
    ("O'Brien", 4, 6),
    ("Nguyễn", 2, 3),
    ("Sam", 3, 1),
)
WITH_PUSH = ("Patel", "Kowalski", "O'Brien")
WITH_OPEN_PAGE = ("Anna", "🎂 Zoë", "משפחת כהן", "Sam", "Okafor")

# What the manifest shows.
IN_MANIFEST = ("host", "guest")


@dataclass(frozen=True, slots=True)
class Evening:
    """A line with its host's token and the parties that pictures are taken for."""

    code: str
    token: str
    party_ids: dict[str | None, str]


class Clock:
    """A clock that tells how it was so many minutes ago."""

    def __init__(self) -> None:
        self._behind_ms = 0

    def __call__(self) -> int:
        """Return the time that it was, ms."""
        return now_ms() - self._behind_ms

    def set_back(self, minutes: float) -> None:
        """Go so far into the past."""
        self._behind_ms = round(minutes * MINUTE)


def play_evening(name: str = "Trattoria Lucia") -> Evening:
    """Let an hour of an evening happen in the running program's Redis, needs an app context."""
    clock = Clock()
    found = parts()
    waitlist = Waitlist(Store(found.redis, Outbox(found.redis)), clock)
    clock.set_back(75)
    settings = QueueSettings(
        name, 60, 10 * MINUTE, OnExpiry.FLAG, "Via dei Fiori 12, by the fountain", "055 123 4567"
    )
    queue = waitlist.create(settings)
    code = queue.code
    for size in EARLIER:
        _, party = waitlist.join(code, None, size, None)
        waitlist.call(code, party.id)
        waitlist.serve(code, party.id)
    ids: dict[str | None, str] = {}
    for party_name, size, minutes in CALLED + WAITING:
        clock.set_back(minutes)
        _, party = waitlist.join(code, party_name, size, None)
        ids[party_name] = party.id
    clock.set_back(14)
    waitlist.call(code, ids["Lind"])
    clock.set_back(11.66)
    waitlist.call(code, ids["Lind"])
    clock.set_back(3.8)
    waitlist.call(code, ids["Okafor"])
    waitlist.declare_nearby(code, ids["Patel"])
    waitlist.declare_nearby(code, ids["🎂 Zoë"])
    for party_name in WITH_PUSH:
        device = Subscription(f"https://web.push.apple.com/{party_name}", "", "", "")
        found.subscriptions.add(code, ids[party_name], device, now_ms(), lambda pipe: None)
    for party_name in WITH_OPEN_PAGE:
        found.reach.note(code, "guest", ids[party_name])
    found.reach.share()
    return Evening(code, host_token(queue.session_id), ids)


class Photographer:
    """Opens pages as the host or as a guest, and keeps pictures of them."""

    def __init__(self, browser: Browser, url: str, folder: Path) -> None:
        self._browser = browser
        self._url = url
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def take(
        self,
        name: str,
        path: str,
        size: dict[str, int],
        evening: Evening | None = None,
        scheme: str = "light",
        tap: str | None = None,
    ) -> None:
        """Photograph one page, as the host if an evening is given, after a tap if one is named."""
        with self._context(size, scheme) as context:
            if evening:
                cookie = {"name": host_cookie(evening.code), "value": evening.token}
                context.add_cookies([cookie | {"url": self._url}])  # type: ignore[list-item]
            page = context.new_page()
            page.goto(self._url + path)
            if tap:
                page.click(tap)
            self._keep(page, name)

    @contextmanager
    def _context(self, size: dict[str, int], scheme: str) -> Iterator[BrowserContext]:
        context = self._browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            color_scheme=scheme,  # type: ignore[arg-type]
            locale="en-GB",
            reduced_motion="reduce",
            service_workers="block",
        )
        yield context
        context.close()

    def _keep(self, page: Page, name: str) -> None:
        page.wait_for_load_state("networkidle")
        page.screenshot(path=self._folder / f"{name}.png")


def photograph(url: str, folder: Path) -> None:
    """Take all pictures of an evening at the service with this address; needs an app context."""
    evening = play_evening()
    host, join = f"/host/{evening.code}", f"/queue/{evening.code}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        photos = Photographer(browser, url, folder)

        def place(name: str) -> str:
            return f"{join}/place?partyId={evening.party_ids[name]}"

        photos.take("host", host, TABLET, evening)
        photos.take("host-dark", host, TABLET, evening, "dark")
        photos.take("host-phone", host, PHONE, evening)
        photos.take("host-phone-called", host, PHONE, evening, "dark", "label[for=tab-called]")
        photos.take("host-invite", host, TABLET, evening, tap="[popovertarget=invite]")
        photos.take("guest", place("Patel"), PHONE)
        photos.take("guest-dark", place("Anna"), PHONE, scheme="dark")
        photos.take("guest-called", place("Okafor"), PHONE)
        photos.take("guest-called-dark", place("Okafor"), PHONE, scheme="dark")
        photos.take("guest-late", place("Lind"), PHONE)
        photos.take("join", join, SMALL_PHONE)
        photos.take("join-dark", join, PHONE, scheme="dark")
        photos.take("home", "/", TABLET)
        photos.take("home-phone", "/", PHONE, evening, "dark")
        photos.take("open", "/new", TABLET)
        photos.take("poster", f"{host}/poster", TABLET, evening)
        browser.close()
    shown = ROOT / "static" / "screenshots"
    shown.mkdir(exist_ok=True)
    for name in IN_MANIFEST:
        shutil.copy(folder / f"{name}.png", shown)


@contextmanager
def running_program() -> Iterator[str]:
    """Start the program with its own data folder and port, and return its address."""
    with tempfile.TemporaryDirectory() as data, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        os.environ.update(QUEUEUP_DATA=data, PORT=str(port))
        program = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait_until_ready(url, program)
            yield url
        finally:
            program.terminate()
            program.wait()


def _wait_until_ready(url: str, program: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_S
    while program.poll() is None and time.monotonic() < until:
        try:
            requests.get(url, timeout=5).raise_for_status()
        except requests.RequestException:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("The program did not start.")


def main() -> None:
    """Read the arguments and take the pictures."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--out", type=Path, default=ROOT / "docs" / "screenshots")
    reader.add_argument("--running", metavar="URL")
    given = reader.parse_args()
    if given.running:
        with create_app(read_settings(os.environ)).app_context():
            photograph(given.running, given.out)
        return
    with running_program() as url, create_app(read_settings(os.environ)).app_context():
        photograph(url, given.out)


if __name__ == "__main__":
    main()
