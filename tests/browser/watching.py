"""What a test notes while a page lives: polls, changes of the polled part, complaints, sockets."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import ConsoleMessage, Page, Response

# Every address that a page polls, and that a form of the console may be sent to.
SNAPSHOTS = re.compile(r"/snapshot")
ACTIONS = re.compile(r"/host/\w+/do/[\w-]+$")
# What Chromium and htmx say of a refusal, and of a network that is away.
NOT_ANSWERED = re.compile("Failed to (load|fetch)")
# Everything that happens in the polled part, but for the times that count by themselves.
NOTE_CHANGES = """() => {
  const line = document.querySelector("[data-poll]");
  window.changes = [];
  new MutationObserver((records) => {
    for (const { type, target, attributeName } of records) {
      const element = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
      // htmx marks the part itself while it asks.
      const isMark = element === line && attributeName === "class";
      if (isMark || element?.closest("time")) continue;
      changes.push([type, element?.outerHTML.slice(0, 80), attributeName].join(" "));
    }
  }).observe(line, { subtree: true, childList: true, attributes: true, characterData: true });
}"""
NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
});
"""


@dataclass
class Watched:
    """One page's history."""

    page: Page
    polls: list[int] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    sockets: list[str] = field(default_factory=list)

    def wait_for_polls(self, count: int) -> list[int]:
        """Return the statuses of so many polls that have not been answered yet."""
        known = len(self.polls)
        while len(self.polls) < known + count:
            with self.page.expect_response(_is_poll):
                pass
        return self.polls[known:]

    def look(self) -> None:
        """Let the page poll at once, as a push makes it do."""
        self.page.evaluate("() => void document.dispatchEvent(new Event('queueup:look'))")

    def poll(self) -> int:
        """Let the page poll at once, and return the status when the page has dealt with it.

        It may be 304 after a change: a web process may answer from its copy for a second until it
        hears of a commit, or the page may have polled by itself. `expect` waits for what is shown.
        """
        with self.page.expect_response(_is_poll) as answered:
            self.look()
        status = answered.value.status
        self.page.evaluate("() => new Promise((done) => setTimeout(done, 100))")
        return status

    def note_changes(self) -> None:
        """Note from now on what changes in the polled part."""
        self.page.evaluate(NOTE_CHANGES)

    def changes(self) -> list[str]:
        """Return what has changed."""
        found: list[str] = self.page.evaluate("() => changes")
        return found

    def violations(self) -> list[str]:
        """Return what the policy has refused to the document that is shown."""
        found: list[str] = self.page.evaluate("() => violations")
        return found

    def stays(self) -> None:
        """Mark the document, so that `has_stayed` can tell it from a reloaded one."""
        self.page.evaluate("() => { window.hasStayed = true }")

    def has_stayed(self) -> bool:
        """Tell whether this is still the marked document."""
        return bool(self.page.evaluate("() => window.hasStayed === true"))


def watch(page: Page) -> Watched:
    """Start watching a page that has not been opened yet."""
    watched = Watched(page)

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _is_own_status(message):
            watched.complaints.append(f"{message.type}: {message.text}")

    def answered(response: Response) -> None:
        if _is_poll(response):
            watched.polls.append(response.status)

    page.add_init_script(NOTE_VIOLATIONS)
    page.on("response", answered)
    page.on("console", heard)
    page.on("pageerror", lambda error: watched.complaints.append(str(error)))
    page.on("websocket", lambda socket: watched.sockets.append(socket.url))
    return watched


def _is_poll(response: Response) -> bool:
    return SNAPSHOTS.search(response.url) is not None


def _is_own_status(message: ConsoleMessage) -> bool:
    # Chromium complains of the status of an error page while it shows the page.
    return message.text.startswith("Failed to load resource") and (
        message.location["url"] == (message.page.url if message.page else None)
    )
