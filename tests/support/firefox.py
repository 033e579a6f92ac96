"""Drives the system's Firefox through WebDriver BiDi, without a driver in between."""

import json
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from websockets.exceptions import InvalidHandshake
from websockets.sync.client import ClientConnection, connect

PATIENCE_S = 90

PREFS: dict[str, bool | int | str] = {
    "dom.push.testing.allowInsecureServerURL": True,
    "dom.push.connection.enabled": True,
    "dom.push.retryBaseInterval": 100,
    # Without a desktop there is no system that would show notifications; Firefox has its own.
    "alerts.useSystemBackend": False,
    "network.manage-offline-status": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "app.normandy.enabled": False,
    "services.settings.server": "data:,",
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.server": "",
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage": "about:blank",
    "datareporting.policy.dataSubmissionPolicyBypassNotification": True,
}


class Failed(Exception):
    """The browser refused a command, or a script in it threw."""


class Firefox:
    """One running browser with a profile of its own."""

    def __init__(self, profile: Path, port: int, push_server: str) -> None:
        prefs = PREFS | {"dom.push.serverURL": push_server}
        profile.mkdir(parents=True)
        lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in prefs.items())
        (profile / "user.js").write_text("\n".join(lines))
        command = ["firefox-esr", "--headless", "--no-remote", "--profile", str(profile)]
        command += ["--remote-debugging-port", str(port), "--remote-allow-system-access"]
        with open(profile / "firefox.log", "wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        self._count = 0
        self._open = ExitStack()
        try:
            self._socket = self._connect(f"ws://127.0.0.1:{port}/session")
            self.command("session.new", capabilities={})
            tree = self.command("browsingContext.getTree")
        except BaseException:
            self._stop()
            raise
        self.page: str = tree["contexts"][0]["context"]

    def __enter__(self) -> "Firefox":
        return self

    def __exit__(self, *error: object) -> None:
        self._stop()

    def _stop(self) -> None:
        self._open.close()
        self._process.terminate()
        self._process.wait(PATIENCE_S)

    def _connect(self, url: str) -> ClientConnection:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self._open.enter_context(connect(url, max_size=None))
            except (OSError, InvalidHandshake):
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                time.sleep(0.1)

    def command(self, method: str, **params: Any) -> Any:
        """Send one command and return its result. Raises Failed."""
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(timeout=PATIENCE_S))
            if answer.get("id") != self._count:
                continue
            if answer["type"] == "error":
                raise Failed(f"{method}: {answer['message']}")
            return answer["result"]

    def open(self, url: str) -> None:
        """Load a page and wait until it is complete."""
        self.command("browsingContext.navigate", context=self.page, url=url, wait="complete")

    def run(self, expression: str, context: str | None = None) -> Any:
        """Return what a JavaScript expression, or its promise, comes to. Raises Failed."""
        answer = self.command(
            "script.evaluate",
            expression=f"Promise.resolve({expression}).then(JSON.stringify)",
            target={"context": context or self.page},
            awaitPromise=True,
            userActivation=True,
        )
        if answer["type"] == "exception":
            raise Failed(answer["exceptionDetails"]["text"])
        text = answer["result"].get("value")
        return None if text is None else json.loads(text)

    def until(self, expression: str, context: str | None = None) -> Any:
        """Wait until an expression is truthy, and return it."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found = self.run(expression, context)
            if found:
                return found
            assert time.monotonic() < deadline, f"never true: {expression}"
            time.sleep(0.1)

    def until_open(self, url: str) -> None:
        """Wait until some tab shows this address."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            tabs = self.command("browsingContext.getTree")["contexts"]
            if url in [tab["url"] for tab in tabs]:
                return
            assert time.monotonic() < deadline, f"never open: {url}"
            time.sleep(0.1)

    def allow_notifications(self, origin: str) -> None:
        """Answer the question for notifications with yes, as a user would."""
        self.command(
            "permissions.setPermission",
            descriptor={"name": "notifications"},
            state="granted",
            origin=origin,
        )

    def click_notification(self) -> None:
        """Click on the notification that is on the screen."""
        tree = self.command("browsingContext.getTree", **{"moz:scope": "chrome"})
        self.until(
            "[...Services.wm.getEnumerator('alert:alert')].map((w) => w.onAlertClick()).length",
            tree["contexts"][0]["context"],
        )
