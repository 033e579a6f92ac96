"""Guests' and other public pages in every state: allowed, accessible, large enough, and fitting."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.every_state import EveryState
from tests.browser.guest_states import GUEST_STATES
from tests.browser.house import PUBLIC_STATES, House
from tests.browser.people import SMALL_PHONE
from tests.browser.waiting import listen_until

ON_SCREEN = """(element) => {
  const { top, bottom, left, width } = element.getBoundingClientRect();
  const seen = document.elementFromPoint(left + width / 2, (top + bottom) / 2);
  return top >= 0 && bottom <= innerHeight && element.contains(seen);
}"""


@pytest.fixture(scope="module", params=PUBLIC_STATES | GUEST_STATES)
def shown(request: pytest.FixtureRequest, house: House) -> Iterator[Page]:
    """A page in one of its states."""
    yield (PUBLIC_STATES | GUEST_STATES)[request.param](house)
    house.leave()


class TestPublicPages(EveryState):
    """Every page that needs no host."""


def test_a_refusal_of_the_policy_would_be_noticed(house: House) -> None:
    page = PUBLIC_STATES["join"](house)
    page.evaluate("() => void document.body.setAttribute('style', 'color: red')")
    listen_until(page, lambda: house.refused)
    house.leave()


def test_the_join_button_is_in_sight_on_a_small_phone(house: House) -> None:
    page = PUBLIC_STATES["join"](house)
    page.set_viewport_size(SMALL_PHONE)

    button = page.get_by_role("button", name="Join the line")

    expect(button).to_be_visible()
    assert button.evaluate(ON_SCREEN)
    house.leave()
