"""Pushes that reach the service worker of a real Chromium, and taps on what they show."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from queueup.domain.model import Queue
from queueup.notifications.notification import Text, payload
from tests.browser.desktop import Desktop
from tests.browser.waiting import CONTROLLED, deliver, listen_until, open_controlled, until
from tests.browser.web_process import WebProcess

NOTIFICATIONS = """async () => {
  const worker = await navigator.serviceWorker.ready;
  const shown = await worker.getNotifications();
  return shown.map(({ title, body, tag, renotify, requireInteraction, vibrate }) => (
    { title, body, tag, renotify, requireInteraction, vibrates: vibrate.length }));
}"""
GENERIC = {
    "title": "News about your spot in line",
    "body": "Tap to see what has changed.",
}


# What may arrive, and what of it must be on the screen.
PUSHES = [
    ('{"title":"Hello","body":"You","kind":"from_the_future"}', {"title": "Hello", "body": "You"}),
    (
        '{"web_push":8030,"notification":{"title":"Declared","body":"B","navigate":"/"}}',
        {"title": "Declared", "body": "B", "tag": "/"},
    ),
    ('{"title":"T","body":"B","url":"https://elsewhere.example/"}', {"title": "T", "tag": "/"}),
    ('{"title":17,"body":{},"url":[],"kind":null}', GENERIC),
    ("not { json", GENERIC),
    ("", GENERIC),
    ("null", GENERIC),
    ("[1, 2]", GENERIC),
]
CLOSE_ALL = """async () => {
  const worker = await navigator.serviceWorker.ready;
  for (const shown of await worker.getNotifications()) shown.close();
  return (await worker.getNotifications()).length === 0;
}"""


@pytest.fixture(scope="session")
def browser(whole_browser: Browser) -> Browser:
    """The whole browser: notifications are looked at."""
    return whole_browser


def shown(page: Page) -> list[dict[str, Any]]:
    """Wait until a notification is shown, and return all of them."""
    found: list[dict[str, Any]] = until(
        page, f"async () => {{ const all = await ({NOTIFICATIONS})(); return all.length && all }}"
    )
    return found


def sent_until_shown(page: Page, send: Callable[[str], None], message: str) -> list[dict[str, Any]]:
    """Push, again if need be, and return what is shown.

    The system may close the notification before so late that it takes along the one which has
    replaced it, under the same tag.
    """
    for _ in range(10):
        send(message)
        for _ in range(100):
            found: list[dict[str, Any]] = page.evaluate(NOTIFICATIONS)
            if found:
                return found
            page.wait_for_timeout(50)
    raise AssertionError(f"It was never shown: {message}")


def test_a_call_is_shown_urgently_and_a_repeat_replaces_it(
    context: BrowserContext, queue: Queue, place: str
) -> None:
    page = context.new_page()
    open_controlled(page, place)
    send = deliver(page)
    url = page.evaluate("() => location.origin") + place
    call = {"title": "Your table is ready!", "body": "Within 9 min.", "url": url, "kind": "called"}

    send(json.dumps(call))
    send(json.dumps(call | {"body": "Within 5 min."}))

    until(page, f"async () => (await ({NOTIFICATIONS})())[0]?.body.includes('5 min')")
    [notification] = shown(page)
    assert notification == {
        "title": "Your table is ready!",
        "body": "Within 5 min.",
        "tag": f"/queue/{queue.code}/place",
        "renotify": True,
        "requireInteraction": True,
        "vibrates": notification["vibrates"],
    }
    assert notification["vibrates"] > 5


def test_a_message_stands_beside_the_call_and_a_mistake_takes_the_calls_place(
    context: BrowserContext, queue: Queue, place: str
) -> None:
    page = context.new_page()
    open_controlled(page, place)
    send = deliver(page)
    url = page.evaluate("() => location.origin") + place

    def arrives(kind: str, body: str, tag: str | None = None) -> dict[str, dict[str, Any]]:
        send(payload(Text("Lucia", body), url, kind, tag).decode())
        until(page, f"async () => (await ({NOTIFICATIONS})()).some((n) => n.body === '{body}')")
        return {notification["body"]: notification for notification in shown(page)}

    arrives("called", "Come")
    both = arrives("message", "Inside or outside?", f"message-{queue.code}")
    assert both["Come"]["requireInteraction"]
    assert not both["Inside or outside?"]["requireInteraction"]
    after = arrives("call_undone", "Sorry")
    assert set(after) == {"Inside or outside?", "Sorry"}
    assert not after["Sorry"]["requireInteraction"]
    assert set(arrives("held_again", "Come now")) == {"Inside or outside?", "Come now"}


def test_every_push_is_shown_whatever_it_says(context: BrowserContext) -> None:
    page = context.new_page()
    open_controlled(page, "/offline")
    send = deliver(page)

    for message, expected in PUSHES:
        [notification] = sent_until_shown(page, send, message)
        assert expected.items() <= notification.items(), message
        until(page, CLOSE_ALL)


def test_a_tap_on_a_notification_opens_the_guests_page_or_focuses_it_and_reports(
    playwright: Playwright, web: WebProcess, tmp_path: Path, place: str
) -> None:
    with Desktop() as desktop:
        context = playwright.chromium.launch_persistent_context(
            tmp_path / "profile",
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu"],
            env={"DBUS_SESSION_BUS_ADDRESS": desktop.address},
            base_url=web.url,
        )
        context.grant_permissions(["notifications"])
        front = context.new_page()
        open_controlled(front, "/")
        send = deliver(front)
        nudge = {"title": "You're 2nd", "body": "B", "url": web.url + place, "kind": "pos_2"}

        desktop.wait_for_browser()
        send(json.dumps(nudge))
        reports: list[dict[str, Any]] = []
        context.on("request", lambda sent: _note_report(sent, reports))
        with context.expect_page() as opened:
            desktop.click("You're 2nd")
        opened.value.wait_for_url(f"{web.url}{place.partition('?')[0]}")
        opened.value.wait_for_function(CONTROLLED)
        listen_until(front, lambda: len(reports) >= 2)
        front.wait_for_timeout(100)
        assert {report["type"] for report in reports} == {"notif_click", "nudge_ack"}
        assert {report["meta"]["kind"] for report in reports} == {"pos_2"}

        front.bring_to_front()
        send(json.dumps(nudge | {"title": "Your table is ready!", "kind": "called"}))
        before = len(context.pages)
        with context.expect_event("request", lambda sent: sent.url.endswith("/api/track")):
            desktop.click("Your table is ready!")
        opened.value.wait_for_function("() => document.visibilityState === 'visible'")
        assert len(context.pages) == before
        context.close()


def _note_report(sent: Any, reports: list[dict[str, Any]]) -> None:
    if sent.url.endswith("/api/track"):
        reports.append(sent.post_data_json)
