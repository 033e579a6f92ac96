"""A push subscription that the browser renews takes the place of the old one."""

import json
import os
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from queueup.domain.commands import guest as guest_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.model import Party, Queue
from queueup.services import services
from queueup.signing_keys import base64url
from queueup.waitlist import Waitlist
from tests.browser.waiting import open_controlled, until

SUBSCRIBED = """async ([who, old]) => {
  await post("/api/push/subscribe", { ...who, subscription: old });
  const store = await caches.open(SUBSCRIPTIONS);
  const kept = { ...who, endpoint: old.endpoint };
  await store.put("/subscription/CODE", new Response(JSON.stringify(kept)));
}"""
RENEWED = """async (subscription) => {
  await resubscribe({ newSubscription: subscription, oldSubscription: null });
  const store = await caches.open(SUBSCRIPTIONS);
  return (await (await store.match("/subscription/CODE")).json()).endpoint;
}"""

LOOK = "() => void document.dispatchEvent(new Event('queueup:look'))"
# Whose subscription this browser keeps, after all that the page had still to do with it.
KEPT_OF = """async (code) => {
  let kept;
  for (let time = 0; time < 20; time += 1) {
    kept = await (await caches.open("queueup-subscriptions")).match(`/subscription/${code}`);
  }
  return kept ? (await kept.json()).partyId : "nobody";
}"""

NO_REMOVAL = """
const all = window.fetch;
window.fetch = async (address, ...more) => {
  if (address === "/api/push/unsubscribe") throw new TypeError("no network");
  return all(address, ...more);
};
"""


@pytest.fixture(scope="session")
def browser(whole_browser: Browser) -> Browser:
    """The whole browser: a page of another may not subscribe."""
    return whole_browser


def subscribes_with(page: Page, found: dict[str, Any]) -> None:
    """Let the browser of a page subscribe with this from the next load on."""
    page.add_init_script(f"PushManager.prototype.subscribe = async () => ({json.dumps(found)});")


def subscription(name: str) -> dict[str, Any]:
    """Return a subscription as a browser sends it."""
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    keys = {"p256dh": base64url(raw), "auth": base64url(os.urandom(16))}
    return {"endpoint": f"https://web.push.apple.com/{name}", "keys": keys}


def test_the_service_worker_renews_it(
    context: BrowserContext, app: Flask, queue: Queue, party: Party, place: str
) -> None:
    def endpoints() -> list[str]:
        with app.app_context():
            devices = services().subscriptions.of(queue.code, [party.id])[party.id]
        return [one.endpoint for one in devices.subscriptions]

    open_controlled(context.new_page(), place)
    worker = context.service_workers[0]
    old, new = subscription("old"), subscription("new")
    who = {"sessionId": queue.session_id, "partyId": party.id, "language": "en"}
    worker.evaluate(SUBSCRIBED, [who, old])
    assert endpoints() == [old["endpoint"]]

    assert worker.evaluate(RENEWED, new) == new["endpoint"]
    assert endpoints() == [new["endpoint"]]


def test_the_page_says_that_the_new_one_is_on_and_removes_the_old_one_when_it_can(
    context: BrowserContext, app: Flask, queue: Queue, party: Party, place: str
) -> None:
    def endpoints() -> set[str]:
        with app.app_context():
            devices = services().subscriptions.of(queue.code, [party.id])[party.id]
        return {one.endpoint for one in devices.subscriptions}

    old, new = subscription("old"), subscription("new")
    page = context.new_page()
    subscribes_with(page, old)
    open_controlled(page, place)
    page.get_by_role("button", name="Notify me").click()
    expect(page.locator("[data-notify=on]")).to_be_visible()

    unreachable = context.new_page()
    subscribes_with(unreachable, new)
    unreachable.add_init_script(NO_REMOVAL)
    unreachable.goto(place)
    expect(unreachable.locator("[data-notify=on]")).to_be_visible()
    assert endpoints() == {old["endpoint"], new["endpoint"]}
    unreachable.close()

    subscribes_with(page, new)
    page.reload()
    expect(page.locator("[data-notify=on]")).to_be_visible()
    assert endpoints() == {new["endpoint"]}


def test_the_page_of_a_visit_that_is_over_takes_the_notifications_of_no_other_visit(
    context: BrowserContext, waitlist: Waitlist, queue: Queue, party: Party, place: str
) -> None:
    yesterday = context.new_page()
    open_controlled(yesterday, place)
    code = queue.code
    waitlist.act(code, session_commands.end_day)
    waitlist.open_again(code)
    again = waitlist.join(code, "Okafor", 2, None)[1]
    today = context.new_page()
    subscribes_with(today, subscription("today"))
    today.goto(f"/queue/{code}/place?partyId={again.id}")
    today.get_by_role("button", name="Notify me").click()
    expect(today.locator("[data-notify=on]")).to_be_visible()

    yesterday.evaluate(LOOK)
    expect(yesterday.get_by_text("This visit is over")).to_be_visible()
    assert yesterday.evaluate(KEPT_OF, code) == again.id
    # Its own end takes them.
    waitlist.act(code, lambda queue, now: guest_commands.leave(queue, again.id, now))
    today.evaluate(LOOK)
    until(today, f"async (code) => await ({KEPT_OF})(code) === 'nobody'", code)
