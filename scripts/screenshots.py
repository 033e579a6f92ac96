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
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import requests
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from queueup import create_app
from queueup.clock import now_ms
from queueup.config import read_settings
from queueup.domain.model import HOUR
from queueup.history.days import bounds, day_of
from queueup.services import services
from queueup.web.auth.hosts import host_cookie
from queueup.web.input import time_zones
from scripts.browser import FLAGS, LARGE_TEXT, chromium
from scripts.evening import Evening, play_evening
from scripts.past_days import record_weeks

ROOT = Path(__file__).parent.parent
START_S = 60
TABLET = {"width": 1180, "height": 820}
PHONE = {"width": 390, "height": 844}
TELEVISION = {"width": 1280, "height": 720}
# At 96 dots per inch.
A4 = {"width": 794, "height": 1123}
ZONE = ZoneInfo(time_zones.of_server())
SMALL_PHONE = {"width": 375, "height": 667}

SHOWN_ADDRESS = "https://queue.example"

# What the manifest shows.
IN_MANIFEST = ("host", "guest")


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
        shows: str = "body",
        is_printed: bool = False,
    ) -> None:
        """Photograph one page, as the host if an evening is given, after a tap if one is named.

        `shows` is what must be there first.
        """
        with self._context(size, scheme) as context:
            if evening:
                cookie = {"name": host_cookie(evening.code), "value": evening.token}
                context.add_cookies([cookie | {"url": self._url}])  # type: ignore[list-item]
            page = context.new_page()
            page.goto(self._url + path)
            if tap:
                page.click(tap)
            page.wait_for_selector(shows)
            if is_printed:
                page.emulate_media(media="print")
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
        photos.take("host-add", host, PHONE, evening, tap="#add")
        photos.take("host-party", host, TABLET, evening, tap=".waiting [data-more]")
        photos.take("board", f"/board/{evening.code}", TELEVISION, shows=":root.is-still")
        photos.take("kiosk", f"/kiosk/{evening.code}", TABLET)
        photos.take("settings", f"{host}/settings", TABLET, evening)
        photograph_reports(photos, evening)
        browser.close()
        large = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, LARGE_TEXT])
        photos = Photographer(large, url, folder)
        photos.take("host-large-text", host, TABLET, evening)
        photos.take("host-phone-large-text", host, PHONE, evening)
        photos.take(
            "host-phone-called-large-text", host, PHONE, evening, tap="label[for=tab-called]"
        )
        large.close()
    shown = ROOT / "static" / "screenshots"
    shown.mkdir(exist_ok=True)
    for name in IN_MANIFEST:
        shutil.copy(folder / f"{name}.png", shown)


def photograph_reports(photos: Photographer, evening: Evening) -> None:
    """Take the pictures of the reports of a line that has been in use for nine weeks."""
    history = services().history
    history.upgrade()
    # Not the day of the evening, which is as late as it is now.
    last = day_of(now_ms(), ZONE) - timedelta(days=1)
    record_weeks(history, evening.code, bounds(last, last, ZONE)[0] + 13 * HOUR, 9)
    day = f"/host/{evening.code}/reports?day={last}"
    week, weeks = f"{day}&period=week", f"{day}&period=four-weeks"
    photos.take("report", week, TABLET, evening)
    photos.take("report-dark", weeks, TABLET, evening, "dark")
    photos.take("report-phone", day, PHONE, evening)
    photos.take("report-phone-dark", f"{weeks}#days-title", PHONE, evening, "dark")
    photos.take("report-export", f"{week}#export-title", PHONE, evening)
    photos.take("report-export-dark", f"{week}#export-title", TABLET, evening, "dark")
    photos.take("report-day-printed", day, A4, evening, is_printed=True)
    photos.take("report-printed", weeks, A4, evening, "dark", is_printed=True)


@contextmanager
def running_program() -> Iterator[str]:
    """Start the program with its own data folder and port, and return its address."""
    with tempfile.TemporaryDirectory() as data, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        # Pictures show the address of a restaurant, not that of this machine.
        os.environ.update(QUEUEUP_DATA=data, PORT=str(port), APP_BASE_URL=SHOWN_ADDRESS)
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
