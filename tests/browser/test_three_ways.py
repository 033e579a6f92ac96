"""One evening on sockets, by polling JSON and on our pages at once: all see the same line."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, ViewportSize
from websockets.exceptions import InvalidStatus

from queueup import static_files
from tests.browser.all_screens import OldGuest, OldHost, OurGuest, OurHost, Poller
from tests.browser.people import (
    PHONE,
    TABLET,
    call_next,
    cannot_come,
    close_for_good,
    fill_in,
    join,
    serve,
)
from tests.browser.same_line import SIZES, Line
from tests.browser.watching import Watched, watch
from tests.support.legacy_clients import HANGS_S, Evening, Open, Start, Web, address

pytestmark = pytest.mark.long

Screen = OldHost | OldGuest | Poller | OurHost | OurGuest
Device = Callable[[Web, ViewportSize], Watched]
STATIC = Path(static_files.__file__).parents[2] / "static"


@pytest.fixture(scope="module")
def first(start_web: Start, redis_url: str) -> Iterator[Web]:
    """The web process of the old screens."""
    web = start_web(redis_url)
    yield web
    web.stop()


@pytest.fixture(scope="module")
def second(start_web: Start, redis_url: str) -> Iterator[Web]:
    """The web process of our pages, on the same Redis."""
    # As the supervisor does before it starts one, or pages would come with yesterday's scripts.
    static_files.compress(STATIC)
    web = start_web(redis_url)
    yield web
    web.stop()


@pytest.fixture(scope="module")
def without_sockets(start_web: Start, redis_url: str) -> Iterator[Web]:
    """A web process of an operator whose old sockets are switched off."""
    web = start_web(redis_url, LEGACY_SOCKETS="0")
    yield web
    web.stop()


@pytest.fixture
def device(browser: Browser) -> Iterator[Device]:
    """Make devices of our own pages, none of which may ever open a socket or complain."""
    contexts, pages = [], []

    def make(web: Web, size: ViewportSize) -> Watched:
        context = browser.new_context(viewport=size, base_url=web.url, locale="en-GB")
        contexts.append(context)
        pages.append(watch(context.new_page()))
        return pages[-1]

    yield make
    for context in contexts:
        context.close()
    assert [page.sockets for page in pages] == [[]] * len(pages)
    assert [page.complaints for page in pages] == [[]] * len(pages)


class Everybody:
    """Everybody who looks at the line, whatever the screen."""

    def __init__(self, *screens: Screen) -> None:
        self.screens = list(screens)

    def comes(self, screen: Screen) -> None:
        """Let somebody else look too."""
        self.screens.append(screen)

    def sees(self, *waiting: str, **more: Any) -> None:
        """Expect the same line on every screen, the pages last: their process has heard then."""
        line = Line(waiting, **more)
        for screen in sorted(self.screens, key=lambda one: isinstance(one, OurGuest | OurHost)):
            screen.sees(line)


def test_an_old_host_on_a_socket_serves_pollers_and_pages(
    first: Web, second: Web, device: Device, open_screen: Open
) -> None:
    evening = Evening(first)
    code = evening.code
    host = OldHost(open_screen(evening.address(hostToken=evening.token)))
    other_host = OldHost(open_screen(evening.address(second, hostToken=evening.token)))
    anna, bo = OurGuest(device(second, PHONE), "Anna"), OurGuest(device(second, PHONE), "Bo")
    everybody = Everybody(host, other_host, Poller([second, first], code))

    everybody.sees()

    join(anna.page, code, "Anna", SIZES["Anna"])
    everybody.comes(anna)
    everybody.sees("Anna")
    join(bo.page, code, "Bo", SIZES["Bo"])
    everybody.comes(bo)
    everybody.sees("Anna", "Bo")
    cleo = Poller.join([first, second], code, "Cleo")
    everybody.comes(cleo)
    everybody.sees("Anna", "Bo", "Cleo")
    dan = Poller.join([second, first], code, "Dan")
    everybody.comes(dan)
    everybody.sees("Anna", "Bo", "Cleo", "Dan")

    bo.page.get_by_role("button", name="I'm nearby").click()
    nearby = ("Bo",)
    everybody.sees("Anna", "Bo", "Cleo", "Dan", nearby=nearby)

    assert evening.do("advance")["nowServing"]["name"] == "Anna"
    everybody.sees("Bo", "Cleo", "Dan", called=("Anna",), nearby=nearby)
    evening.do("advance", servedParty=host.serving["id"])
    gone = {"Anna": "served"}
    everybody.sees("Cleo", "Dan", called=("Bo",), nearby=nearby, gone=gone)
    evening.do("advance", nextParty=dan.party_id)
    everybody.sees("Cleo", called=("Dan", "Bo"), nearby=nearby, gone=gone)
    assert host.serving["deadline"] == other_host.serving["deadline"] == dan.deadline

    dan.post("leave", partyId=dan.party_id)
    gone["Dan"] = "left"
    everybody.sees("Cleo", called=("Bo",), nearby=nearby, gone=gone)
    cannot_come(bo.page)
    gone["Bo"] = "left"
    everybody.sees("Cleo", gone=gone)
    evening.do("kick", partyId=cleo.party_id)
    gone["Cleo"] = "kicked"
    everybody.sees(gone=gone)

    bo.page.get_by_role("link", name="Join the line again").click()
    fill_in(bo.page, "Bo", SIZES["Bo"])
    bo.page.wait_for_url("**/place")
    del gone["Bo"]
    everybody.sees("Bo", gone=gone)
    eva = Poller.join([second, first], code, "Eva")
    everybody.comes(eva)
    everybody.sees("Bo", "Eva", gone=gone)
    evening.do("advance")
    everybody.sees("Eva", called=("Bo",), gone=gone)
    evening.do("advance", servedParty=host.serving["id"], nextParty=eva.party_id)
    gone["Bo"] = "served"
    everybody.sees(called=("Eva",), gone=gone)
    evening.do("close")
    everybody.sees(gone=gone, is_closed=True)


def test_old_screens_on_sockets_follow_our_console(
    first: Web, second: Web, device: Device, open_screen: Open
) -> None:
    console = OurHost(device(second, TABLET))
    page = console.page
    # An old screen has opened the line on this tablet, which goes on with our console.
    wanted = {"eventName": "Lucia", "maxGuests": 60}
    opened = page.request.post(f"{second.url}/api/queue/create", data=wanted).json()
    code, token = opened["code"], opened["hostAuthToken"]
    page.goto(f"{second.url}/host/{code}")
    host = OldHost(open_screen(address(first, code, hostToken=token)))
    bo = OurGuest(device(second, PHONE), "Bo")
    everybody = Everybody(host, Poller([second, first], code), console)
    everybody.sees()

    annas = Poller.join([first, second], code, "Anna").party_id
    anna = OldGuest(open_screen(address(first, code, partyId=annas)), "Anna")
    everybody.comes(anna)
    everybody.sees("Anna")
    join(bo.page, code, "Bo", SIZES["Bo"])
    everybody.comes(bo)
    everybody.sees("Anna", "Bo")
    cleo = Poller.join([first, second], code, "Cleo")
    everybody.comes(cleo)
    everybody.sees("Anna", "Bo", "Cleo")
    everybody.comes(Poller.join([second, first], code, "Dan"))
    everybody.sees("Anna", "Bo", "Cleo", "Dan")

    call_next(page).click()
    everybody.sees("Bo", "Cleo", "Dan", called=("Anna",))
    first_deadline = anna.deadline
    tap(page, "Call #3 Cleo")
    everybody.sees("Bo", "Dan", called=("Cleo", "Anna"))
    assert cleo.deadline == host.serving["deadline"]
    tap(page, "Call again #1 Anna")
    everybody.sees("Bo", "Dan", called=("Anna", "Cleo"), recalled="Anna")
    assert anna.deadline == host.serving["deadline"] > first_deadline
    serve(page, "Anna")
    gone = {"Anna": "served"}
    everybody.sees("Bo", "Dan", called=("Cleo",), gone=gone)
    tap(page, "More for #3 Cleo")
    tap(page, "No-show")
    gone["Cleo"] = "no_show"
    everybody.sees("Bo", "Dan", gone=gone)
    tap(page, "More for #4 Dan")
    tap(page, "Remove…")
    tap(page, "Remove without a reason")
    gone["Dan"] = "kicked"
    everybody.sees("Bo", gone=gone)
    close_for_good(page, "Lucia")
    everybody.sees(gone=gone, is_closed=True)


def test_without_the_old_sockets_pollers_and_pages_are_served_as_before(
    first: Web, without_sockets: Web, device: Device, open_screen: Open
) -> None:
    evening = Evening(without_sockets)
    code = evening.code
    with pytest.raises(InvalidStatus) as refused:
        open_screen(evening.address(hostToken=evening.token))
    assert refused.value.response.status_code == 404
    plain = evening.address(hostToken=evening.token).replace("ws", "http", 1)
    assert requests.get(plain, timeout=HANGS_S).status_code == 404

    # Where the operator has not switched them off yet, they go on.
    host = OldHost(open_screen(evening.address(first, hostToken=evening.token)))
    webs = [without_sockets, first]
    anna = OurGuest(device(without_sockets, PHONE), "Anna")
    everybody = Everybody(host, Poller(webs, code), Poller(webs, code, token=evening.token))
    everybody.sees()
    everybody.comes(Poller.join(webs, code, "Cleo"))
    everybody.sees("Cleo")
    join(anna.page, code, "Anna", SIZES["Anna"])
    everybody.comes(anna)
    everybody.sees("Cleo", "Anna")
    evening.do("advance")
    everybody.sees("Anna", called=("Cleo",))
    evening.do("advance", servedParty=host.serving["id"])
    everybody.sees(called=("Anna",), gone={"Cleo": "served"})
    evening.do("close")
    everybody.sees(gone={"Cleo": "served"}, is_closed=True)


def tap(page: Page, name: str) -> None:
    """Tap a button of the console that is in sight."""
    page.get_by_role("button", name=name, exact=True).and_(page.locator(":visible")).click()
