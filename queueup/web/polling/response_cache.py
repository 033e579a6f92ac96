"""The cache of responses to polls, with one limit in bytes for all lines of this process.

Most commits change what only a few readers see. So a guest's response outlives the snapshot that it
was rendered from, and is used again if everything in it is the same in the next snapshot.
"""

import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from flask import current_app

from queueup import metrics
from queueup.storage import codec
from queueup.storage.snapshot_cache import OBJECT_BYTES, CachedSnapshot

from .content import Content, Reader

EXTENSION = "queueup.responses"
# A reader that has not polled for this long (s) after a change is gone: even a page in the
# background polls once a minute.
EARLIER_S = 90
# A line that nobody has polled for this long (s) is dropped.
IDLE_S = 120
# One line takes no more than this part of the limit.
PART_OF_A_LINE = 8
# A party's phones and tablets, with the languages and cookies of each.
QUESTIONS_OF_A_PARTY = 8
# Of the host's devices, and of each public screen. Strangers ask for these, too, in as many ways as
# they can invent: they take the places of each other.
QUESTIONS = 64
# Bytes that every entry and every line takes besides its texts.
ENTRY, LINE = 1_000, 2_000
# Bytes that a header takes besides its two texts.
HEADER = 64

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
    # The memory that it takes at most, in bytes.
    size: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Estimate the size."""
        texts = (text for pair in self.headers for text in pair)
        size = ENTRY + sys.getsizeof(self.body) + sum(map(sys.getsizeof, texts))
        size += HEADER * len(self.headers) + OBJECT_BYTES * len(codec.dumps(self.content.values))
        object.__setattr__(self, "size", size)


class _Line:
    """The responses of one line: those to its present snapshot, and earlier ones."""

    def __init__(self, serial: int, used_at: float) -> None:
        self.serial = serial
        self.used_at = used_at
        self.size = LINE
        self.current: dict[Key, CachedResponse] = {}
        # With the time (s) at which their snapshot was replaced; the oldest first.
        self.earlier: dict[Key, tuple[CachedResponse, float]] = {}
        # The fingerprints of each reader in both of them, the oldest first.
        self.questions: dict[Reader, dict[bytes, None]] = {}

    def replace(self, serial: int, now_s: float) -> None:
        """Begin with the next snapshot; keep the responses that may hold for it, too."""
        gone = [key for key, (_, at) in self.earlier.items() if now_s - at >= EARLIER_S]
        gone += [
            key
            for key, response in self.current.items()
            if response.content.reader.party_id is None
        ]
        for key in gone:
            self.drop(key)
        for key, response in self.current.items():
            self.earlier[key] = response, now_s
        self.serial, self.current = serial, {}

    def again(self, key: Key, snapshot: CachedSnapshot) -> CachedResponse | None:
        """Return an earlier response if it is also the one to this snapshot, or else drop it."""
        response, _ = self.earlier[key]
        if not response.content.matches(snapshot.views):
            self.drop(key)
            return None
        del self.earlier[key]
        self.current[key] = response
        return response

    def put(self, key: Key, response: CachedResponse, most: int) -> None:
        """Add a response, and drop others until all take no more than so many bytes."""
        self.drop(key)
        if isinstance(key, bytes):
            reader = response.content.reader
            asked = self.questions.setdefault(reader, {})
            if len(asked) >= (QUESTIONS_OF_A_PARTY if reader.party_id else QUESTIONS):
                self.drop(next(iter(asked)))
                asked = self.questions.setdefault(reader, {})
            asked[key] = None
        self.current[key] = response
        self.size += response.size
        for victim in self._least_first() if self.size > most else ():
            self.drop(victim)
            if self.size <= most:
                break

    def drop(self, key: Key) -> None:
        """Drop a response, if there is one."""
        response = self.current.pop(key, None)
        if response is None:
            response, _ = self.earlier.pop(key, (None, 0))
        if response is None:
            return
        self.size -= response.size
        if isinstance(key, bytes):
            reader = response.content.reader
            asked = self.questions[reader]
            del asked[key]
            if not asked:
                del self.questions[reader]

    def _least_first(self) -> Iterator[Key]:
        """Yield the responses in the order in which they are dropped: readers of the line last."""
        yield from list(self.earlier)
        is_known = {key: _is_of_the_line(found) for key, found in self.current.items()}
        yield from sorted(is_known, key=is_known.__getitem__)


def _is_of_the_line(response: CachedResponse) -> bool:
    reader = response.content.reader
    return reader.party_id is not None or reader.kind == "host"


class ResponseCache:
    """Responses by line and key; the lines that were polled least recently are dropped first."""

    def __init__(self, most: int, stopwatch: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._stopwatch = stopwatch
        self._lines: OrderedDict[str, _Line] = OrderedDict()
        self.size = 0

    def has(self, code: str) -> bool:
        """Return whether any responses for this line are cached."""
        return code in self._lines

    def get(self, snapshot: CachedSnapshot, key: Key) -> CachedResponse | None:
        """Return the cached response for this snapshot and key, None if there is none."""
        line = self._line(snapshot)
        found = line.current.get(key)
        if found is None and key in line.earlier:
            before = line.size
            found = line.again(key, snapshot)
            self.size += line.size - before
        return found

    def put(self, snapshot: CachedSnapshot, key: Key, response: CachedResponse) -> None:
        """Cache a response for this snapshot and later ones with the same content."""
        line = self._line(snapshot)
        before = line.size
        line.put(key, response, self._most // PART_OF_A_LINE)
        self.size += line.size - before
        self._make_room(line.used_at)
        metrics.CACHE_BYTES.labels("responses").set(self.size)

    def _line(self, snapshot: CachedSnapshot) -> _Line:
        """Return the responses of the line that this is a snapshot of."""
        code: str = snapshot.views["code"]
        line = self._lines.get(code)
        now_s = self._stopwatch()
        if line is None:
            line = self._lines[code] = _Line(snapshot.serial, now_s)
            self.size += line.size
        elif line.serial != snapshot.serial:
            before = line.size
            line.replace(snapshot.serial, now_s)
            self.size += line.size - before
        elif now_s - line.used_at < 1:
            return line
        line.used_at = now_s
        self._lines.move_to_end(code)
        self._make_room(now_s)
        return line

    def _make_room(self, now_s: float) -> None:
        # The last one is in use; it has a limit of its own.
        while len(self._lines) > 1:
            first = next(iter(self._lines.values()))
            if self.size <= self._most and now_s - first.used_at <= IDLE_S:
                break
            self._lines.popitem(last=False)
            self.size -= first.size


def response_cache() -> ResponseCache:
    """Return the response cache of this process."""
    found: ResponseCache = current_app.extensions[EXTENSION]
    return found
