"""The installed app in a real Chromium: manifest, service worker, offline pages, pushes."""

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from desktop import Desktop
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from service import ROOT
from waiting import CONTROLLED, deliver, open_controlled, until
from web_process import WebProcess

from queueup.domain.queue import Queue
from queueup.waitlist import Waitlist

# Makes the kept place eight minutes older, and returns its time as pages write it.
AGE_THE_COPY = """async () => {
  const places = await caches.open("queueup-places");
  const kept = await places.match(location.pathname);
  if (!kept) return null;
  const at = Number(kept.headers.get("x-kept-at")) - 8 * 60 * 1000;
  const headers = { "content-type": "text/html", "x-kept-at": String(at) };
  await places.put(location.pathname, new Response(await kept.text(), { headers }));
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}"""
NOTIFICATIONS = """async () => {
  const worker = await navigator.serviceWorker.ready;
  const shown = await worker.getNotifications();
  return shown.map(({ title, body, tag, renotify, requireInteraction, vibrate }) => (
    { title, body, tag, renotify, requireInteraction, vibrates: vibrate.length }));
}"""
GENERIC = {
    "title": "News from your queue",
    "body": "Open your place to see what has changed.",
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


def shown(page: Page) -> list[dict[str, Any]]:
    """Wait until a notification is shown, and return all of them."""
    found: list[dict[str, Any]] = until(
        page, f"async () => {{ const all = await ({NOTIFICATIONS})(); return all.length && all }}"
    )
    return found


def test_the_manifest_is_valid_and_all_its_pictures_load(context: BrowserContext) -> None:
    page = context.new_page()
    open_controlled(page, "/")
    session = context.new_cdp_session(page)

    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # Tests have private windows; nothing else may stand in the way.
    assert {error["errorId"] for error in errors} <= {"in-incognito"}
    described = json.loads(manifest["data"])
    assert {icon["purpose"] for icon in described["icons"]} == {"any", "maskable"}
    for picture in described["icons"] + described["screenshots"]:
        size = page.evaluate(
            """async (address) => {
              const picture = new Image();
              picture.src = address;
              await picture.decode();
              return `${picture.naturalWidth}x${picture.naturalHeight}`;
            }""",
            picture["src"],
        )
        assert size == picture["sizes"]
    for shortcut in described["shortcuts"]:
        assert page.request.get(shortcut["url"]).ok


def test_everything_that_the_guests_page_loads_is_kept_at_the_first_visit(
    context: BrowserContext, place: str
) -> None:
    page = context.new_page()
    open_controlled(page, place)

    missing = page.evaluate(
        """async () => {
          const loaded = performance.getEntriesByType("resource").map(({ name }) => new URL(name));
          const files = loaded.filter(({ pathname }) => /static.*(js|css)$/.test(pathname));
          const found = await Promise.all(files.map((url) => caches.match(url.href)));
          return files.filter((_, index) => !found[index]).map(String);
        }"""
    )
    assert missing == []


def test_without_the_server_a_guest_sees_the_last_known_place_and_its_age(
    context: BrowserContext, own_web: WebProcess, waitlist: Waitlist, queue: Queue, place: str
) -> None:
    page = context.new_page()
    open_controlled(page, own_web.url + place)
    as_of = until(page, AGE_THE_COPY)
    own_web.stop()

    page.reload()
    expect(page.locator(".spot-number")).to_have_text("1")
    expect(page.locator("[data-stale]")).to_contain_text(f"as of {as_of}")
    page.goto(f"{own_web.url}/new")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()
    page.get_by_role("link", name=f"Your place in line {queue.code}").click()
    expect(page.locator("[data-stale]")).to_contain_text(f"as of {as_of}")

    waitlist.advance(queue.code, None, None)
    own_web.start()
    page.reload()
    expect(page.locator('[data-state="called"]')).to_be_visible()
    expect(page.locator("[data-stale]")).to_be_hidden()


def test_the_kept_place_follows_the_polls(
    context: BrowserContext, own_web: WebProcess, waitlist: Waitlist, queue: Queue, place: str
) -> None:
    page = context.new_page()
    open_controlled(page, own_web.url + place)
    waitlist.advance(queue.code, None, None)
    expect(page.locator('[data-state="called"]')).to_be_visible()
    until(
        page,
        """async () => {
          const kept = await (await caches.open("queueup-places")).match(location.pathname);
          return kept && (await kept.text()).includes('data-state="called"');
        }""",
    )
    own_web.stop()

    page.reload()

    expect(page.locator('[data-state="called"]')).to_be_visible()


def test_polls_pass_the_service_worker_unchanged(context: BrowserContext, place: str) -> None:
    page = context.new_page()
    open_controlled(page, place)

    statuses = page.evaluate(
        """async () => {
          const address = document.querySelector("[data-poll]").getAttribute("hx-get");
          const first = await fetch(address);
          const headers = { "If-None-Match": first.headers.get("ETag") };
          return [first.status, (await fetch(address, { headers })).status];
        }"""
    )
    assert statuses == [200, 304]


def test_a_new_release_takes_over_and_leaves_nothing_of_the_old_one(
    browser: Browser, env: dict[str, str], tmp_path: Path
) -> None:
    release = tmp_path / "release"
    for part in ("queueup", "static", "templates"):
        shutil.copytree(ROOT / part, release / part)
    shutil.copy(ROOT / "app.py", release)
    web = WebProcess(env, release).start()
    page = browser.new_page(base_url=web.url)
    open_controlled(page, "/")
    [old] = page.evaluate("() => caches.keys()")
    web.stop()
    (release / "static" / "app.css").write_text("body { outline: 1px solid red }")
    web.start()

    page.reload()

    until(page, "async (old) => (await caches.keys()).every((name) => name !== old)", old)
    [new] = page.evaluate("() => caches.keys()")
    assert new != old
    page.reload()
    outline = "() => getComputedStyle(document.body).outlineStyle"
    assert page.evaluate(outline) == "solid"
    page.close()
    web.stop()


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


def test_every_push_is_shown_whatever_it_says(context: BrowserContext) -> None:
    page = context.new_page()
    open_controlled(page, "/offline")
    send = deliver(page)

    for message, expected in PUSHES:
        send(message)
        [notification] = shown(page)
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


def test_the_service_worker_is_never_kept_by_a_browser(web: WebProcess) -> None:
    with urlopen(f"{web.url}/sw.js") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["Service-Worker-Allowed"] == "/"
        assert answer.headers["Content-Type"].startswith("text/javascript")
