"""Hears of every commit as it happens, whichever process made it."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from redis import Redis
from redis.exceptions import RedisError

from .store import CHANGES

log = logging.getLogger(__name__)

PAUSE_S = 0.5
# A network can drop a connection without a word to either end.
SILENT_S = 5


class Listener(Protocol):
    """Something that must know when a queue has changed."""

    def on_connect(self) -> None:
        """Take note that commits are heard from now on; any before may have been missed."""

    def on_disconnect(self) -> None:
        """Take note that commits are no longer heard."""

    def on_commit(self, code: str, version: int, body: str) -> None:
        """Take note of one commit: the queue, its new version, and its snapshot as JSON."""


class ChangeFeed:
    """One subscription for a whole process, handed on to its listeners."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._listeners: list[Listener] = []
        self._stopped = threading.Event()

    def add(self, listener: Listener) -> None:
        """Tell this listener too; to be called before the start."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Listen in a daemon thread until the process ends."""
        threading.Thread(target=self._run, name="changes", daemon=True).start()

    def stop(self) -> None:
        """Stop listening soon."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._listen()
            except RedisError as error:
                log.warning("commits are not heard: %s", error)
            except Exception:
                # A listener's fault must not leave the others deaf: they start afresh.
                log.exception("a listener failed on a commit")
            self._tell(lambda listener: listener.on_disconnect())
            time.sleep(PAUSE_S)

    def _listen(self) -> None:
        with self._redis.pubsub() as pubsub:
            pubsub.subscribe(CHANGES)
            heard_at = time.monotonic()
            while not self._stopped.is_set():
                message = pubsub.get_message(timeout=1)
                if message is None:
                    if time.monotonic() - heard_at > SILENT_S:
                        raise RedisError(f"no answer for {SILENT_S} s")
                    pubsub.ping()
                    continue
                heard_at = time.monotonic()
                if message["type"] == "subscribe":
                    self._tell(lambda listener: listener.on_connect())
                elif message["type"] == "message":
                    code, version, body = message["data"].decode().split(" ", 2)
                    self._announce(code, int(version), body)

    def _announce(self, code: str, version: int, body: str) -> None:
        self._tell(lambda listener: listener.on_commit(code, version, body))

    def _tell(self, what: Callable[[Listener], None]) -> None:
        for listener in self._listeners:
            what(listener)
