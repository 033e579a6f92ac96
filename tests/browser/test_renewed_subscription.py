"""A push subscription that the browser renews takes the place of the old one."""

import json
import os
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from queueup.domain.model import Party, Queue
from queueup.services import services
from queueup.signing_keys import base64url
from tests.browser.waiting import open_controlled

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
