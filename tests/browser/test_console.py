"""The console on a Saturday night: everything that a host does, on a tablet and on a phone."""

import re
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from queueup.domain import presets
from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands.guest import Join
from queueup.domain.model import Party, Queue, Status
from queueup.ids import new_party_id
from queueup.waitlist import Waitlist
from tests.browser.people import PHONE, TABLET, call_next, called, waiting
from tests.browser.watching import NOT_ANSWERED, Watched, watch
from tests.browser.web_process import WebProcess
from tests.support import hosting

NAMES = {"Anna": 2, "Bo": 4, "Cleo": 3, "Dora": 6, "Émile": 8}


@pytest.fixture
def tablet(
    browser: Browser,
    web: WebProcess,
    waitlist: Waitlist,
    queue: Queue,
    host_cookies: list[dict[str, str]],
) -> Iterator[BrowserContext]:
    """The host's tablet, with five parties in line."""
    for name, size in NAMES.items():
        waitlist.join(queue.code, name, size, None)
    context = browser.new_context(
        viewport=TABLET, base_url=web.url, locale="en-GB", reduced_motion="reduce"
    )
    context.add_cookies([cookie | {"url": web.url} for cookie in host_cookies])
    yield context
    context.close()


@pytest.fixture
def host(tablet: BrowserContext, queue: Queue) -> Iterator[Watched]:
    """The console on it, which complains of nothing and is never loaded again."""
    watched = watch(tablet.new_page())
    watched.page.goto(f"/host/{queue.code}")
    watched.stays()
    yield watched
    assert watched.has_stayed()
    assert watched.violations() == []
    assert [one for one in watched.complaints if not NOT_ANSWERED.search(one)] == []


@pytest.fixture
def page(host: Watched) -> Page:
    """Its page."""
    return host.page


def row(page: Page, name: str) -> Locator:
    """Return the row of a party."""
    return page.locator(".party").filter(has_text=name)


def more(page: Page, name: str) -> Locator:
    """Open everything that can be done with a party."""
    row(page, name).get_by_role("button", name="More for").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("heading", level=2)).to_contain_text(name)
    return sheet


def tap(within: Page | Locator, name: str) -> None:
    """Tap a button."""
    within.get_by_role("button", name=name, exact=True).click()


def party(waitlist: Waitlist, queue: Queue, name: str) -> Party:
    """Return a party as it is kept."""
    return next(one for one in waitlist.queue(queue.code).parties if one.name == name)


def test_a_walk_in_is_added_in_three_taps_without_a_keyboard(
    page: Page, waitlist: Waitlist, queue: Queue
) -> None:
    tap(page, "Add party")
    sheet = page.get_by_role("dialog", name="Add a party")
    sheet.locator(".choice", has_text="4").click()
    expect(sheet.get_by_label("Quoted wait")).to_have_value("20")
    tap(sheet, "Add")

    expect(sheet).to_be_hidden()
    expect(page.locator(".waiting .ticket").last).to_have_text("#6")
    expect(page.get_by_text("#6 added")).to_be_visible()
    added = waitlist.queue(queue.code).parties[-1]
    assert (added.size, added.name, added.origin) == (4, None, "host")
    assert added.quoted_ms == 20 * 60_000

    tap(page, "Show QR code")
    ticket = page.get_by_role("dialog", name="Ticket #6")
    picture = ticket.get_by_role("img")
    expect(picture).to_be_visible()
    page.wait_for_function("(picture) => picture.naturalWidth > 0", arg=picture.element_handle())
    tap(ticket, "Back to the line")
    expect(ticket).to_be_hidden()


def test_all_that_is_known_of_a_walk_in_stands_in_its_row(page: Page) -> None:
    tap(page, "Add party")
    sheet = page.get_by_role("dialog", name="Add a party")
    sheet.locator(".choice", has_text="More").click()
    sheet.get_by_label("Exact party size").fill("12")
    tap(sheet, "5 more")
    quoted = sheet.get_by_label("Quoted wait").input_value()
    sheet.get_by_label("Name").fill("Ferrari")
    sheet.get_by_label("Phone").fill("+39 055 123")
    sheet.get_by_label("high chair").check()
    tap(sheet, "Patio")
    sheet.get_by_label("Notes").fill("red coat")
    tap(sheet, "Add")

    added = row(page, "Ferrari")
    for word in ("12", "high chair", "Patio", "red coat", "walk-in", f"quoted {quoted}"):
        expect(added).to_contain_text(word)
    expect(added.get_by_role("link")).to_have_attribute("href", "tel:+39055123")
    tap(page, "Add party")
    expect(sheet.get_by_label("Name")).to_have_value("")
    expect(sheet.get_by_role("button", name="Patio")).to_have_attribute("aria-pressed", "false")


def test_several_are_called_with_one_tap(page: Page, waitlist: Waitlist, queue: Queue) -> None:
    tap(page, "Select")
    for name in ("Anna", "Cleo"):
        page.get_by_role("checkbox", name=f"{name}").check()
    row(page, "Dora").locator(".who").click()
    row(page, "Dora").locator(".who").click()
    tap(page, "Call 2 parties")

    expect(waiting(page)).to_have_text(["Bo", "Dora", "Émile"])
    expect(called(page)).to_have_count(2)
    expect(call_next(page)).to_be_visible()
    first = party(waitlist, queue, "Anna")
    assert first.called_at == party(waitlist, queue, "Cleo").called_at

    tap(page, "Undo: called #1, #3")
    expect(waiting(page)).to_have_text(list(NAMES))


def test_a_picked_party_stays_picked_while_the_line_moves(
    host: Watched, page: Page, waitlist: Waitlist, queue: Queue
) -> None:
    tap(page, "Select")
    page.get_by_role("checkbox", name="Bo").check()
    waitlist.join(queue.code, "Fay", 2, None)
    host.look()
    expect(row(page, "Fay")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Bo")).to_be_checked()
    tap(page, "Call 1 party")
    expect(called(page)).to_have_text(["Bo"])


def test_a_call_has_the_hold_that_was_tapped_and_can_be_extended(
    page: Page, waitlist: Waitlist, queue: Queue
) -> None:
    tap(more(page, "Bo"), "20 minutes")
    expect(called(page)).to_have_text(["Bo"])
    called_bo = party(waitlist, queue, "Bo")
    assert called_bo.deadline is not None
    assert called_bo.called_at is not None
    assert called_bo.deadline - called_bo.called_at == 20 * 60_000

    tap(more(page, "Bo"), "+5 min")
    expect(row(page, "Bo")).to_contain_text("24:")
    assert party(waitlist, queue, "Bo").deadline == called_bo.deadline + 5 * 60_000
    tap(more(page, "Bo"), "No-show")
    expect(called(page)).to_have_count(0)


def test_a_table_is_tapped_and_a_taken_one_needs_a_second_thought(
    page: Page, waitlist: Waitlist, queue: Queue
) -> None:
    sheet = more(page, "Anna")
    tap(sheet, "Seat at a table…")
    tap(sheet, "1")
    tap(sheet, "2")
    tap(sheet, "Seat")
    expect(waiting(page)).to_have_text(["Bo", "Cleo", "Dora", "Émile"])
    assert party(waitlist, queue, "Anna").table == "12"

    sheet = more(page, "Bo")
    tap(sheet, "Seat at a table…")
    # It is occupied, so it is not offered.
    expect(sheet.locator("[data-tables] button")).to_have_count(0)
    tap(sheet, "1")
    tap(sheet, "2")
    tap(sheet, "Seat")
    expect(page.get_by_role("alert").get_by_text("Table 12 is taken by #1")).to_be_visible()
    expect(row(page, "Bo")).to_be_visible()
    tap(page, "Seat anyway")
    expect(row(page, "Bo")).to_have_count(0)
    assert party(waitlist, queue, "Bo").table == "12"


def test_a_party_is_moved_by_buttons_with_a_reason(
    page: Page, waitlist: Waitlist, queue: Queue
) -> None:
    sheet = more(page, "Cleo")
    tap(sheet, "First")
    tap(sheet, presets.MOVED[1])
    expect(waiting(page)).to_have_text(["Cleo", "Anna", "Bo", "Dora", "Émile"])
    assert party(waitlist, queue, "Anna").moved_reason == presets.MOVED[1]
    for place, line in (
        ("Down", ["Anna", "Cleo", "Bo", "Dora", "Émile"]),
        ("Last", ["Anna", "Bo", "Dora", "Émile", "Cleo"]),
        ("Up", ["Anna", "Bo", "Dora", "Cleo", "Émile"]),
    ):
        sheet = more(page, "Cleo")
        tap(sheet, place)
        tap(sheet, "No reason")
        expect(waiting(page)).to_have_text(line)


def test_a_finger_on_a_phone_drags_too(page: Page) -> None:
    page.set_viewport_size(PHONE)
    finger = page.context.new_cdp_session(page)
    handle = row(page, "Anna").get_by_role("button", name="Move").bounding_box()
    goal = row(page, "Cleo").bounding_box()
    assert handle
    assert goal
    x, top = handle["x"] + 20, handle["y"] + 20
    way = goal["y"] + goal["height"] - 8 - top
    for kind, share in [("touchStart", 0.0), *(("touchMove", n / 8) for n in range(1, 9))]:
        points = [{"x": x, "y": top + way * share}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("Ahead of #4 Dora")
    tap(sheet, "No reason")
    expect(waiting(page)).to_have_text(["Bo", "Cleo", "Anna", "Dora", "Émile"])


def drag(page: Page, name: str, onto: str) -> None:
    """Drag a party by its handle to just below the middle of another one."""
    handle = row(page, name).get_by_role("button", name="Move").bounding_box()
    goal = row(page, onto).bounding_box()
    assert handle
    assert goal
    page.mouse.move(handle["x"] + 20, handle["y"] + 20)
    page.mouse.down()
    page.mouse.move(handle["x"] + 20, goal["y"] + 10, steps=8)
    page.mouse.move(handle["x"] + 20, goal["y"] + goal["height"] - 6, steps=4)
    expect(page.locator(".ghost")).to_be_visible()
    page.mouse.up()
    expect(page.locator(".ghost")).to_have_count(0)


def test_a_party_is_dragged_to_its_place(host: Watched, page: Page, waitlist: Waitlist) -> None:
    drag(page, "Anna", "Cleo")
    tap(page.get_by_role("dialog"), presets.MOVED[0])
    expect(waiting(page)).to_have_text(["Bo", "Cleo", "Anna", "Dora", "Émile"])
    drag(page, "Bo", "Émile")
    tap(page.get_by_role("dialog"), "No reason")
    expect(waiting(page)).to_have_text(["Cleo", "Anna", "Dora", "Émile", "Bo"])


def test_the_keyboard_moves_a_party_too(page: Page) -> None:
    row(page, "Bo").get_by_role("button", name="Move").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Up", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    tap(page.get_by_role("dialog"), "No reason")
    expect(waiting(page)).to_have_text(["Bo", "Anna", "Cleo", "Dora", "Émile"])


def test_others_pass_a_party_that_is_set_aside(page: Page) -> None:
    sheet = more(page, "Anna")
    tap(sheet, "Set aside…")
    tap(sheet, presets.SET_ASIDE[0])
    expect(row(page, "Anna")).to_contain_text(f"set aside: {presets.SET_ASIDE[0]}")
    call_next(page).click()
    expect(called(page)).to_have_text(["Bo"])
    tap(more(page, "Anna"), "Back in line")
    expect(row(page, "Anna")).not_to_contain_text("set aside")
    expect(call_next(page)).to_contain_text("#1")


def test_a_party_is_corrected_and_quoted_anew(page: Page, waitlist: Waitlist, queue: Queue) -> None:
    sheet = more(page, "Anna")
    tap(sheet, "Edit…")
    expect(sheet.get_by_label("Name")).to_have_value("Anna")
    sheet.get_by_label("Name").fill("Anneliese")
    sheet.locator("#edit-party .choice", has_text="3").click()
    sheet.get_by_label("VIP").check()
    tap(sheet, "Save")
    expect(row(page, "Anneliese")).to_contain_text("VIP")
    assert party(waitlist, queue, "Anneliese").size == 3

    sheet = more(page, "Anneliese")
    tap(sheet, "Change quote…")
    sheet.get_by_label("New wait").fill("40")
    tap(sheet, "Set quote")
    expect(row(page, "Anneliese")).to_contain_text("quoted 40")
    expect(row(page, "Anneliese")).to_contain_text("40 min left")


def test_the_sheet_is_about_the_party_that_it_was_opened_for(
    page: Page, waitlist: Waitlist, queue: Queue
) -> None:
    page.context.set_offline(True)
    tap(more(page, "Anna"), "Seat now")
    sheet = more(page, "Bo")
    tap(sheet, "Edit…")
    expect(sheet.get_by_label("Name")).to_have_value("Bo")
    tap(sheet, "Back")
    tap(sheet, "Remove…")
    tap(sheet, "Remove without a reason")
    waits = page.locator("[data-waiting]")
    expect(waits).to_contain_text("#1 Anna: Seat now")
    expect(waits).to_contain_text("#2 Bo: Remove from the line – Remove without a reason")
    page.context.set_offline(False)
    expect(waiting(page)).to_have_text(["Cleo", "Dora", "Émile"])
    assert party(waitlist, queue, "Anna").status is Status.SERVED
    assert party(waitlist, queue, "Bo").status is Status.KICKED


def test_the_ended_are_listed_and_restored(page: Page) -> None:
    tap(more(page, "Anna"), "Seat now")
    expect(waiting(page)).to_have_count(4)
    tap(page, "Done 1")
    listed = page.locator("#ended-list")
    expect(listed).to_contain_text("seated")
    expect(listed).to_contain_text("waited 0 min")
    tap(listed, "Restore #1 Anna")
    expect(page.locator(".who").filter(has_text="Anna")).to_have_count(1)
    expect(page.locator("#show-ended")).to_have_text("Done 0")


def test_parties_are_found_by_name_ticket_and_size(
    host: Watched, page: Page, waitlist: Waitlist, queue: Queue
) -> None:
    shown = page.locator(".waiting .party:visible .who")
    expect(page.get_by_role("button", name="3–4")).to_have_text(re.compile("2$"))
    page.get_by_role("button", name="3–4").click()
    expect(shown).to_have_text(["Bo", "Cleo"])
    waitlist.join(queue.code, "Gus", 1, None)
    waitlist.join(queue.code, "Fay", 4, None)
    host.look()
    expect(row(page, "Fay")).to_be_visible()
    expect(shown).to_have_text(["Bo", "Cleo", "Fay"])
    page.get_by_role("button", name=re.compile("^All")).click()
    page.keyboard.press("/")
    page.keyboard.type("emi")
    expect(shown).to_have_text(["Émile"])
    page.get_by_role("searchbox").fill("#3")
    expect(shown).to_have_text(["Cleo"])
    page.get_by_role("searchbox").fill("nobody")
    tap(page, "Show all")
    expect(shown).to_have_count(7)


def test_the_large_button_calls_the_next_party_of_the_chosen_size(page: Page) -> None:
    large = page.locator("#call-next")
    expect(large).to_have_text(re.compile(r"Call next\s+#1"))
    page.get_by_role("button", name="3–4").click()
    expect(large).to_have_text(re.compile(r"Call next 3–4\s+#2"))
    large.click()
    expect(called(page)).to_have_text(["Bo"])
    expect(large).to_have_text(re.compile(r"Call next 3–4\s+#3"))
    tap(row(page, "Cleo"), "Call #3 Cleo")
    expect(called(page)).to_have_text(["Bo", "Cleo"])
    expect(large).to_have_text(re.compile("No 3–4 to call"))
    expect(large).to_be_disabled()
    page.get_by_role("button", name=re.compile("^All")).click()
    expect(large).to_have_text(re.compile(r"Call next\s+#1"))


def test_the_search_finds_called_and_ended_parties_by_phone_and_note(
    host: Watched, page: Page, waitlist: Waitlist, queue: Queue
) -> None:
    details = {"phone": "055 202 118", "notes": "red coat"}
    for name in ("Gus", "Hal", "Ida"):
        wish = Join(new_party_id(), name, 2, origin="host", **details)  # type: ignore[arg-type]
        party_id = waitlist.add(queue.code, wish, "stand")[1].id
        if name != "Gus":
            hosting.call(waitlist, queue.code, party_id)
        if name == "Ida":
            hosting.serve(waitlist, queue.code, party_id)
    host.poll()
    expect(row(page, "Hal")).to_be_visible()
    found = page.locator("#found-ended .ended-name")
    for typed in ("202118", "coat"):
        page.get_by_role("searchbox").fill(typed)
        expect(waiting(page).filter(visible=True)).to_have_text(["Gus"])
        expect(called(page).filter(visible=True)).to_have_text(["Hal"])
        expect(found).to_have_text(["Ida"])
    page.locator("#found-ended").get_by_role("button", name="Restore").click()
    expect(called(page).filter(visible=True)).to_have_count(2)
    expect(found.filter(visible=True)).to_have_count(0)


def test_the_search_says_who_does_not_match_and_no_matches_only_when_there_are_none(
    host: Watched, page: Page, waitlist: Waitlist, queue: Queue
) -> None:
    ids = {party.name: party.id for party in waitlist.queue(queue.code).parties}
    for name in ("Anna", "Bo", "Cleo"):
        hosting.call(waitlist, queue.code, ids[name])
    hosting.serve(waitlist, queue.code, ids["Anna"])
    gone = ids["Cleo"]
    waitlist.act(
        queue.code,
        lambda queue, now: guest_commands.leave(queue, gone, now, guest_commands.NOT_COMING),
    )
    host.look()
    expect(page.locator(".ask-card")).to_contain_text("can't make it")
    none, none_called = page.locator("#none-found span"), page.locator("#none-called span")
    search = page.get_by_role("searchbox")
    for typed in ("anna", "#1", "cleo", "3"):
        search.fill(typed)
        expect(none).to_have_text("No one waiting matches.")
        expect(none_called).to_have_text("No one called matches.")
    expect(page.locator(".ask-card")).to_be_visible()
    search.fill("bo")
    expect(none).to_have_text("No one waiting matches.")
    expect(none_called).to_be_hidden()
    search.fill("dora")
    page.get_by_role("button", name="3–4").click()
    expect(none).to_have_text("No one of this size matches.")
    search.fill("nobody")
    expect(none).to_have_text("No matches.")
    expect(none_called).to_have_text("No matches.")
    search.fill("cleo")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    tap(page, "Called: 1 found")
    expect(page.locator(".ask-card")).to_be_in_viewport()


def test_back_never_leads_from_the_kiosk_to_the_console(
    tablet: BrowserContext, queue: Queue
) -> None:
    page = tablet.new_page()
    page.goto("/")
    page.goto(f"/host/{queue.code}")
    tap(page, "More")
    tap(page, "TV board and kiosk")
    tap(page, "Open the kiosk here")
    page.wait_for_url(f"**/kiosk/{queue.code}")
    for _ in range(3):
        page.go_back()
        expect(page.get_by_role("button", name="Get a ticket")).to_be_visible()
        expect(page).to_have_url(re.compile(f"/kiosk/{queue.code}$"))


def test_joining_is_paused_with_words_and_resumed(
    page: Page, waitlist: Waitlist, queue: Queue
) -> None:
    tap(page, "Pause joining")
    tap(page.get_by_role("dialog"), presets.PAUSED[0])
    expect(page.get_by_role("status").get_by_text("Joining is paused")).to_be_visible()
    assert waitlist.queue(queue.code).paused_reason == presets.PAUSED[0]
    page.locator("#resume-joining").click()
    expect(page.get_by_role("button", name="Pause joining")).to_be_visible()
    assert waitlist.queue(queue.code).paused_reason is None


def test_one_is_written_to_and_everybody_is(page: Page, waitlist: Waitlist, queue: Queue) -> None:
    sheet = more(page, "Anna")
    tap(sheet, "Message…")
    sheet.get_by_role("textbox", name="Write your own").fill("Your window table!")
    tap(sheet, "Send")
    expect(row(page, "Anna")).to_contain_text("messaged")
    assert party(waitlist, queue, "Anna").message == "Your window table!"

    tap(page, "More")
    tap(page, "Message everyone")
    reply = queue.settings.quick_replies[0]
    tap(page.get_by_role("dialog"), reply)
    expect(row(page, "Émile")).to_contain_text("messaged")
    assert {one.message for one in waitlist.queue(queue.code).parties} == {reply}


def test_what_guests_say_stands_out_until_the_host_has_seen_it(
    host: Watched, page: Page, waitlist: Waitlist, queue: Queue
) -> None:
    call_next(page).click()
    expect(called(page)).to_have_text(["Anna"])
    anna = party(waitlist, queue, "Anna").id
    waitlist.act(queue.code, lambda queue, now: guest_commands.on_my_way(queue, anna, now, 8))
    host.look()
    expect(row(page, "Anna")).to_contain_text("here by")
    expect(row(page, "Anna")).to_have_attribute("data-news", "")
    page.locator(".called").dispatch_event("pointerdown")
    expect(row(page, "Anna")).not_to_have_attribute("data-news", "")

    tap(page, "Seated #1 Anna")
    expect(called(page)).to_have_count(0)
    call_next(page).click()
    bo = party(waitlist, queue, "Bo").id
    expect(called(page)).to_have_text(["Bo"])
    hosting.no_show(waitlist, queue.code, bo)
    waitlist.act(queue.code, lambda queue, now: guest_commands.ask_back(queue, bo, now))
    host.look()
    expect(page.get_by_text("wants their spot back")).to_be_visible()
    tap(page, "Put back #2 Bo")
    expect(page.get_by_text("wants their spot back")).to_have_count(0)
    expect(waiting(page)).to_have_text(["Bo", "Cleo", "Dora", "Émile"])


def test_a_phone_shows_one_list_at_a_time_and_keeps_its_bar(page: Page) -> None:
    page.set_viewport_size(PHONE)
    for name in ("Add party", "Pause joining"):
        expect(page.get_by_role("button", name=name)).to_be_in_viewport()
    call_next(page).click()
    expect(page.locator(".tab").nth(1)).to_have_text("Called 1")
    expect(page.locator(".called")).to_be_hidden()
    tap(page, "Undo: called #1")
    expect(page.locator(".tab").nth(1)).to_have_text("Called 0")
    call_next(page).click()
    page.locator("label[for=tab-called]").click()
    expect(page.locator(".waiting")).to_be_hidden()
    expect(row(page, "Anna").get_by_role("button", name="Seated")).to_be_in_viewport()


def test_a_partys_own_page_has_no_button_that_only_the_console_answers(
    tablet: BrowserContext, waitlist: Waitlist, queue: Queue
) -> None:
    page = tablet.new_page()
    page.goto(f"/host/{queue.code}/party/{party(waitlist, queue, 'Bo').id}")
    expect(page.get_by_role("button", name="Set quote")).to_be_visible()
    for needless in ("[data-step]", "[data-fills]"):
        assert page.locator(needless).count()
        expect(page.locator(needless).filter(visible=True)).to_have_count(0)


def test_a_claim_is_signalled_once(
    host: Watched, page: Page, web: WebProcess, waitlist: Waitlist, queue: Queue
) -> None:
    page.evaluate(
        "() => { window.chimes = 0;"
        " document.addEventListener('queueup:chime', () => { window.chimes += 1; }); }"
    )
    ticket = party(waitlist, queue, "Anna").ticket
    asked = requests.post(
        f"{web.url}/queue/{queue.code}/claim", {"ticket": ticket, "name": "Anna"}, timeout=60
    )
    assert asked.status_code == 200
    expect(page.locator(".ask-card")).to_be_visible()
    # Whatever else changes in the list is looked at, too.
    for _ in range(5):
        page.evaluate(
            "() => { const line = document.getElementById('line');"
            " line.append(document.createElement('p')); line.lastChild.remove(); }"
        )
    expect(page.locator(".ask-card")).to_have_attribute("data-news", "")
    assert page.evaluate("() => chimes") == 1
    expect(row(page, "Anna").locator("[data-news]")).to_have_count(0)
