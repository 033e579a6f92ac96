"""The whole chain to a real browser: host, commit, worker, push service, Firefox, notification."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from autopush import Autopush
from firefox import Firefox
from service import Service, free_port

OPENED = {"eventName": "Trattoria Lucia", "maxGuests": 60}
NOTIFICATIONS = """
navigator.serviceWorker.ready
  .then((worker) => worker.getNotifications())
  .then((shown) => shown.map(({ title, body, tag }) => ({ title, body, tag })))
"""


@pytest.fixture
def push_service() -> Iterator[Autopush]:
    """A push service that speaks to Firefox."""
    with Autopush(free_port()) as running:
        yield running


@pytest.fixture
def program(tmp_path: Path, push_service: Autopush) -> Iterator[Service]:
    """The whole program, which may send to that push service."""
    settings = {"PUSH_EXTRA_ORIGINS": push_service.origin}
    running = Service(tmp_path / "data", **settings).start()
    yield running
    running.stop()


@pytest.fixture
def firefox(tmp_path: Path, push_service: Autopush) -> Iterator[Firefox]:
    """A Firefox with a profile of its own."""
    with Firefox(tmp_path / "profile", free_port(), push_service.ws_url) as running:
        yield running


def post(url: str, body: object, **headers: str) -> dict[str, str]:
    """Send JSON as an old screen would."""
    headers["content-type"] = "application/json"
    with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=20) as answer:
        said: dict[str, str] = json.load(answer)
        return said


def tap(firefox: Firefox, name: str) -> None:
    """Tap a button of the notification box."""
    firefox.run(f"document.querySelector('[data-tap={name}]').click()")


def state(name: str) -> str:
    """Return an expression that is true in one state of the notification box."""
    return f"document.querySelector('[data-notify={name}]') !== null"


def test_a_phone_rings_when_the_host_calls_and_a_tap_opens_the_place(
    program: Service, push_service: Autopush, firefox: Firefox
) -> None:
    queue = post(f"{program.url}/api/queue/create", OPENED)
    api = f"{program.url}/api/queue/{queue['code']}"
    party = post(f"{api}/join", {"name": "Okafor", "size": 2})
    place = f"/queue/{queue['code']}/place"
    firefox.allow_notifications(program.url)
    firefox.open(f"{program.url}{place}?partyId={party['partyId']}")

    firefox.until(state("ask"))
    tap(firefox, "on")
    firefox.until(state("on"))
    tap(firefox, "test")
    firefox.until("document.querySelector('[data-said]').textContent.startsWith('Sent')")
    firefox.open(f"{program.url}/offline")
    post(f"{api}/advance", {}, **{"x-host-auth": queue["hostAuthToken"]})

    [called] = firefox.until(
        f"{NOTIFICATIONS}.then((shown) => shown.filter(({{ title }}) => /ready/.test(title)))"
        ".then((shown) => shown.length ? shown : null)"
    )
    assert called["title"] == "Your table is ready!"
    assert called["body"].startswith("Trattoria Lucia: please come to the host stand within")
    assert called["tag"] == place
    assert push_service.delivered[-1]["Urgency"] == "high"
    firefox.click_notification()
    firefox.until_open(f"{program.url}{place}")


def test_turning_off_leaves_nothing_to_ring(
    program: Service, push_service: Autopush, firefox: Firefox
) -> None:
    queue = post(f"{program.url}/api/queue/create", OPENED)
    party = post(f"{program.url}/api/queue/{queue['code']}/join", {"size": 2})
    firefox.allow_notifications(program.url)
    firefox.open(f"{program.url}/queue/{queue['code']}/place?partyId={party['partyId']}")
    firefox.until(state("ask"))
    tap(firefox, "on")
    firefox.until(state("on"))

    tap(firefox, "off")

    firefox.until(state("ask"))
    subscription = "navigator.serviceWorker.ready.then((w) => w.pushManager.getSubscription())"
    firefox.until(f"{subscription}.then((kept) => kept === null)")
