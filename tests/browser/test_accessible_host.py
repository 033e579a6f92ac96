"""The host's pages in every state: allowed, accessible, large enough, and fitting."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.every_state import EveryState
from tests.browser.house import HOST_STATES, House


@pytest.fixture(scope="module", params=HOST_STATES)
def shown(request: pytest.FixtureRequest, house: House) -> Iterator[Page]:
    """A page in one of its states."""
    yield HOST_STATES[request.param](house)
    house.leave()


class TestHostPages(EveryState):
    """Every page that a host has."""
