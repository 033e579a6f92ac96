"""A guest's phone speaks the guest's language, from the form to the call; the host's English."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from queueup.domain.model import MINUTE, OnExpiry, Queue, QueueSettings
from queueup.waitlist import Waitlist
from tests.browser.people import PHONE, TABLET
from tests.browser.web_process import WebProcess
from tests.support import hosting

Visit = Callable[[str], Page]


@pytest.fixture
def visit(browser: Browser, web: WebProcess) -> Iterator[Visit]:
    """Open the browser of a phone that is set to a language."""
    opened: list[BrowserContext] = []

    def phone(locale: str) -> Page:
        context = browser.new_context(viewport=PHONE, base_url=web.url, locale=locale)
        opened.append(context)
        return context.new_page()

    yield phone
    for context in opened:
        context.close()


def test_a_german_phone_speaks_german_from_the_form_to_the_call(
    visit: Visit, queue: Queue, waitlist: Waitlist
) -> None:
    page = visit("de-AT")
    page.goto(f"/queue/{queue.code}")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_text("Für wie viele Personen?")).to_be_visible()
    page.get_by_label("Ihr Name").fill("Anna")
    page.get_by_role("button", name="Auf die Warteliste").click()
    page.wait_for_url("**/place")
    expect(page.locator(".spot-place")).to_have_text("Ihr Platz auf der Warteliste: 1.")
    expect(page.get_by_text("Sie sind als Nächste dran")).to_be_visible()
    expect(page.locator("[data-updated]")).to_contain_text("aktualisiert")
    hosting.call(waitlist, queue.code, waitlist.queue(queue.code).parties[0].id)
    expect(page.get_by_role("alert").get_by_text("Ihr Tisch ist bereit")).to_be_visible()
    # The title calls out in turns, in the same language.
    for title in ("Bitte kommen Sie zum Empfang", "Ihr Tisch ist bereit · Trattoria Lucia"):
        expect(page).to_have_title(title)


def test_the_host_reads_english_beside_a_guest_who_does_not(
    browser: Browser,
    web: WebProcess,
    visit: Visit,
    queue: Queue,
    host_cookies: list[dict[str, str]],
) -> None:
    tablet = browser.new_context(viewport=TABLET, base_url=web.url, locale="de-DE")
    tablet.add_cookies([cookie | {"url": web.url} for cookie in host_cookies])
    console = tablet.new_page()
    console.goto(f"/host/{queue.code}")
    guest = visit("zh-CN")
    guest.goto(f"/queue/{queue.code}")
    guest.get_by_label("您的称呼").fill("李")
    guest.get_by_role("button", name="开始排队").click()
    expect(guest.locator(".spot-place")).to_have_text("您的排队位置： 第1位")
    expect(console.locator("html")).to_have_attribute("lang", "en")
    # The next poll speaks as the page does.
    expect(console.get_by_text("李").first).to_be_visible()
    expect(console.get_by_role("button", name="Call").first).to_be_visible()
    tablet.close()


def test_a_language_chosen_by_hand_stays(visit: Visit, queue: Queue) -> None:
    page = visit("de-DE")
    page.goto(f"/queue/{queue.code}")
    page.locator(".languages summary").click()
    page.get_by_role("link", name="Français").click()
    expect(page.get_by_text("Combien êtes-vous")).to_be_visible()
    page.get_by_role("button", name="Rejoindre la file").click()
    expect(page.get_by_text("Vous êtes les prochains")).to_be_visible()
    # Neither the page's polls nor another visit fall back to the phone's own.
    page.get_by_role("button", name="Je suis à proximité").click()
    expect(page.get_by_text("L’accueil sait")).to_be_visible()
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "fr")


def test_a_line_that_offers_english_and_french_speaks_no_other(
    visit: Visit, waitlist: Waitlist
) -> None:
    offering = QueueSettings("Lucia", 60, MINUTE, OnExpiry.FLAG, languages=("en", "fr"))
    code = waitlist.create(offering).code
    for locale, sentence in (("fr-CA", "Combien êtes-vous"), ("de-DE", "How many in your party?")):
        page = visit(locale)
        page.goto(f"/queue/{code}")
        expect(page.get_by_text(sentence)).to_be_visible()
        page.locator(".languages summary").click()
        expect(page.locator(".languages a")).to_have_text(["English", "Français"])


@pytest.mark.parametrize("locale", ["es-MX", "fr-FR", "de-DE", "it-IT", "zh-CN"])
def test_no_page_of_a_guest_overflows_or_hides_a_choice(
    visit: Visit, queue: Queue, waitlist: Waitlist, locale: str
) -> None:
    page = visit(locale)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for path in ("/", f"/queue/{queue.code}"):
        page.goto(path)
        assert page.evaluate(wide) <= 0, path
    for _ in range(3):
        _, party = waitlist.join(queue.code, None, 2, None)
    page.goto(f"/queue/{queue.code}/place?partyId={party.id}")
    assert page.evaluate(wide) <= 0
    page.locator(".languages summary").click()
    for link in page.locator(".languages a").all():
        box = link.bounding_box()
        assert box is not None
        assert box["height"] >= 43.9
    assert page.evaluate(wide) <= 0
    hosting.call(waitlist, queue.code, party.id)
    expect(page.locator(".ready")).to_be_visible()
    assert page.evaluate(wide) <= 0
