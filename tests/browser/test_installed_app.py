"""The installed app in a real Chromium: manifest, service worker, offline pages."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import BrowserContext, expect

from queueup.domain.model import Queue
from queueup.waitlist import Waitlist
from tests.browser.waiting import open_controlled, until
from tests.browser.web_process import WebProcess
from tests.support.running_service import ROOT

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
    page.get_by_role("link", name=f"Your spot in line {queue.code}").click()
    expect(page.locator("[data-stale]")).to_contain_text(f"as of {as_of}")

    waitlist.advance(queue.code, None, None)
    own_web.start()
    page.reload()
    expect(page.locator('[data-state="called"]')).to_be_visible()
    expect(page.locator("[data-stale]")).to_be_hidden()


def test_the_page_for_no_network_leaves_by_itself_when_the_server_is_back(
    context: BrowserContext, own_web: WebProcess
) -> None:
    page = context.new_page()
    open_controlled(page, own_web.url)
    own_web.stop()
    page.goto(f"{own_web.url}/new")
    expect(page.get_by_role("heading", name="No connection")).to_be_visible()

    own_web.start()

    expect(page.get_by_label("Line name")).to_be_visible(timeout=60_000)


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


@pytest.fixture
def release(env: dict[str, str], tmp_path: Path) -> Iterator[WebProcess]:
    """A web process of a source tree that the test may change."""
    tree = tmp_path / "release"
    for part in ("queueup", "static", "templates"):
        shutil.copytree(ROOT / part, tree / part)
    shutil.copy(ROOT / "app.py", tree)
    process = WebProcess(env, tree).start()
    yield process
    process.stop()


def test_a_new_release_takes_over_and_leaves_nothing_of_the_old_one(
    context: BrowserContext, release: WebProcess
) -> None:
    page = context.new_page()
    open_controlled(page, release.url)
    [old] = page.evaluate("() => caches.keys()")
    release.stop()
    (release.root / "static" / "css" / "base.css").write_text("body { outline: 1px solid red }")
    release.start()

    page.reload()

    until(page, "async (old) => (await caches.keys()).every((name) => name !== old)", old)
    [new] = page.evaluate("() => caches.keys()")
    assert new != old
    page.reload()
    outline = "() => getComputedStyle(document.body).outlineStyle"
    assert page.evaluate(outline) == "solid"


def test_the_service_worker_is_never_kept_by_a_browser(web: WebProcess) -> None:
    with urlopen(f"{web.url}/sw.js") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["Service-Worker-Allowed"] == "/"
        assert answer.headers["Content-Type"].startswith("text/javascript")
