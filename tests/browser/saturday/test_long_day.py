"""A Saturday from lunch to the last guest: fourteen hours of clock, sixty parties, one line."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.people import PHONE, end_day
from tests.browser.saturday.clock import Clock
from tests.browser.saturday.history import History
from tests.browser.saturday.house import House
from tests.browser.saturday.line import CALLED, NO_SHOW, REMOVED, SERVED
from tests.support.running_service import Service

pytestmark = pytest.mark.long

HOURS = 14
SIZES = (2, 2, 4, 3, 1, 2, 6, 2, 5, 2)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    """The clock of the program, which has a whole day before it."""
    return Clock(tmp_path / "clock", HOURS * 3600)


@pytest.fixture
def program(tmp_path: Path, clock: Clock) -> Iterator[Service]:
    """The whole program, running by this clock."""
    with Service(tmp_path / "data", PYTHONPATH=str(tmp_path / "clock")) as running:
        yield running


def arrive(house: House, count: int) -> None:
    """Let so many parties come."""
    house.form_guests(*((f"Party {number}", SIZES[number % len(SIZES)]) for number in range(count)))


def seat(house: House, *tickets: int) -> None:
    """Call parties with one tap, and seat each when it comes."""
    stand, line = house.stands[0], house.line
    stand.sees(line)
    stand.call_several(*tickets)
    line.become(CALLED, *tickets)
    for ticket in tickets:
        stand.seat(ticket)
        line.become(SERVED, ticket)


def lunch(house: House, clock: Clock) -> None:
    """Twenty-two parties come and are seated, among them one with an old screen."""
    house.guest(PHONE, "Anna", 2)
    house.old_screens("Olga", 2)
    # simple-websocket takes a clock that is turned forward for a client that has gone.
    house.leave()
    house.sockets = []
    for _ in range(4):
        arrive(house, 5)
        clock.forward(30)
        house.agrees()
        seat(house, *house.line.waiting)
    house.agrees()
    assert (house.line.waiting, len(house.line.order)) == ([], 22)


def afternoon(house: House, clock: Clock) -> None:
    """Nobody comes for four hours: the line says that it would close by itself, and stays."""
    page = house.stands[0].page
    for _ in range(8):
        clock.forward(30)
        house.stands[0].watched.look()
        expect(page.locator("#closes-at")).to_contain_text("the line closes by itself at")
    house.agrees()


def dinner(house: House, clock: Clock) -> None:
    """Couples are called past a party of six, which stays first and reads why."""
    stand, line = house.stands[0], house.line
    six = house.guest(PHONE, "Six", 6)
    house.guest(PHONE, "Couple", 2)
    house.form_guests(("Bo", 2), ("Cleo", 2), ("Dan", 4), ("Eva", 3))
    assert line.waiting == [23, 24, 25, 26, 27, 28]
    for couple in (24, 25, 26):
        stand.tap_row(couple, "Call")
        line.become(CALLED, couple)
        house.agrees()
        expect(six.page.locator(".spot-ahead")).to_have_text("You're next")
        expect(six.page.get_by_text("A table for 2 opened up")).to_be_visible()
    for couple in (24, 25, 26):
        stand.seat(couple)
        line.become(SERVED, couple)
    for _ in range(4):
        arrive(house, 6)
        clock.forward(60)
        house.agrees()
        seat(house, *line.waiting[1:6])
    arrive(house, 8)
    assert len(line.order) == 60


def late(house: House, clock: Clock) -> None:
    """After thirteen hours nobody has been dropped by a clock; one does not come, one goes."""
    stand, line = house.stands[0], house.line
    absent = line.waiting[1]
    clock.forward(90)
    stand.tap_row(absent, "Call")
    line.become(CALLED, absent)
    house.agrees()
    clock.forward(30)
    stand.watched.look()
    expect(stand.row(absent).locator(".when")).to_contain_text("late")
    stand.tap_row(absent, "No-show")
    line.become(NO_SHOW, absent)
    removed = line.waiting[-1]
    stand.more(removed, "Remove…", "Remove without a reason")
    line.become(REMOVED, removed)
    clock.forward(90)
    house.agrees()
    assert len(line.waiting) >= 9


def the_day_ends_by_mistake(house: House, clock: Clock) -> None:
    """The day is ended with everybody in line, and goes on with everything as it was."""
    stand, line = house.stands[0], house.line
    called = line.waiting[1]
    stand.tap_row(called, "Call")
    line.become(CALLED, called)
    house.agrees()
    before = dict(line.states)
    end_day(stand.page)
    line.closes()
    house.agrees()
    clock.forward(5)
    stand.tap("Undo: the day goes on")
    line.goes_on(before)
    house.pages[23].comes_back()
    house.agrees()
    stand.seat(called)
    line.become(SERVED, called)


def the_day_ends(house: House, clock: Clock) -> None:
    """Some are seated, the rest is told that it is over, and everybody is counted."""
    stand, line = house.stands[0], house.line
    clock.forward(20)
    seat(house, *line.waiting[:3])
    house.agrees()
    end_day(stand.page)
    line.closes()
    house.agrees()
    counted = [
        sum(state == wanted for state in line.states.values()) for wanted in (SERVED, "closed")
    ]
    ended = f"{counted[0]} seated, 1 no-show, 1 removed, {counted[1]} still in line"
    expect(stand.page.locator(".over-parties")).to_have_text(
        re.compile(rf"^60 parties, \d+ people today: {ended}\.$")
    )


def test_a_saturday_of_fourteen_hours_loses_nobody(
    house: House, program: Service, clock: Clock
) -> None:
    lunch(house, clock)
    afternoon(house, clock)
    dinner(house, clock)
    late(house, clock)
    the_day_ends_by_mistake(house, clock)
    the_day_ends(house, clock)
    house.is_quiet()
    assert len(house.line.states) == 60
    History(program.data).tells(house.line, undone_endings={}, closings=2)
