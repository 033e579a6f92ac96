"""Ways to wait in a page for what takes its time, and to hand it pushes."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import CDPSession, Page

CONTROLLED = "() => navigator.serviceWorker.controller !== null"


def open_controlled(page: Page, path: str) -> None:
    """Open a page and wait until the service worker stands behind it."""
    page.goto(path)
    page.wait_for_function(CONTROLLED)


def until(page: Page, ask: str, argument: object = None) -> Any:
    """Ask in the page until the answer, or what its promise comes to, is true; return it."""
    for _ in range(1_000):
        answer = page.evaluate(ask, argument)
        if answer:
            return answer
        page.wait_for_timeout(50)
    raise AssertionError(f"It never came true: {ask}")


def listen_until(page: Page, heard: Callable[[], Any]) -> Any:
    """Let the browser tell what it has to tell until something is heard; return it."""
    for _ in range(1_000):
        found = heard()
        if found:
            return found
        page.wait_for_timeout(50)
    raise AssertionError("It was never heard.")


def deliver(page: Page) -> Callable[[str], None]:
    """Return what hands a push message to the service worker, as a push service would."""
    session: CDPSession = page.context.new_cdp_session(page)
    known: list[dict[str, Any]] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated", lambda said: known.extend(said["registrations"])
    )
    session.send("ServiceWorker.enable")
    page.wait_for_function(CONTROLLED)
    origin = page.evaluate("() => location.origin")
    # The browser tells which workers it has when it gets round to it.
    ours: list[dict[str, Any]] = listen_until(
        page, lambda: [one for one in known if one["scopeURL"] == f"{origin}/"]
    )
    registration = ours[0]["registrationId"]

    def send(message: str) -> None:
        session.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": origin, "registrationId": registration, "data": message},
        )

    return send
