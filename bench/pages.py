"""What the pages weigh on a first visit, and what Lighthouse says of them (mobile defaults)."""

import json
import os
import subprocess
from pathlib import Path

import requests
from playwright.sync_api import Browser, sync_playwright

from bench.meter import Meter
from bench.service import ROOT, free_port, service, wait_for
from scripts.browser import FLAGS, chromium

LIGHTHOUSE = ROOT / "node_modules" / ".bin" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices")
RUNS = 3
SETTLE_MS = 4_000
TRIES = 3  # it now and then loses the browser that it started


def run() -> list[tuple[str, str]]:
    """Measure and return rows of what and how much."""
    rows = []
    with service() as running:
        created = requests.post(
            f"{running.url}/api/queue/create",
            json={"eventName": "Trattoria Lucia", "maxGuests": 100},
            timeout=10,
        ).json()
        code, token = created["code"], created["hostAuthToken"]
        for number in range(12):
            joined = requests.post(
                f"{running.url}/api/queue/{code}/join",
                json={"name": f"Guest {number}", "size": 1 + number % 5},
                timeout=10,
            ).json()
        guest = {f"queueup_party_{code}": joined["partyId"]}
        host = {f"queue_host_auth_{code}": token}
        pages = {
            "home": ("/", {}),
            "join": (f"/queue/{code}", {}),
            "place": (f"/queue/{code}/place", guest),
            "host": (f"/host/{code}", host),
        }
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            for name in ("join", "place"):
                path, cookies = pages[name]
                rows.append((f"{name}: first visit", _weight(browser, running.url, path, cookies)))
            browser.close()
        for name, (path, cookies) in pages.items():
            rows.append((f"{name}: Lighthouse", _lighthouse(running.url + path, cookies)))
    return rows


def _weight(browser: Browser, url: str, path: str, cookies: dict[str, str]) -> str:
    """Count everything that comes over the wire, what is kept for no network included."""
    port = free_port()
    meter = Meter(port, int(url.rpartition(":")[2]))
    meter.start()
    here = f"http://127.0.0.1:{port}"
    wait_for(here)
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.add_cookies([{"name": n, "value": v, "url": here} for n, v in cookies.items()])
    page = context.new_page()
    before = meter.received_bytes
    page.goto(here + path, wait_until="networkidle")
    page.wait_for_timeout(SETTLE_MS)
    context.close()
    return f"{(meter.received_bytes - before) / 1000:.1f} kB"


def _lighthouse(url: str, cookies: dict[str, str]) -> str:
    """Return the lowest scores of some runs, and the slowest largest paint."""
    scores: dict[str, list[float]] = {name: [] for name in CATEGORIES}
    paints: list[float] = []
    for _ in range(RUNS):
        report = _report(url, cookies)
        for name in CATEGORIES:
            scores[name].append(report["categories"][name]["score"] * 100)
        paints.append(report["audits"]["largest-contentful-paint"]["numericValue"] / 1000)
    shown = ", ".join(f"{name} {min(found):.0f}" for name, found in scores.items())
    return f"{shown}, largest paint {max(paints):.2f} s"


def _report(url: str, cookies: dict[str, str]) -> dict:
    if not LIGHTHOUSE.exists():
        raise RuntimeError("Lighthouse is missing: run `make bench`, which installs it.")
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    command = [str(LIGHTHOUSE), url, "--output=json", "--quiet"]
    command.append(f"--only-categories={','.join(CATEGORIES)}")
    command.append(f"--chrome-flags=--headless=new {' '.join(FLAGS)}")
    if header:
        command.append(f"--extra-headers={json.dumps({'Cookie': header})}")
    env = {**os.environ, "CHROME_PATH": str(Path(chromium()).resolve())}
    for _ in range(TRIES):
        done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=180)
        if done.returncode == 0:
            return json.loads(done.stdout)
    raise RuntimeError(f"Lighthouse failed on {url}: {done.stderr[-500:]}")
