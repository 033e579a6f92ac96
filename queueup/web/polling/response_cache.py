"""The cache of responses to polls.

Most commits change what only a few readers see. So a guest's response outlives the snapshot that it
was rendered from, and is used again if everything in it is the same in the next snapshot.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app

from queueup.storage.snapshot_cache import CachedSnapshot

from .content import Content, Reader

EXTENSION = "queueup.responses"
LINES = 20_000
# Enough for a full line with two phones a party, and a bound for one that a stranger polls.
RESPONSES = 500
# A reader that has not polled for this long (s) after a change is gone: even a page in the
# background polls once a minute.
EARLIER_S = 90
# A line that nobody has polled for this long (s) is dropped.
IDLE_S = 120

# A response is found by what was rendered (the reader, whether as a fragment, the language), or by
# the fingerprint of a request that it answers.
Key = tuple[Reader, bool, str] | bytes


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """A response with its entity tag and what it was rendered from.

    One that was rendered has a body and no headers yet, one that was sent its headers and no body.
    """

    tag: str
    content: Content
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


class _Line:
    """The responses of one line: those to its present snapshot, and earlier ones."""

    def __init__(self, serial: int, used_at: float) -> None:
        self.serial = serial
        self.used_at = used_at
        self.current: dict[Key, CachedResponse] = {}
        # With the time (s) at which their snapshot was replaced.
        self.earlier: dict[Key, tuple[CachedResponse, float]] = {}

    def replace(self, serial: int, now_s: float) -> None:
        """Begin with the next snapshot; keep the responses that may hold for it, too."""
        earlier = {
            key: (response, now_s)
            for key, response in self.current.items()
            if response.content.reader.party_id is not None
        }
        for key, (response, at) in self.earlier.items():
            if now_s - at < EARLIER_S and len(earlier) < RESPONSES:
                earlier.setdefault(key, (response, at))
        self.serial, self.current, self.earlier = serial, {}, earlier


class ResponseCache:
    """Responses by line and key; the lines that were polled least recently are dropped first."""

    def __init__(self, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._stopwatch = stopwatch
        self._lines: OrderedDict[str, _Line] = OrderedDict()

    def has(self, code: str) -> bool:
        """Return whether any responses for this line are cached."""
        return code in self._lines

    def get(self, snapshot: CachedSnapshot, key: Key) -> CachedResponse | None:
        """Return the cached response for this snapshot and key, None if there is none."""
        line = self._line(snapshot)
        found = line.current.get(key)
        if found is None and key in line.earlier:
            earlier, _ = line.earlier.pop(key)
            if earlier.content.matches(snapshot.views):
                line.current[key] = found = earlier
        return found

    def put(self, snapshot: CachedSnapshot, key: Key, response: CachedResponse) -> None:
        """Cache a response for this snapshot and later ones with the same content."""
        line = self._line(snapshot)
        if len(line.current) < RESPONSES:
            line.current[key] = response

    def _line(self, snapshot: CachedSnapshot) -> _Line:
        """Return the responses of the line that this is a snapshot of."""
        code: str = snapshot.views["code"]
        line = self._lines.get(code)
        now_s = self._stopwatch()
        if line is None:
            line = self._lines[code] = _Line(snapshot.serial, now_s)
        elif line.serial != snapshot.serial:
            line.replace(snapshot.serial, now_s)
        elif now_s - line.used_at < 1:
            return line
        line.used_at = now_s
        self._lines.move_to_end(code)
        self._drop_idle(now_s)
        return line

    def _drop_idle(self, now_s: float) -> None:
        while len(self._lines) > LINES or now_s - self._oldest().used_at > IDLE_S:
            self._lines.popitem(last=False)

    def _oldest(self) -> _Line:
        return next(iter(self._lines.values()))


def response_cache() -> ResponseCache:
    """Return the response cache of this process."""
    found: ResponseCache = current_app.extensions[EXTENSION]
    return found
