"""What every Saturday has: devices with watched pages, and a restaurant that has opened a line."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.people import TABLET, open_line
from tests.browser.saturday.house import House
from tests.browser.saturday.stand import Stand
from tests.browser.watching import Watched, watch
from tests.support.running_service import Service

Open = Callable[[dict[str, int]], Watched]


@pytest.fixture
def open_page(browser: Browser, program: Service) -> Iterator[Open]:
    """Make another device with a page that is watched."""
    contexts = []

    def make(size: dict[str, int]) -> Watched:
        context = browser.new_context(
            viewport=size, base_url=program.url, locale="en-GB", reduced_motion="reduce"
        )
        context.set_default_timeout(60_000)
        contexts.append(context)
        return watch(context.new_page())

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def house(program: Service, open_page: Open) -> Iterator[House]:
    """A restaurant with a tablet at the stand, and a line that has just been opened on it."""
    stand = Stand(open_page(TABLET))
    code = open_line(stand.page, "Trattoria Lucia", 100)
    opened = House(program, open_page, code)
    opened.stands.append(stand)
    yield opened
    opened.leave()
