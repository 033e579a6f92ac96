"""Nothing moves under the finger while a page loads, however late its scripts come."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route

from tests.browser.guest_states import GUEST_STATES
from tests.browser.house import STATES, House
from tests.browser.people import PHONE, TABLET

LATE_S = 0.2
# What Core Web Vitals call good; a button that only scripts can show takes 0.03 to 0.06.
STEADY = 0.1
# Shifts within half a second of a tap are its answer.
NOTE_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    if (hadRecentInput) continue;
    const moved = sources.map(({ node }) => (node?.outerHTML ?? node?.nodeValue)?.slice(0, 100));
    shifts.push([value, ...moved]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 200)))"
PAGES = {
    name: (STATES | GUEST_STATES)[name]
    for name in (
        "home with lines",
        "console",
        "console, asked and paused",
        "console, empty",
        "ended",
        "party, called",
        "join",
        "waiting",
        "waiting, told and moved",
        "called, on the way",
        "board",
        "kiosk",
    )
}


@pytest.mark.parametrize("size", (PHONE, TABLET), ids=("phone", "tablet"))
@pytest.mark.parametrize("opened", PAGES.values(), ids=PAGES)
def test_nothing_moves_when_the_scripts_come_late(
    house: House, opened: Callable[[House], Page], size: dict[str, int]
) -> None:
    page = opened(house)
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.add_init_script(NOTE_SHIFTS)
    page.route("**/static/**/*.js*", late)
    page.route("**/static/*.js*", late)

    page.reload(wait_until="networkidle")
    page.evaluate(PAINTED)

    shifts = page.evaluate("() => shifts")
    house.leave()
    assert sum(value for value, *_ in shifts) < STEADY, shifts


def late(route: Route) -> None:
    """Let a script arrive after all else."""
    time.sleep(LATE_S)
    route.continue_()
