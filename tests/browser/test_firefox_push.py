"""The whole chain to a real browser: host, commit, worker, push service, Firefox, notification."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.support.autopush import Autopush
from tests.support.firefox import Firefox
from tests.support.ports import free_port
from tests.support.running_service import Service, eventually

OPENED = {"eventName": "Trattoria Lucia", "maxGuests": 60}
TEST = "A test ring"
NOTIFICATIONS = """
navigator.serviceWorker.ready
  .then((worker) => worker.getNotifications())
  .then((shown) => shown.map(({ title, body, tag }) => ({ title, body, tag })))
"""


@pytest.fixture(scope="module")
def push_service() -> Iterator[Autopush]:
    """A push service that speaks to Firefox."""
    with Autopush(free_port()) as running:
        yield running


@pytest.fixture(scope="module")
def program(push_service: Autopush, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The whole program, which may send to that push service."""
    settings = {"PUSH_EXTRA_ORIGINS": push_service.origin}
    running = Service(tmp_path_factory.mktemp("program") / "data", **settings).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def firefox(
    push_service: Autopush, program: Service, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Firefox]:
    """A Firefox with a profile of its own, whose owner allows notifications."""
    profile = tmp_path_factory.mktemp("firefox") / "profile"
    with Firefox(profile, free_port(), push_service.ws_url) as running:
        running.allow_notifications(program.url)
        yield running


@dataclass(frozen=True)
class Visit:
    """A party in a line of its own, and what its host needs to call it."""

    api: str
    place: str
    link: str
    host: dict[str, str]
    guest: dict[str, str]

    def call(self) -> None:
        """Call the party."""
        post(f"{self.api}/advance", {}, **self.host)

    def test_ring(self) -> bool:
        """Ring for a test, and tell whether a push service took it."""
        origin = self.place.partition("/queue/")[0]
        body = json.dumps(self.guest | {"title": TEST}).encode()
        headers = {"content-type": "application/json"}
        try:
            with urlopen(Request(f"{origin}/api/push/test", body, headers), timeout=60):
                return True
        except HTTPError as refused:
            refused.close()
            return False


@pytest.fixture
def visit(program: Service) -> Visit:
    """A party that has just joined."""
    queue = post(f"{program.url}/api/queue/create", OPENED)
    api = f"{program.url}/api/queue/{queue['code']}"
    party = post(f"{api}/join", {"name": "Okafor", "size": 2})
    place = f"{program.url}/queue/{queue['code']}/place"
    link = f"{place}?partyId={party['partyId']}"
    guest = {"sessionId": queue["sessionId"], "partyId": party["partyId"]}
    return Visit(api, place, link, {"x-host-auth": queue["hostAuthToken"]}, guest)


def post(url: str, body: object, **headers: str) -> dict[str, str]:
    """Send JSON as an old screen would."""
    headers["content-type"] = "application/json"
    with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=60) as answer:
        said: dict[str, str] = json.load(answer)
        return said


def tap(firefox: Firefox, name: str) -> None:
    """Tap a button of the notification box."""
    firefox.run(f"document.querySelector('[data-tap={name}]').click()")


def state(name: str) -> str:
    """Return an expression that is true in one state of the notification box."""
    return f"document.querySelector('[data-notify={name}]') !== null"


def turn_on(firefox: Firefox, visit: Visit) -> None:
    """Open the guest's page and have it notify this phone."""
    firefox.open(visit.link)
    firefox.until(state("ask"))
    tap(firefox, "on")
    firefox.until(state("on"))


def seen_soon(firefox: Firefox, expression: str) -> bool:
    """Tell whether an expression becomes truthy in the time in which one more ring can wait."""
    for _ in range(50):
        if firefox.run(expression):
            return True
        time.sleep(0.1)
    return False


def notified(firefox: Firefox, visit: Visit) -> dict[str, str]:
    """Wait until this party's call is shown, and return its notification."""
    mine = f"title === 'Your table is ready!' && {visit.place!r}.endsWith(tag)"
    ready = f"shown.find(({{ title, tag }}) => {mine}) ?? null"
    found: dict[str, str] = firefox.until(f"{NOTIFICATIONS}.then((shown) => {ready})")
    return found


def test_a_phone_rings_when_the_host_calls_and_a_tap_opens_the_place(
    program: Service, push_service: Autopush, firefox: Firefox, visit: Visit
) -> None:
    turn_on(firefox, visit)
    tap(firefox, "test")
    firefox.until("document.querySelector('[data-said]').textContent.startsWith('Sent')")
    firefox.open(f"{program.url}/offline")

    visit.call()

    called = notified(firefox, visit)
    assert called["body"].startswith("Trattoria Lucia: please come to the host stand within")
    assert push_service.delivered[-1]["Urgency"] == "high"
    firefox.click_notification()
    firefox.until_open(visit.place)


def test_a_phone_whose_push_service_forgot_it_still_rings(
    program: Service, push_service: Autopush, firefox: Firefox, visit: Visit
) -> None:
    turn_on(firefox, visit)
    firefox.open(f"{program.url}/offline")

    push_service.forget_browser()
    # A ring that comes before Firefox has noted its new subscription is lost.
    rings = f"{NOTIFICATIONS}.then((shown) => shown.some((one) => one.title === '{TEST}'))"
    taken: list[bool] = []

    def is_seen() -> bool:
        taken.append(visit.test_ring())
        return taken[-1] and seen_soon(firefox, rings)

    before = len(push_service.delivered)
    eventually(is_seen)
    # None may come after the call and take its place: they have one tag.
    eventually(lambda: len(push_service.delivered) >= before + sum(taken))
    visit.call()
    notified(firefox, visit)


def test_turning_off_leaves_nothing_to_ring(firefox: Firefox, visit: Visit) -> None:
    turn_on(firefox, visit)

    tap(firefox, "off")

    firefox.until(state("ask"))
    record = (
        "caches.open('queueup-subscriptions').then((all) => all.match('/subscription/' + code))"
    )
    code = visit.place.split("/")[-2]
    firefox.until(f"{record.replace('code', repr(code))}.then((kept) => kept === undefined)")
