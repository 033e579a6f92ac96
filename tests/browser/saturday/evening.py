"""The first half of a Saturday: guests come, are called and seated, and mistakes are put right."""

from playwright.sync_api import expect

from queueup.domain import presets
from tests.browser.people import PHONE, SMALL_PHONE, cannot_come, fill_in
from tests.browser.saturday.guests import FormGuest, GuestPage
from tests.browser.saturday.house import House
from tests.browser.saturday.line import CALLED, LEFT, NO_SHOW, REMOVED, SERVED, WAITING


def thirty_begin_to_arrive(house: House) -> None:
    """Guests come by their phones, by an old screen, and without any."""
    stand = house.stands[0]
    for size, name, people in (
        (PHONE, "Anna", 2),
        (PHONE, "Bo", 4),
        (SMALL_PHONE, "Cleo", 3),
        (PHONE, "Dan", 1),
        (SMALL_PHONE, "Eva", 5),
    ):
        house.guest(size, name, people)
    names = ("Fay", "Gus", "Hana", "Ivo", "Jo", "Kim", "Lea")
    house.form_guests(*((name, 2) for name in names))
    house.old_screens("Max", 3)
    stand.watched.look()
    for about in ({}, {"name": "Ferrari", "phone": "055 123", "notes": "red coat"}, {}):
        house.walk_in(stand, 2, **about)
    house.walk_in(stand, 8, name="Otto")
    house.form_guests(("Pia", 4), ("Quinn", 2), ("Rosa", 6), ("Sam", 1))


def several_are_called_and_answer(house: House) -> None:
    """Four are called, with one tap and another; each of them answers in its own way."""
    stand, line = house.stands[0], house.line
    anna, bo, cleo, dan, eva = (house.pages[ticket] for ticket in range(1, 6))
    stand.call_several(1, 3, 4)
    line.become(CALLED, 1, 3, 4)
    stand.call_next(2)
    line.become(CALLED, 2)
    house.agrees()

    anna.answer("I'm on my way", "5 min")
    cleo.answer("I need more time")
    cannot_come(dan.page)
    line.become(LEFT, 4)
    eva.answer("Let the next party go first", "Let them go first")
    line.moves(6, before=5)
    expect(eva.page.get_by_text("You let the next party go first.")).to_be_visible()
    eva.answer("Change party size", "6")
    expect(eva.page.locator(".spot-party")).to_contain_text("Party of 6")
    stand.tap_row(2, "Call again")
    expect(stand.row(2)).to_contain_text("called 2×")
    expect(stand.row(1)).to_contain_text("here by")
    expect(stand.row(3)).to_contain_text("needs more time")
    expect(stand.row(5).locator(".size")).to_contain_text("6")
    stand.more(2, "No-show")
    line.become(NO_SHOW, 2)
    house.agrees()
    bo.answer("Ask for our spot back")
    expect(stand.page.locator(".ask-card")).to_have_count(2)
    house.is_accessible()

    stand.tap("OK #4 Dan")
    stand.tap("Put back #2 Bo")
    line.become(WAITING, 2)
    stand.sees(line)
    expect(stand.page.locator(".ask-card")).to_have_count(0)
    bo.comes_back()


def the_host_seats_and_corrects_mistakes(house: House) -> None:
    """Parties get tables, a seating and a call are undone, and a party is brought back."""
    stand, line = house.stands[0], house.line
    stand.more(1, "Seat at a table…", "1", "2", "Seat")
    line.become(SERVED, 1)
    stand.sees(line)
    stand.more(3, "Seat at a table…", "1", "2", "Seat")
    stand.says("Table 12 is taken by #1")
    stand.tap("Seat anyway")
    line.become(SERVED, 3)
    house.agrees()
    stand.tap("Undo: seated #3")
    line.become(CALLED, 3)
    stand.sees(line)
    house.pages[3].comes_back()
    house.agrees()
    stand.more(3, "Seat at a table…", "1", "2", "Seat")
    stand.tap("Seat anyway")
    line.become(SERVED, 3)
    stand.sees(line)
    stand.call_next(2)
    stand.tap("Undo: called #2")

    stand.more(7, "Remove…", presets.REMOVED[1])
    stand.more(8, "Remove…", "Remove without a reason")
    line.become(REMOVED, 7, 8)
    house.agrees()
    house.forms[7].reads(presets.REMOVED[1])
    stand.restore(8, "Hana")
    line.become(WAITING, 8)


def the_order_changes(house: House) -> None:
    """One is moved by buttons and one is dragged; others pass whoever is set aside."""
    stand, line = house.stands[0], house.line
    stand.more(18, "First", presets.MOVED[0])
    line.moves(18, before=2)
    stand.sees(line)
    stand.drag(11, onto=9)
    stand.tap("No reason", stand.page.get_by_role("dialog"))
    line.moves(11, before=9)
    stand.sees(line)
    stand.more(18, "Set aside…", presets.SET_ASIDE[0])
    expect(stand.row(18)).to_contain_text("set aside")
    stand.call_next(2)
    line.become(CALLED, 2)
    house.agrees()
    expect(house.pages[5].page.get_by_text(presets.MOVED[0])).to_be_visible()
    stand.more(18, "Back in line")
    expect(stand.row(18)).not_to_contain_text("set aside")


def the_door_is_shut_for_a_while(house: House) -> None:
    """Joining is paused: who tries is told why, and joins when it goes on."""
    stand = house.stands[0]
    door = GuestPage(house.open_page(PHONE), house.code, len(house.line.order) + 1)
    door.page.goto(f"/queue/{house.code}")
    door.page.get_by_label("Your name").fill("Zoe")
    stand.tap("Pause joining")
    stand.tap(presets.PAUSED[0], stand.page.get_by_role("dialog"))
    expect(stand.page.get_by_role("button", name="Resume").first).to_be_visible()
    early = FormGuest(house.url, house.code)
    refused = early.join("Early", 2)
    assert (refused.status_code, presets.PAUSED[0] in refused.text) == (409, True)
    door.watched.look()
    expect(door.page.get_by_text(presets.PAUSED[0])).to_be_visible()

    stand.page.locator("#resume-joining").click()
    expect(stand.page.get_by_role("button", name="Pause joining")).to_be_visible()
    door.watched.look()
    fill_in(door.page, "Zoe", 3)
    expect(door.page.locator(".spot-party")).to_contain_text(f"#{door.ticket}")
    door.watched.stays()
    house.has_come(door)
