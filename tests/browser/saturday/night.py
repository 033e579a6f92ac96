"""The second half of a Saturday: another tablet, a cut network, a reload, the end of the day."""

import re
from itertools import cycle

from playwright.sync_api import expect

from tests.browser.people import TABLET, more
from tests.browser.saturday.house import House
from tests.browser.saturday.line import CALLED, SERVED
from tests.browser.saturday.stand import Stand, call_next_together
from tests.browser.watching import ACTIONS


def a_second_tablet_comes(house: House) -> None:
    """It is let in by a link that works once; two hosts tap at the same moment."""
    stand, line = house.stands[0], house.line
    other = Stand(house.open_page(TABLET))
    other.page.goto(stand.invite())
    other.page.get_by_label("Name for this device").fill("Bar")
    other.tap("Add this device")
    expect(other.page.locator("#line")).to_be_visible()
    house.stands.append(other)
    house.agrees()

    first, second = line.waiting[:2]
    answers = call_next_together(stand, other)
    assert sorted(answers) in ([200, 200], [200, 409])
    called = [first, second] if answers == [200, 200] else [first]
    line.become(CALLED, *called)
    house.old_host.sees(line)
    counts = {party["ticket"]: party["callCount"] for party in house.old_host.shown["called"]}
    assert [counts[ticket] for ticket in called] == [1] * len(called)
    for tablet, status in zip((stand, other), answers, strict=True):
        if status == 409:
            tablet.says(f"#{first} has already been called")
    house.walk_in(other, 4, name="Uma")
    other.more(14, "Seat at a table…", "7", "Seat")
    line.become(SERVED, 14)


def the_network_is_cut(house: House) -> None:
    """What one tablet does meanwhile waits in sight, and is then done in order, or refused."""
    (stand, other), line = house.stands, house.line
    wanted = line.waiting[0]
    stand.answered.clear()
    stand.page.context.set_offline(True)
    stand.tap_row(wanted, "Call")
    stand.tap_row(2, "Seated")
    stand.add(3, name="Vera")
    expect(stand.waits).to_contain_text("3 actions waiting for a connection")
    expect(stand.waits.get_by_role("listitem")).to_have_text(
        [re.compile(words) for words in (f"Call #{wanted}", "Seated #2 Bo", "Add Vera, 3")]
    )
    expect(stand.row(wanted)).to_have_attribute("data-pending", "Calling…")

    other.call_next(wanted)
    line.become(CALLED, wanted)
    house.form_guests(("Will", 2), ("Xenia", 2))
    house.old_host.advance(served=18, called=13)
    line.become(SERVED, 18)
    line.become(CALLED, 13)
    for screen in (other, house.board, house.old_host, *house.sockets):
        screen.sees(line)

    stand.page.context.set_offline(False)
    stand.says(f"#{wanted} has already been called")
    stand.was_answered(("call", 409), ("serve", 200), ("add", 200))
    line.become(SERVED, 2)
    line.joins(26)
    stand.has_added(26)


def the_page_is_loaded_again(house: House) -> None:
    """What waits to be sent is still there, and sent once."""
    stand, line = house.stands[0], house.line
    wanted = line.waiting[0]
    context = stand.page.context
    context.route(ACTIONS, lambda route: route.abort())
    stand.tap_row(wanted, "Call")
    expect(stand.waits).to_contain_text("1 action waiting for a connection")
    assert stand.watched.violations() == []
    stand.page.reload()
    expect(stand.waits).to_contain_text("1 action waiting for a connection")
    context.unroute_all()
    line.become(CALLED, wanted)


def the_rest_is_seated(house: House) -> None:
    """The last guests come; all hosts call and seat at once, until the kitchen closes."""
    line = house.line
    house.form_guests(("Yann", 2), ("Zack", 1), ("Ada", 2), ("Ben", 2))
    house.agrees()
    house.old_host.advance(served=13, called=line.waiting[0])
    line.become(SERVED, 13)
    line.become(CALLED, line.waiting[0])
    for stand in (*house.stands, *house.stands):
        batch = line.waiting[:3]
        stand.sees(line)
        stand.call_several(*batch)
        line.become(CALLED, *batch)
        for tablet, ticket in zip(cycle(house.stands), line.called, strict=False):
            tablet.seat(ticket)
            line.become(SERVED, ticket)
    house.stands[0].call_next(line.waiting[0])
    line.become(CALLED, line.waiting[0])


def the_day_ends(house: House) -> None:
    """Whoever still waits is told, and every screen says that it is over."""
    house.agrees()
    other = house.stands[1]
    more(other.page)
    other.tap("End the day", other.page.locator("#more-list"))
    other.tap("End the day", other.page.get_by_role("dialog", name="End the day?"))
    house.line.closes()
