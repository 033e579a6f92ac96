"""What the browser tests share: the system's Chromium, a web process, and a line with a party."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, BrowserType, expect

from queueup import create_app
from queueup.config import read_settings
from queueup.domain.model import MINUTE, OnExpiry, Party, Queue, QueueSettings
from queueup.services import services
from queueup.waitlist import Waitlist
from queueup.web.auth import hosts
from scripts.browser import FLAGS, chromium, headless_shell
from scripts.evening import play_evening
from tests.browser.house import House
from tests.browser.web_process import WebProcess

PHONE = {"width": 390, "height": 844}
SETTINGS = QueueSettings(
    name="Trattoria Lucia",
    max_guests=60,
    hold_ms=10 * MINUTE,
    on_expiry=OnExpiry.FLAG,
    keeps_code=True,
)

# Pages follow by polling, every ten seconds or so, and the machine may be busy.
HANGS_MS = 60_000
expect.set_options(timeout=HANGS_MS)

SHARED = {"HOST_AUTH_SECRET": "a secret of the tests, the same in every process"}


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start the Chromium of the system, which may run as root in a container."""
    return {
        "executable_path": headless_shell(),
        "args": FLAGS,
    }


def with_patience(browser: Browser) -> Browser:
    """Give the windows of a browser as much time to act as to show something."""
    browser.on("context", lambda context: context.set_default_timeout(HANGS_MS))
    return browser


@pytest.fixture(scope="session")
def browser(browser: Browser) -> Browser:
    """The browser of all tests that do not ask for the whole one."""
    return with_patience(browser)


@pytest.fixture(scope="session")
def whole_browser(
    browser_type: BrowserType, browser_type_launch_args: dict[str, Any]
) -> Iterator[Browser]:
    """A browser that receives pushes and shows notifications, too."""
    launched = browser_type.launch(**browser_type_launch_args | {"executable_path": chromium()})
    yield with_patience(launched)
    launched.close()


@pytest.fixture
def env(env: dict[str, str]) -> dict[str, str]:
    """The environment of every process: all of them take each other's hosts for hosts."""
    return env | SHARED


@pytest.fixture(scope="session")
def web_env(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of the web process that most tests share."""
    folder = tmp_path_factory.mktemp("web")
    own = {"QUEUEUP_DATA": str(folder), "OPS_PASSWORD": "opened", "RATE_LIMITS": "0"}
    return {"REDIS_URL": redis_url} | own | SHARED


@pytest.fixture(scope="session")
def web(web_env: dict[str, str]) -> Iterator[WebProcess]:
    """A web process on the tests' Redis."""
    process = WebProcess(web_env).start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def house(browser: Browser, web: WebProcess, web_env: dict[str, str]) -> Iterator[House]:
    """A restaurant on a full evening, for the tests of one module."""
    with create_app(read_settings(web_env)).app_context():
        password = web_env["OPS_PASSWORD"]
        opened = House(browser, web.url, services().waitlist, play_evening(), password)
        yield opened
        opened.leave()


@pytest.fixture
def own_web(env: dict[str, str]) -> Iterator[WebProcess]:
    """A web process of this test only, which may stop it."""
    process = WebProcess(env).start()
    yield process
    process.stop()


@pytest.fixture
def context(browser: Browser, web: WebProcess) -> Iterator[BrowserContext]:
    """A phone that has allowed notifications, with nothing remembered."""
    opened = browser.new_context(viewport=PHONE, base_url=web.url, locale="en-GB")
    opened.grant_permissions(["notifications"])
    yield opened
    opened.close()


@pytest.fixture
def queue(waitlist: Waitlist) -> Queue:
    """A line that has just been opened."""
    return waitlist.create(SETTINGS)


@pytest.fixture
def host_cookies(app: Flask, queue: Queue) -> list[dict[str, str]]:
    """What the device that opened the line remembers."""
    with app.app_context():
        return [
            {"name": hosts.host_cookie(queue.code), "value": hosts.host_token(queue.session_id)}
        ]


@pytest.fixture
def party(waitlist: Waitlist, queue: Queue) -> Party:
    """The first party in it."""
    return waitlist.join(queue.code, "Okafor", 2, None)[1]


@pytest.fixture
def place(queue: Queue, party: Party) -> str:
    """The address that makes a device this party's."""
    return f"/queue/{queue.code}/place?partyId={party.id}"
