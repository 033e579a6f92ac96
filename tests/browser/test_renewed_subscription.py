"""A push subscription that the browser renews takes the place of the old one."""

import os
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from playwright.sync_api import BrowserContext

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
