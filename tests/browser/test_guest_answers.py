"""Guests answer the host, and the page keeps them in step with what the host does."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.commands import undo as undo_commands
from queueup.domain.model import MINUTE, Party, Queue, Status
from queueup.waitlist import Waitlist
from tests.browser.people import cannot_come, fill_in, sees_call, sees_end, sees_place
from tests.browser.watching import Watched, watch
from tests.browser.web_process import WebProcess
from tests.support import hosting

PHONE = {"width": 390, "height": 844}
UNREAD = "() => document.documentElement.hasAttribute('data-unread')"


@pytest.fixture
def anna(context: BrowserContext, waitlist: Waitlist, queue: Queue) -> Iterator[Watched]:
    """The phone of Anna, who stands in front of Bo; watched for complaints of the browser."""
    anna, _ = (waitlist.join(queue.code, name, 2, None)[1] for name in ("Anna", "Bo"))
    watched = watch(context.new_page())
    watched.page.goto(f"/queue/{queue.code}/place?partyId={anna.id}")
    sees_place(watched.page, "1st", "You're next")
    yield watched
    assert watched.complaints == []


def tap(page: Page, name: str) -> None:
    """Tap a button."""
    page.get_by_role("button", name=name, exact=True).click()


def parties(waitlist: Waitlist, queue: Queue) -> tuple[Party, Party]:
    """Return Anna and Bo as they are now, whatever their places."""
    first, second = sorted(waitlist.queue(queue.code).parties, key=lambda party: party.ticket)
    return first, second


def test_a_called_guest_answers_as_often_as_things_change(
    anna: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    page = anna.page
    hosting.call(waitlist, queue.code, parties(waitlist, queue)[0].id)
    anna.poll()
    sees_call(page)
    anna.stays()

    tap(page, "I'm on my way")
    expect(page.get_by_text("The host knows you're on your way.")).to_be_visible()
    tap(page, "5 min")
    expect(page.get_by_text("you're 5 min away")).to_be_visible()
    assert parties(waitlist, queue)[0].answer_minutes == 5

    before = parties(waitlist, queue)[0].deadline or 0
    tap(page, "I need more time")
    expect(page.get_by_text("The host knows you need more time.")).to_be_visible()
    assert parties(waitlist, queue)[0].deadline == before + 5 * MINUTE

    cannot_come(page)
    sees_end(page, "You left the line")
    assert parties(waitlist, queue)[0].status is Status.LEFT
    assert anna.has_stayed()


def test_a_call_comes_in_front_of_whatever_is_open(
    anna: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    page = anna.page
    tap(page, "Leave the line")
    expect(page.get_by_role("dialog")).to_be_visible()
    hosting.call(waitlist, queue.code, parties(waitlist, queue)[0].id)
    anna.poll()
    sees_call(page)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_guest_sees_the_cost_and_lets_a_party_pass_once(
    anna: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    page = anna.page
    tap(page, "Let the next party go first")
    sheet = page.get_by_role("dialog", name="Let the next party go first?")
    expect(sheet).to_contain_text("2nd")
    sheet.get_by_role("button", name="Let them go first").dblclick()
    sees_place(page, "2nd", "1 party ahead")
    expect(page.get_by_text("You let the next party go first.")).to_be_visible()
    expect(sheet).to_be_hidden()
    expect(page.get_by_role("button", name="Let the next party go first")).to_be_hidden()


def test_a_tap_that_comes_too_late_says_why(
    anna: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    page = anna.page
    tap(page, "Let the next party go first")
    page.route("**/snapshot*", lambda route: route.abort())
    waitlist.leave(queue.code, parties(waitlist, queue)[1].id)
    tap(page, "Let them go first")
    expect(page.get_by_role("alert").get_by_text("There's no one behind you.")).to_be_visible()
    sees_place(page, "1st", "You're next")
    # The browser notes the refusal, and the polls that this test has cut off.
    anna.complaints.clear()


def test_a_party_corrects_its_size_with_one_tap(
    anna: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    page = anna.page
    tap(page, "Change party size")
    tap(page, "5")
    expect(page.locator(".spot-party")).to_contain_text("Party of 5")
    tap(page, "Change party size")
    page.get_by_label("More").fill("11")
    tap(page, "Change")
    expect(page.locator(".spot-party")).to_contain_text("Party of 11")
    assert parties(waitlist, queue)[0].size == 11


def test_a_message_is_pointed_out_until_somebody_touches_the_page(
    anna: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    page = anna.page
    assert not page.evaluate(UNREAD)
    text = "The kitchen is a little slow tonight."
    waitlist.act(queue.code, lambda queue, now: host_commands.message(queue, now, text))
    anna.poll()
    expect(page.get_by_text(text)).to_be_visible()
    assert page.evaluate(UNREAD)
    page.get_by_text(text).click()
    assert not page.evaluate(UNREAD)
    page.reload()
    expect(page.get_by_text(text)).to_be_visible()
    assert not page.evaluate(UNREAD)


def test_the_estimate_is_judged_with_one_tap(
    anna: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    tap(anna.page, "Too long")
    expect(anna.page.get_by_text("Thank you. Your answer")).to_be_visible()
    assert parties(waitlist, queue)[0].judged == "too_long"


def test_who_missed_the_call_asks_for_the_place_and_the_page_comes_back_by_itself(
    anna: Watched, waitlist: Waitlist, queue: Queue
) -> None:
    page = anna.page
    party_id = parties(waitlist, queue)[0].id
    hosting.call(waitlist, queue.code, party_id)
    hosting.no_show(waitlist, queue.code, party_id)
    anna.poll()
    sees_end(page, "We gave your table away")
    tap(page, "Ask for our spot back")
    expect(page.get_by_text("We've asked the host")).to_be_visible()

    waitlist.act(queue.code, lambda queue, now: undo_commands.put_back(queue, party_id, now))

    sees_place(page, "1st", "You're next")
    expect(page.get_by_role("button", name="Leave the line")).to_be_visible()


def test_every_phone_of_the_party_shows_the_place_and_may_answer(
    anna: Watched, browser: Browser, web: WebProcess, waitlist: Waitlist, queue: Queue
) -> None:
    page = anna.page
    tap(page, "Share with your party")
    picture = page.get_by_role("img", name="QR code")
    expect(picture).to_be_visible()
    page.wait_for_function("() => document.querySelector('.share-code img').naturalWidth > 0")
    link = page.locator("[data-copy]").get_attribute("data-copy")
    assert link
    context = browser.new_context(viewport=PHONE, base_url=web.url)
    companion = context.new_page()
    companion.goto(link)
    assert "partyId" not in companion.url
    sees_place(companion, "1st", "You're next")
    hosting.call(waitlist, queue.code, parties(waitlist, queue)[0].id)
    sees_call(companion)
    tap(companion, "I'm on my way")
    sees_call(page)
    expect(page.get_by_text("The host knows you're on your way.")).to_be_visible()
    context.close()


def test_the_form_appears_by_itself_when_guests_can_join(
    context: BrowserContext, waitlist: Waitlist, queue: Queue
) -> None:
    door = watch(context.new_page())
    page = door.page
    page.goto(f"/queue/{queue.code}")
    page.get_by_label("Your name").fill("Cleo")
    why = "The kitchen needs a moment."
    waitlist.act(queue.code, lambda queue, now: session_commands.pause(queue, now, why))
    door.poll()
    expect(page.get_by_text(why)).to_be_visible()
    expect(page.get_by_label("Your name")).to_be_hidden()
    waitlist.act(queue.code, session_commands.resume)
    door.poll()
    expect(page.get_by_label("Your name")).to_have_value("Cleo")
    fill_in(page, "Cleo", 3)
    sees_place(page, "1st", "You're next")


def test_the_wait_on_the_join_page_follows_the_chosen_size(
    context: BrowserContext, queue: Queue, party: Party
) -> None:
    page = context.new_page()
    page.goto(f"/queue/{queue.code}")
    for size, band in (("1", "1-2"), ("4", "3-4"), ("6", "5-6"), ("8", "7+"), ("More", "7+")):
        page.get_by_text(size, exact=True).and_(page.locator(".choice span")).click()
        expect(page.locator("[data-band]:visible")).to_have_attribute("data-band", band)


def test_a_guest_answers_without_scripts(
    browser: Browser, web: WebProcess, waitlist: Waitlist, queue: Queue, place: str, party: Party
) -> None:
    context = browser.new_context(viewport=PHONE, base_url=web.url, java_script_enabled=False)
    page = context.new_page()
    waitlist.join(queue.code, "Bo", 2, None)
    page.goto(place)
    tap(page, "Too short")
    expect(page.get_by_text("Thank you. Your answer")).to_be_visible()
    tap(page, "Change party size")
    tap(page, "3")
    expect(page.locator(".spot-party")).to_contain_text("Party of 3")
    tap(page, "Let the next party go first")
    tap(page, "Let them go first")
    sees_place(page, "2nd", "1 party ahead")

    hosting.call(waitlist, queue.code, party.id)
    page.reload()
    tap(page, "I need more time")
    expect(page.get_by_text("The host knows you need more time.")).to_be_visible()
    tap(page, "I'm on my way")
    tap(page, "2 min")
    expect(page.get_by_text("you're 2 min away")).to_be_visible()

    hosting.no_show(waitlist, queue.code, party.id)
    waitlist.act(queue.code, lambda queue, now: guest_commands.ask_back(queue, party.id, now))
    page.reload()
    expect(page.get_by_text("We've asked the host")).to_be_visible()
    expect(page.locator("noscript meta[http-equiv=refresh]")).to_have_attribute("content", "15")
    waitlist.act(queue.code, lambda queue, now: undo_commands.put_back(queue, party.id, now))
    page.reload()
    hosting.call(waitlist, queue.code, party.id)
    page.reload()
    tap(page, "We can't make it")
    expect(page.get_by_role("heading", name="Give your table")).to_be_visible()
    tap(page, "We can't make it")
    sees_end(page, "You left the line")
    context.close()
