"""The change feed: announces every commit of every process to the listeners of this one."""

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
# A network can drop a connection without telling either end.
SILENT_S = 5


class Listener(Protocol):
    """Something that reacts to commits."""

    def on_connect(self) -> None:
        """Take note that commits are received from now on; earlier ones may have been missed."""

    def on_disconnect(self) -> None:
        """Take note that commits are no longer received."""

    def on_commit(self, code: str, version: int, body: str) -> None:
        """Take note of one commit: the queue, its new version, and its snapshot as JSON."""


class ChangeFeed:
    """One Redis subscription for the whole process."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._listeners: list[Listener] = []
        self._stopped = threading.Event()

    def add(self, listener: Listener) -> None:
        """Add a listener; to be called before start."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Subscribe, in a daemon thread."""
        threading.Thread(target=self._run, name="change-feed", daemon=True).start()

    def stop(self) -> None:
        """Unsubscribe soon."""
        self._stopped.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._listen()
            except RedisError as error:
                log.warning("change feed disconnected: %s", error)
            except Exception:
                # One faulty listener must not cut off the others: all of them reconnect.
                log.exception("change feed disconnected: a listener failed")
            self._notify(lambda listener: listener.on_disconnect())
            time.sleep(PAUSE_S)

    def _listen(self) -> None:
        with self._redis.pubsub() as pubsub:
            pubsub.subscribe(CHANGES)
            received_at = time.monotonic()
            while not self._stopped.is_set():
                message = pubsub.get_message(timeout=1)
                if message is None:
                    if time.monotonic() - received_at > SILENT_S:
                        raise RedisError(f"no answer for {SILENT_S} s")
                    pubsub.ping()
                    continue
                received_at = time.monotonic()
                if message["type"] == "subscribe":
                    self._notify(lambda listener: listener.on_connect())
                elif message["type"] == "message":
                    code, version, body = message["data"].decode().split(" ", 2)
                    self._announce(code, int(version), body)

    def _announce(self, code: str, version: int, body: str) -> None:
        self._notify(lambda listener: listener.on_commit(code, version, body))

    def _notify(self, what: Callable[[Listener], None]) -> None:
        for listener in self._listeners:
            what(listener)
