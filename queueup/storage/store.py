"""The source of truth in Redis: loads queues, and commits a change with all of its effects at once.

Keys of one queue share the {CODE} hash tag:

- `queueup:{CODE}:state`     hash of version and queue: the truth; and the ids of its last commits
- `queueup:{CODE}:snapshot`  hash of version and body: what readers see, and the release that made
  it; expires after 30 s
- `queueup:{CODE}:events`    stream of events not yet in the history; entry ids are event numbers

And for all queues: `queueup:unrecorded`, the set of codes whose streams have events, and
`queueup:created:KEY`, the code that was opened with this idempotency key, for a day.
"""

import itertools
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from redis import Redis
from redis.client import Pipeline

from queueup import __version__, metrics
from queueup.domain import establishment
from queueup.domain.change import Change
from queueup.domain.deadlines import apply_time
from queueup.domain.errors import UnknownQueue
from queueup.domain.events import Event, QueueOpened
from queueup.domain.model import SECOND, Queue
from queueup.domain.view_types import Views
from queueup.domain.views import snapshot

from . import codec
from .redis_client import Unavailable, redis_errors
from .transaction import (
    AnswerLost,
    Command,
    Conflict,
    NotReplicated,
    Transaction,
    transaction,
)

CHANGES = "queueup:changes"  # channel: "CODE VERSION SNAPSHOT" for every commit
UNRECORDED = "queueup:unrecorded"

SNAPSHOT_S = 30
CREATED_S = 24 * 3600
# Snapshots of older releases lack fields that this one reads, and are made again.
RELEASE = [int(part) for part in __version__.split(".")]
# A legacy client's queue is open for 20 hours at most, and guests can see for a day how it ended.
KEEP_S = 3 * 24 * 3600
# A code on a printed poster must still work after a seasonal break.
KEEP_CODE_S = 400 * 24 * 3600
# A line that nobody ever joined has no poster on a wall yet, and one in which hardly anybody ever
# got a table after a wait was tried out, at most: one address can make very many of them. With each
# party that is seated after a wait, a line stays for longer.
KEEP_UNUSED_S = 14 * 24 * 3600
KEEP_TRIED_S = 60 * 24 * 3600
TRIES = 200
# A commit whose answer was lost is found by its id among the latest of its queue.
COMMIT_IDS = 32
# Whoever loses more answers than this to one change is told to try again in a moment.
LOST_ANSWERS = 3
# During a graceful reload, a process of the older release may overwrite a snapshot of this one.
REFILLS = 3

Decide = Callable[[Queue], Change]
# Adds further commands to a commit, such as enqueueing jobs; must not execute the pipeline.
# The queue before the change is None when it is new.
Outbox = Callable[[Pipeline, Queue | None, Queue, tuple[Event, ...]], None]


class CodeTaken(Exception):
    """Another queue has this code, or the same request has already opened one."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A queue as it was read; `version` counts its commits, `commits` has the ids of the latest."""

    version: int
    queue: Queue
    commits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What all readers of a queue see, at one version."""

    version: int
    views: Views
    # Bytes of its JSON.
    length: int = 0


class _UnansweredCommits:
    """Those of one change's commits whose answer was lost, by id."""

    def __init__(self) -> None:
        self._changes: dict[str, Change] = {}
        self._oldest = 0

    def add(self, version: int, commit: str, change: Change) -> None:
        """Note a commit on this version. Raises Unavailable when there are too many."""
        if len(self._changes) == LOST_ANSWERS:
            raise _unknown()
        self._oldest = self._oldest or version
        self._changes[commit] = change

    def found_in(self, stored: Stored) -> Change | None:
        """Return the change that was committed, None if none was.

        Raises Unavailable if there have been too many commits since to say.
        """
        if not self._changes:
            return None
        for commit in stored.commits:
            if commit in self._changes:
                metrics.LOST_ANSWERS.labels("done").inc()
                return self._changes[commit]
        if stored.version - self._oldest >= COMMIT_IDS:
            raise _unknown()
        metrics.LOST_ANSWERS.labels("not done").inc()
        return None


class Store:
    """Queues in Redis; a change is answered once this many replicas have it, too."""

    def __init__(self, redis: Redis, outbox: Outbox, replicas: int = 0) -> None:
        self._redis = redis
        self._outbox = outbox
        self._replicas = replicas

    def load(self, code: str) -> Stored:
        """Return the queue with this code.

        Raises UnknownQueue, Unavailable.
        """
        with redis_errors():
            metrics.TRUTH_READS.inc()
            stored = _load(self._redis, code)
        if stored is None:
            raise UnknownQueue
        return stored

    def created(self, key: str) -> Queue | None:
        """Return the queue that was opened with this idempotency key in the last day.

        Raises Unavailable.
        """
        with redis_errors():
            code: Any = self._redis.get(_created(key))
            stored = None if code is None else _load(self._redis, code.decode())
        if stored is None:
            return None
        self._wait_for_replicas(stored.queue.code)
        return stored.queue

    def create(self, change: Change, key: str | None = None) -> None:
        """Commit a new queue, and remember the idempotency key that it was opened with.

        Raises CodeTaken, Unavailable.
        """
        code, commit = change.queue.code, _commit_id()
        with redis_errors(), transaction(self._redis) as current:
            for attempt in itertools.count():
                watched = [_state(code), *([_created(key)] if key else [])]
                reads: list[Command] = [_read_state(code)]
                if key:
                    reads.append(("GET", _created(key)))
                values, *created = current.watch(*watched, read=reads)
                stored = _stored(values)
                if stored is not None and commit in stored.commits:
                    metrics.LOST_ANSWERS.labels("done").inc()
                    self._wait_for_replicas(code)
                    break
                if stored is not None or any(_is_kept(current, other) for other in created):
                    raise CodeTaken
                pipe = current.begin()
                self._write(pipe, change, None, (commit,))
                if key:
                    pipe.set(_created(key), code, ex=CREATED_S)
                try:
                    current.commit(pipe, self._replicas)
                    break
                except Conflict:
                    raise CodeTaken from None
                except AnswerLost as lost:
                    if attempt == LOST_ANSWERS:
                        raise _unknown() from lost
                except NotReplicated as alone:
                    raise _not_replicated() from alone
            metrics.TRUTH_COMMITS.inc()

    def change(self, code: str, decide: Decide) -> Change:
        """Commit the change that `decide` returns for the queue, and return it.

        `decide` is called again with the newer queue whenever another writer was faster, so it must
        be pure. A change without events only writes a new snapshot.

        If the connection ends before EXEC is answered, the queue itself says whether the commit was
        carried out. It is decided again only if it was not, and cannot be any more: Redis refuses
        an EXEC whose watched key has changed since.

        Raises UnknownQueue, Unavailable, and what `decide` raises.
        """
        unanswered = _UnansweredCommits()
        with redis_errors(), transaction(self._redis) as current:
            for attempt in range(TRIES):
                (values,) = current.watch(_state(code), read=[_read_state(code)])
                stored = _stored(values)
                if stored is None:
                    raise UnknownQueue
                done = unanswered.found_in(stored)
                if done is not None and not self._replicas:
                    return done
                # What is done already is answered after one more write that the replicas have.
                change = decide(stored.queue) if done is None else Change(stored.queue)
                commit = _commit_id()
                pipe = current.begin()
                if change.events:
                    commits = (*stored.commits, commit)[-COMMIT_IDS:]
                    self._write(pipe, change, stored, commits)
                else:
                    self._write_snapshot(pipe, change.queue, stored.version)
                try:
                    current.commit(pipe, self._replicas)
                except Conflict:
                    metrics.RACES_LOST.inc()
                    # Random delays, or the losers would collide again.
                    time.sleep(random.uniform(0, 0.002 * min(attempt + 1, 10)))
                except AnswerLost:
                    unanswered.add(stored.version, commit, change)
                except NotReplicated as alone:
                    raise _not_replicated() from alone
                else:
                    counted = metrics.TRUTH_COMMITS if change.events else metrics.TRUTH_READS
                    counted.inc()
                    return change if done is None else done
        raise Unavailable(f"{TRIES} writers were faster")

    def read_snapshot(self, code: str) -> Snapshot | None:
        """Return the stored snapshot, None if it is missing or of an older release."""
        with redis_errors():
            version, body = self._redis.hmget(_snapshot(code), "version", "body")
        if version is None or body is None:
            return None
        views = codec.loads(body)
        if views.pop("release", []) < RELEASE:
            return None
        return Snapshot(int(version), views, len(body))

    def current_snapshot(self, code: str, now: int) -> Snapshot:
        """Return what readers see at this time (ms), with everything applied that is due by now.

        Raises UnknownQueue, Unavailable.
        """
        snapshot = self.read_snapshot(code)
        if snapshot is not None and not _is_due(snapshot, now):
            metrics.SNAPSHOTS.labels("redis").inc()
            return snapshot
        metrics.SNAPSHOTS.labels("truth").inc()
        for _ in range(REFILLS):
            self.change(code, lambda queue: apply_time(queue, now))
            if (snapshot := self.read_snapshot(code)) is not None:
                return snapshot
        raise UnknownQueue

    def exists(self, code: str) -> bool:
        """Return whether there is such a queue: one small read."""
        with redis_errors():
            return bool(self._redis.exists(_state(code)))

    def read_version(self, code: str) -> int | None:
        """Return the version of the stored snapshot: one small read."""
        with redis_errors():
            version = self._redis.hget(_snapshot(code), "version")
        return None if version is None else int(version)

    def _wait_for_replicas(self, code: str) -> None:
        """Return once they have what another connection has committed. Raises Unavailable."""
        if self._replicas:
            # Redis counts those that have what this connection wrote, so it has to write something.
            self.change(code, Change)

    def _write(
        self,
        pipe: Pipeline,
        change: Change,
        stored: Stored | None,
        commits: tuple[str, ...],
    ) -> None:
        queue, code = change.queue, change.queue.code
        before = stored.queue if stored else None
        version = stored.version + 1 if stored else 1
        session_id = (before or queue).session_id
        pipe.hset(
            _state(code),
            mapping={
                "version": version,
                "queue": codec.encode_queue(queue),
                "commits": " ".join(commits),
            },
        )
        # What the clock does to a line in which nobody does anything keeps it no longer.
        idle_s = max(0, change.events[-1].at - queue.active_at) // SECOND
        if (left_s := _kept_s(queue) - idle_s) > 0:
            pipe.expire(_state(code), left_s)
        first = queue.last_event - len(change.events) + 1
        for number, event in enumerate(change.events, first):
            # One commit may end a day by its deadline and open the next one.
            session_id = event.session_id if isinstance(event, QueueOpened) else session_id
            fact = codec.encode_event(event)
            pipe.xadd(events_key(code), {"session": session_id, "event": fact}, id=f"{number}-0")
        pipe.expire(events_key(code), KEEP_S)
        pipe.sadd(UNRECORDED, code)
        body = self._write_snapshot(pipe, queue, version)
        pipe.publish(CHANGES, f"{code} {version} {body}")
        self._outbox(pipe, before, queue, change.events)

    def _write_snapshot(self, pipe: Pipeline, queue: Queue, version: int) -> str:
        body = codec.dumps(snapshot(queue) | {"release": RELEASE})
        pipe.hset(_snapshot(queue.code), mapping={"version": version, "body": body})
        pipe.expire(_snapshot(queue.code), SNAPSHOT_S)
        return body


def _unknown() -> Unavailable:
    metrics.LOST_ANSWERS.labels("unknown").inc()
    return Unavailable("the connection ended before Redis said whether it made a change")


def _not_replicated() -> Unavailable:
    # With the same key the next try commits nothing, and is answered once the replicas have all.
    metrics.LOST_ANSWERS.labels("not replicated").inc()
    return Unavailable("a change is on fewer machines than ANSWERED_ON asks for")


def _is_due(snapshot: Snapshot, now: int) -> bool:
    due = snapshot.views["due"]
    return due is not None and due <= now


def _kept_s(queue: Queue) -> int:
    if not (queue.settings.keeps_code and (not queue.is_closed or queue.can_open_again)):
        return KEEP_S
    if not (queue.was_joined or queue.last_ticket or queue.seatings):
        return KEEP_UNUSED_S
    return KEEP_TRIED_S + round((KEEP_CODE_S - KEEP_TRIED_S) * establishment.share(queue))


def _commit_id() -> str:
    """Return an id by which a commit is found again."""
    return secrets.token_hex(6)


def _load(redis: Redis, code: str) -> Stored | None:
    return _stored(redis.execute_command(*_read_state(code)))


def _is_kept(current: Transaction, code: bytes | None) -> bool:
    """Tell whether the line with this code, if any, still exists."""
    return code is not None and _stored(current.read(_read_state(code.decode()))) is not None


def _read_state(code: str) -> Command:
    return ("HMGET", _state(code), "version", "queue", "commits")


def _stored(values: list[Any]) -> Stored | None:
    version, queue, commits = values
    if version is None or queue is None:
        return None
    # Releases up to 0.2.0 note no commits.
    noted = tuple(commits.decode().split()) if commits else ()
    return Stored(int(version), codec.decode_queue(queue), noted)


def _state(code: str) -> str:
    return f"queueup:{{{code}}}:state"


def _created(key: str) -> str:
    return f"queueup:created:{key}"


def _snapshot(code: str) -> str:
    return f"queueup:{{{code}}}:snapshot"


def events_key(code: str) -> str:
    """Return the key of a queue's stream of events."""
    return f"queueup:{{{code}}}:events"
