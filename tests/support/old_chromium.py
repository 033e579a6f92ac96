"""Drives Chromiums of years ago, which Playwright no longer speaks to, over their own protocol."""

import base64
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import brotli
import pytest
from websockets.sync.client import connect

ROOT = Path(__file__).resolve().parent.parent.parent
UNPACKED = ROOT / ".venv" / "old-chromiums"
# Major versions, and the package of package.json that has each.
PACKAGES = {79: "chrome-aws-lambda", 112: "@sparticuz/chromium"}
PATIENCE_S = 60
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--no-zygote",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
)


class Failed(Exception):
    """The browser refused a command, or a script in it threw."""


class OldChromium:
    """One page of a running browser with a profile of its own."""

    def __init__(self, version: int, profile: Path) -> None:
        port_file = profile / "DevToolsActivePort"
        command = [program(version), *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        with open(profile / "log", "wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        self._count = 0
        self._open = ExitStack()
        # What scripts threw, also those that could not be read, and the statuses of polls.
        self.complaints: list[str] = []
        self.polls: list[int] = []
        try:
            self._until(lambda: port_file.exists() and port_file.read_text().count("\n") > 0)
            port = port_file.read_text().split()[0]
            # The browser listens before it has its first page.
            self._until(lambda: bool(_pages(port)))
            address = _pages(port)[0]["webSocketDebuggerUrl"]
            # Chromium 79 hangs up when it is sent a ping.
            connection = connect(address, max_size=None, ping_interval=None)
            self._socket = self._open.enter_context(connection)
            for domain in ("Page", "Runtime", "Network"):
                self.command(f"{domain}.enable")
        except BaseException:
            self.close()
            raise

    def command(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command, and return its result."""
        self._count += 1
        sent = {"id": self._count, "method": method, "params": parameters}
        self._socket.send(json.dumps(sent))
        while True:
            answer = json.loads(self._socket.recv(timeout=PATIENCE_S))
            if answer.get("id") != self._count:
                self._note(answer)
                continue
            if "error" in answer:
                raise Failed(f"{method}: {answer['error']['message']}")
            result: dict[str, Any] = answer["result"]
            return result

    def evaluate(self, expression: str) -> Any:
        """Return the value of an expression in the page, or of the promise that it is."""
        result = self.command(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in result:
            raise Failed(f"{expression}: {_words(result['exceptionDetails'])}")
        return result["result"].get("value")

    def open(self, url: str) -> None:
        """Open an address, and wait until the page has loaded."""
        self.evaluate("void (window.isOfBefore = true)")
        self.command("Page.navigate", url=url)
        self.until("!window.isOfBefore && document.readyState === 'complete'")

    def until(self, expression: str) -> None:
        """Wait until an expression is true in the page, which may be loading another meanwhile."""

        def is_true() -> bool:
            try:
                return bool(self.evaluate(expression))
            except Failed:
                # The page went away under the question, or is not there yet.
                return False

        self._until(is_true, expression)

    def wait_for_polls(self, count: int) -> list[int]:
        """Return the statuses of so many polls that have not been answered yet."""
        known = len(self.polls)
        self._until(lambda: self.evaluate("true") and len(self.polls) >= known + count)
        return self.polls[known:]

    def sees(self, selector: str, words: str) -> None:
        """Wait until the visible element has this text in it."""
        element = f"document.querySelector({json.dumps(selector)})"
        self.until(
            f"{element} && {element}.getClientRects().length > 0"
            f" && {element}.innerText.includes({json.dumps(words)})"
        )

    def is_shown(self, selector: str) -> bool:
        """Tell whether an element takes up space on the page."""
        shown = f"[...document.querySelectorAll({json.dumps(selector)})]"
        return bool(self.evaluate(f"{shown}.some((one) => one.getClientRects().length > 0)"))

    def tap(self, selector: str) -> None:
        """Click in the middle of an element, as a finger would."""
        # Until a page is painted, Chromium drops what its user does; when it has loaded again, it
        # scrolls to where it was.
        self.until(
            "document.readyState === 'complete' && performance.getEntriesByType('paint').length > 0"
        )
        x, y = self.evaluate(
            f"""(() => {{
              const element = document.querySelector({json.dumps(selector)});
              element.scrollIntoView({{ block: "center" }});
              const {{ left, top, width, height }} = element.getBoundingClientRect();
              return [left + width / 2, top + height / 2];
            }})()"""
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.command(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1
            )

    def type(self, text: str) -> None:
        """Type into the field that has the focus."""
        self.command("Input.insertText", text=text)

    def size(self, width: int, height: int) -> None:
        """Make the window as large as a device's."""
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < height,
        )

    def remember(self, url: str, cookie: dict[str, str]) -> None:
        """Give the browser a cookie."""
        self.command("Network.setCookie", url=url, **cookie)

    def lose_network(self, is_lost: bool = True) -> None:
        """Cut the browser off from the network, or connect it again."""
        self.command(
            "Network.emulateNetworkConditions",
            offline=is_lost,
            latency=0,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )

    def picture(self, path: Path) -> None:
        """Keep a picture of the window."""
        path.write_bytes(base64.b64decode(self.command("Page.captureScreenshot")["data"]))

    def close(self) -> None:
        """Stop the browser."""
        self._open.close()
        self._process.kill()
        self._process.wait(PATIENCE_S)

    def _note(self, event: dict[str, Any]) -> None:
        if event["method"] == "Runtime.exceptionThrown":
            self.complaints.append(_words(event["params"]["exceptionDetails"]))
        elif event["method"] == "Network.responseReceived":
            response = event["params"]["response"]
            if "/snapshot" in response["url"]:
                self.polls.append(response["status"])

    def _until(self, condition: Callable[[], bool], words: str = "The browser starts") -> None:
        until = time.monotonic() + PATIENCE_S
        while not condition():
            assert self._process.poll() is None, "The browser has ended."
            if time.monotonic() > until:
                raise Failed(f"Not within {PATIENCE_S} s: {words}")
            time.sleep(0.1)


def _pages(port: str) -> list[dict[str, str]]:
    with urlopen(f"http://127.0.0.1:{port}/json/list", timeout=PATIENCE_S) as answer:
        return [target for target in json.load(answer) if target["type"] == "page"]


@contextmanager
def old_chromium(version: int) -> Iterator[OldChromium]:
    """Start the Chromium of this version, and stop it at the end."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        pytest.skip("The old Chromiums of the npm packages run on x86_64 Linux only.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = OldChromium(version, Path(profile))
        try:
            yield browser
        finally:
            browser.close()


def program(version: int) -> str:
    """Return the program of this version, unpacked once from its package."""
    packed = ROOT / "node_modules" / PACKAGES[version] / "bin" / "chromium.br"
    unpacked = UNPACKED / f"chromium-{version}"
    if not unpacked.exists():
        UNPACKED.mkdir(exist_ok=True)
        # Another test process may be unpacking it too: the first complete one stays or is replaced.
        with tempfile.NamedTemporaryFile(dir=UNPACKED, delete=False) as file:
            file.write(brotli.decompress(packed.read_bytes()))
        os.chmod(file.name, 0o755)
        os.replace(file.name, unpacked)
    return str(unpacked)


def _words(details: dict[str, Any]) -> str:
    thrown = details.get("exception", {}).get("description", details["text"])
    return f"{details.get('url', '')}: {thrown}".partition("\n")[0]
