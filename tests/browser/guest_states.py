"""The guest's pages in the states that answers, messages and the host's decisions lead to."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from queueup.domain.change import Events
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import undo as undo_commands
from queueup.domain.model import Queue
from tests.browser.house import House, after, paused, tap, without_script

Rule = Callable[[Queue, str, int], Events]


def place(house: House, *commands: Rule) -> Page:
    """Open the place of the second of four parties, after these commands about it."""
    code = house.line()
    _, party_id, third, _ = (
        house.waitlist.join(code, name, 2, None)[1].id for name in ("Lind", "Anna", "Bo", "Cleo")
    )
    for command in commands:
        house.waitlist.act(code, lambda queue, now, act=command: act(queue, party_id, now))
    return house.page(f"/queue/{code}/place?partyId={party_id}")


def overtaken(queue: Queue, party_id: str, now: int) -> Events:
    """Let a booked party in front of this one."""
    return host_commands.move(queue, queue.waiting()[-1].id, now, party_id, "Reservation")


def set_aside(queue: Queue, party_id: str, now: int) -> Events:
    """Let others pass this party."""
    return host_commands.set_aside(queue, party_id, now, True, "Party not complete yet")


def told(queue: Queue, party_id: str, now: int) -> Events:
    """Write to the party."""
    return host_commands.message(queue, now, "The kitchen is a little slow tonight.", party_id)


def judged(queue: Queue, party_id: str, now: int) -> Events:
    """Let the guest judge the estimate."""
    return guest_commands.judge(queue, party_id, now, "too_short")


def five_minutes_away(queue: Queue, party_id: str, now: int) -> Events:
    """Let the guest be on the way."""
    return guest_commands.on_my_way(queue, party_id, now, 5)


def removed(queue: Queue, party_id: str, now: int) -> Events:
    """Remove the party, and say why."""
    return host_commands.kick(queue, party_id, now, "We couldn't reach you")


def seated(queue: Queue, party_id: str, now: int) -> Events:
    """Seat the party at a table."""
    return host_commands.seat(queue, party_id, now, "12")


def opened(name: str, title: str) -> Callable[[Page], object]:
    """Return what opens a sheet of the place."""
    return lambda page: (
        tap(name)(page),
        expect(page.get_by_role("dialog", name=title)).to_be_visible(),
    )


def with_a_friends_link(house: House) -> Page:
    """Open a friend's link on a phone that has a place of its own."""
    page = place(house)
    code = page.url.split("/")[4]
    friends = house.waitlist.queue(code).parties[0].id
    page.goto(f"/queue/{code}/place?partyId={friends}")
    return page


def claiming(page: Page) -> None:
    """Ask for the way back to a place."""
    page.get_by_text("Already in line?").click()
    page.get_by_label("Ticket number").fill("1")
    page.get_by_role("button", name="Ask the host").click()
    expect(page.get_by_role("heading", name="We've asked the host")).to_be_visible()


MISSED = (host_commands.call, host_commands.no_show)
GUEST_STATES: dict[str, Callable[[House], Page]] = {
    "another place?": with_a_friends_link,
    "waiting, two places": lambda house: after(
        with_a_friends_link(house),
        lambda page: page.get_by_role("button", name="Show ticket").click(),
    ),
    "join, already in line": lambda house: after(
        house.page(f"/queue/{house.line()}"),
        lambda page: page.get_by_text("Already in line?").click(),
    ),
    "place claimed": lambda house: after(house.page(f"/queue/{house.line()}"), claiming),
    "waiting, told and moved": lambda house: place(house, told, overtaken, judged),
    "waiting, set aside": lambda house: place(house, set_aside),
    "waiting, has let pass": lambda house: place(house, guest_commands.let_pass),
    "waiting, letting pass": lambda house: after(
        place(house), opened("Let the next party go first", "Let the next party go first?")
    ),
    "waiting, changing size": lambda house: after(
        place(house), opened("Change party size", "How many in your party?")
    ),
    "waiting, sharing": lambda house: after(
        place(house), opened("Share with your party", "Share with your party")
    ),
    "called, on the way": lambda house: place(house, host_commands.call, five_minutes_away, told),
    "called, more time": lambda house: place(house, host_commands.call, guest_commands.more_time),
    "called, time used up": lambda house: place(
        house, host_commands.call, *[guest_commands.more_time] * 3
    ),
    "called, not coming?": lambda house: after(
        place(house, host_commands.call), tap("We can't make it")
    ),
    "not coming?": lambda house: after(
        place(house, host_commands.call), without_script("form[action$='/not-coming']")
    ),
    "refused without script": lambda house: after(
        place(house, *[guest_commands.let_pass] * 2),
        without_script("form[action$='/size']", size=""),
    ),
    "seated at a table": lambda house: place(house, host_commands.call, seated),
    "removed with a reason": lambda house: place(house, removed),
    "no-show, asked": lambda house: place(house, *MISSED, guest_commands.ask_back),
    "no-show, turned down": lambda house: place(
        house, *MISSED, guest_commands.ask_back, undo_commands.decline_back
    ),
    "join, paused": lambda house: house.page(f"/queue/{paused(house)}"),
}
