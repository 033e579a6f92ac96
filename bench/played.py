"""The web app as an evening played fast sees it, and as the architecture before it would be.

`web()` is the product with its clocks turned as fast as the evening (PLAY_SPEED). `before()`
does what the service before it did: each message to each client, its pings included, reads the one
live object, and pushes are sent within the request.
"""

import os
from collections.abc import Callable

from flask import Flask

from app import web as product
from queueup.domain.change import Change
from queueup.domain.errors import UnknownQueue
from queueup.domain.model import Queue
from queueup.domain.views import snapshot
from queueup.jobs import tasks
from queueup.notifications import notification
from queueup.services import EXTENSION, Services
from queueup.storage import snapshot_cache, store
from queueup.storage.snapshot_cache import CachedSnapshot
from queueup.storage.store import Snapshot
from queueup.web.legacy_sockets.relay import Broadcast, ConnectionRegistry
from queueup.web.legacy_sockets.routes import RELAY


def web() -> Flask:
    """Make the app of one web process, with its clocks turned faster."""
    speed = int(os.environ["PLAY_SPEED"])
    store.SNAPSHOT_S = max(1, store.SNAPSHOT_S // speed)
    snapshot_cache.TRUST_S /= speed
    app = product()
    relay: ConnectionRegistry = app.extensions[RELAY]
    relay._ping_s /= speed  # type: ignore[assignment]
    return app


def before() -> Flask:
    """Make the app as it was before: nothing but the live object, and pushes in the request."""
    app = web()
    found: Services = app.extensions[EXTENSION]
    _send_in_the_request(app, found)
    relay: ConnectionRegistry = app.extensions[RELAY]
    relay.on_commit = _read_for_each(relay, found)  # type: ignore[method-assign]
    found.waitlist.snapshot = _read_to_look(found)  # type: ignore[method-assign]
    return app


def _send_in_the_request(app: Flask, found: Services) -> None:
    kept = found.waitlist._store
    commit = kept.change

    def change(code: str, decide: Callable[[Queue], Change]) -> Change:
        done = commit(code, decide)
        _tell(app, done)
        return done

    kept.change = change  # type: ignore[method-assign]
    kept._outbox = lambda pipe, queue, events: None


def _tell(app: Flask, done: Change) -> None:
    told = notification.of_events(done.events, done.queue)
    with app.app_context():
        if told:
            tasks.tell(done.queue.code, [[one.party_id, one.kind, one.number] for one in told])


def _read_for_each(relay: ConnectionRegistry, found: Services) -> Callable[[str, int, str], None]:
    def changed(code: str, version: int, body: str) -> None:
        for screen in list(relay._clients.get(code, [])):
            try:
                queue = found.waitlist.queue(code)
            except UnknownQueue:
                return
            screen.send_changes(Broadcast(version, snapshot(queue), found.reachability))

    return changed


def _read_to_look(found: Services) -> Callable[[str], CachedSnapshot]:
    def look(code: str) -> CachedSnapshot:
        stored = found.waitlist._store.load(code.upper())
        return CachedSnapshot(Snapshot(stored.version, snapshot(stored.queue)), 0)

    return look
