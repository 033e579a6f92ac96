"""Sends every commit to the legacy clients that hold a socket in this process."""

import json
import threading
import time
from contextlib import suppress

from simple_websocket import ConnectionClosed, Server
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests
from wsproto.utilities import LocalProtocolError

from queueup import metrics
from queueup.clock import now_ms
from queueup.domain.errors import UnknownQueue
from queueup.domain.model import SECOND
from queueup.domain.view_types import View, Views
from queueup.notifications.reachability import Reachability, with_reachability
from queueup.services import Services
from queueup.storage import codec
from queueup.storage.redis_client import Unavailable
from queueup.storage.slots import Slot, Slots
from queueup.web import client_address

from . import last_seen

HOST_SOCKETS = 30
PARTY_SOCKETS = 10
# All screens of a restaurant's wifi, or of a mall's.
ADDRESS_SOCKETS = 500
# A home or a restaurant is given an IPv6 network of this size (RFC 6177).
ADDRESS_BITS = 56
# Pings that a socket may miss before its place is free, as after its process was killed.
PINGS_KEPT = 3
NOTE_S = 60
RETRY_S = 0.25
# Clients to send to before yielding to the other connections of this process.
YIELD_EVERY = 64

NORMAL, GOING_AWAY = 1000, 1001
PING, PONG, CLOSED = '{"type":"ping"}', '{"type":"pong"}', '{"type":"closed"}'
# The order in which clients are notified of a commit, by the message that they get.
ORDER = {"served": 0, "no_show": 0, "called": 1, "queue_update": 2, "position": 3}
ORDER |= {"left": 4, "kicked": 4, "closed": 5}
# Legacy clients clear a call by a position, and otherwise show it even after they are removed.
CLEARED_FIRST = ("left", "kicked")


class Broadcast:
    """The messages of one version of a queue, serialized once for each reader."""

    def __init__(self, version: int, views: Views, reachability: Reachability) -> None:
        self.version = version
        self._views = views
        self._reachability = reachability
        self._host: View | None = None
        self._texts: dict[str | None, str] = {}

    def view(self, party_id: str | None) -> View | None:
        """Return the view of this party's guest, or the host's; None for an unknown party."""
        if party_id is None:
            if self._host is None and not self._views.get("tokensRevoked"):
                self._host = self._for_host()
            return self._host  # None too when the token that opened a host's socket is revoked
        guest = self._views["guests"].get(party_id)
        return guest["view"] if guest else None

    def text(self, party_id: str | None) -> str:
        """Return the message for this reader: the snapshot, without the host's `closed`."""
        if party_id not in self._texts:
            view = (self.view(party_id) or {}).items()
            said = {name: value for name, value in view if name != "closed"}
            self._texts[party_id] = codec.dumps(said)
        return self._texts[party_id]

    def cleared_call(self) -> str:
        """Return the position that tells a guest that the call is over."""
        public = self._views["public"]
        return codec.dumps(
            {
                "type": "position",
                "position": 1,
                "aheadCount": 0,
                "queueLength": len(public["queue"]) + len(public["called"]),
                "estimatedWaitMs": 0,
                "eventName": public["eventName"],
            }
        )

    def _for_host(self) -> View:
        try:
            channels = self._reachability.channels(self._views["code"])
        except Unavailable:
            channels = {}
        return dict(with_reachability(self._views["host"], channels))

    def order(self, party_id: str | None) -> int:
        """Return when this reader is notified, relative to others."""
        view = self.view(party_id) or {"type": "closed"}
        return ORDER[view.get("reason") or view["type"]]


class LegacyClient:
    """One socket of a host or of a party's guest, and the last message sent to it."""

    __slots__ = ("code", "is_over", "last_sent", "last_type", "party_id", "slot", "version", "ws")

    def __init__(self, code: str, party_id: str | None, slot: Slot) -> None:
        self.code = code
        self.party_id = party_id
        self.slot = slot
        self.ws: Server | None = None
        self.version = 0
        self.last_sent: str | None = None
        # The type of the view that was sent last; a host's is "closed" when its queue was.
        self.last_type: str | None = None
        self.is_over = False

    def send_changes(self, broadcast: Broadcast) -> None:
        """Send what has changed since the last message."""
        if self.ws is None or self.is_over or broadcast.version <= self.version:
            return
        self.version = broadcast.version
        view = broadcast.view(self.party_id)
        if view is None:
            self.close(GOING_AWAY, "gone")
            return
        text = broadcast.text(self.party_id)
        before, self.last_type = self.last_type, "closed" if view.get("closed") else view["type"]
        if before == "called" and view.get("reason") in CLEARED_FIRST:
            self.send(broadcast.cleared_call())
        # Hosts are sent every change, guests only those that they can see.
        if self.party_id is None or text != self.last_sent:
            self.last_sent = text
            self.send(text)
        if view["type"] == "removed":
            self.close(NORMAL, view["reason"])
        elif self.party_id is not None and self.last_type == "closed":
            self.close(NORMAL, "closed")
        elif self.last_type == "closed" and before != "closed":
            self.send(CLOSED)
            # A host that comes to a closed queue stays: it would connect again after every close.
            if before is not None:
                self.close(NORMAL, "closed")

    def send(self, text: str) -> None:
        """Send a message, unless the socket is closed."""
        if self.ws is not None and not self.is_over:
            with suppress(ConnectionClosed, LocalProtocolError):
                self.ws.send(text)
                metrics.SOCKET_MESSAGES.inc()

    def close(self, status: int, reason: str) -> None:
        """Close the socket (RFC 6455, section 7.4) and let its request end."""
        if self.ws is not None and not self.is_over:
            self.is_over = True
            with suppress(ConnectionClosed, LocalProtocolError):
                self.ws.close(status, reason)
            self.ws.event.set()


class ConnectionRegistry:
    """All legacy clients of this process; a listener of the change feed."""

    def __init__(self, services: Services, limit: int, ping_s: int) -> None:
        self._services = services
        self._waitlist = services.waitlist
        self._reachability = services.reachability
        self._limit = limit
        self._ping_s = ping_s
        self._slots = Slots(services.redis, now_ms, PINGS_KEPT * ping_s * SECOND)
        self._clients: dict[str, list[LegacyClient]] = {}
        self._is_stopped = False
        self._noted_at = -float(NOTE_S)
        self.open = 0

    def admit(
        self, code: str, party_id: str | None, since: int = 1, address: str | None = None
    ) -> LegacyClient:
        """Reserve a slot for a client, which is sent nothing older than this version.

        Clients are counted by address only if one is given. Raises ServiceUnavailable,
        TooManyRequests, Unavailable.
        """
        if self._is_stopped or self.open >= self._limit:
            raise ServiceUnavailable("Too many screens are connected. Please try again.")
        cap = HOST_SOCKETS if party_id is None else PARTY_SOCKETS
        caps = {f"place {code} {party_id or ''}": cap}
        if address is not None:
            caps[f"address {client_address.client(address, ADDRESS_BITS)}"] = ADDRESS_SOCKETS
        # Counted before Redis is asked, as others are admitted meanwhile.
        self.open += 1
        slot = None
        try:
            slot = self._slots.take(caps)
        finally:
            if slot is None:
                self.open -= 1
        if slot is None:
            raise TooManyRequests("Too many screens are connected to this place.")
        client = LegacyClient(code, party_id, slot)
        # An older commit that arrives late does not include a party that has just joined.
        client.version = since - 1
        self._clients.setdefault(code, []).append(client)
        metrics.SOCKETS_OPEN.inc()
        return client

    def leave(self, client: LegacyClient) -> None:
        """Release a slot."""
        clients = self._clients[client.code]
        clients.remove(client)
        if not clients:
            del self._clients[client.code]
        self.open -= 1
        metrics.SOCKETS_OPEN.dec()
        self._slots.release(client.slot)

    def attend(self, client: LegacyClient, ws: Server) -> None:
        """Send the present state, then answer and send pings until the socket is closed."""
        client.ws = ws
        if self._is_stopped:
            client.close(GOING_AWAY, "restart")
        self._send_state([client])
        self._note_presence(client)
        ping_at = time.monotonic() + self._ping_s
        while not client.is_over:
            message = ws.receive(max(0, ping_at - time.monotonic()))
            if message is None:
                client.send(PING)
                ping_at += self._ping_s
                # Reading applies what is due, in case nobody else does.
                self._send_state([client])
                self._note_presence(client)
                self._slots.renew(client.slot)
            elif _is_ping(message):
                client.send(PONG)

    def _note_presence(self, client: LegacyClient) -> None:
        reader = "guest" if client.party_id else "host"
        self._reachability.note(client.code, reader, client.party_id)

    def stop(self) -> None:
        """Accept no more clients, and close all sockets as going away (RFC 6455, section 7.4.1)."""
        self._is_stopped = True
        for client in self._all():
            client.close(GOING_AWAY, "restart")

    def on_connect(self) -> None:
        """Send every client the present state: commits may have been missed."""
        if self._clients:
            threading.Thread(target=self._send_all_again, name="sockets", daemon=True).start()

    def on_disconnect(self) -> None:
        """Do nothing: clients wait as they would for the next change."""

    def on_commit(self, code: str, version: int, body: str) -> None:
        """Send the clients of a queue what a commit changed for them."""
        if code in self._clients:
            broadcast = Broadcast(version, codec.loads(body), self._reachability)
            self._send_to(self._clients[code], broadcast)

    def _send_all_again(self) -> None:
        for client in self._all():
            client.version, client.last_sent = 0, None
        for code in list(self._clients):
            while not self._send_state(self._clients.get(code, [])):
                time.sleep(RETRY_S)

    def _send_state(self, clients: list[LegacyClient]) -> bool:
        """Send clients of one queue its present state; return whether it could be read."""
        try:
            for client in clients[:1]:
                snapshot = self._waitlist.snapshot(client.code)
                self._send_to(
                    clients, Broadcast(snapshot.version, snapshot.views, self._reachability)
                )
                self._note_last_seen()
        except UnknownQueue:
            for client in list(clients):
                client.close(GOING_AWAY, "gone")
        except Unavailable:
            return False
        return True

    def _note_last_seen(self) -> None:
        if time.monotonic() - self._noted_at >= NOTE_S:
            self._noted_at = time.monotonic()
            last_seen.note(self._services)

    def _send_to(self, clients: list[LegacyClient], broadcast: Broadcast) -> None:
        ordered = sorted(clients, key=lambda client: broadcast.order(client.party_id))
        for number, client in enumerate(ordered, 1):
            client.send_changes(broadcast)
            if number % YIELD_EVERY == 0 or number == len(ordered):
                time.sleep(0)

    def _all(self) -> list[LegacyClient]:
        return [client for clients in self._clients.values() for client in clients]


def _is_ping(message: str | bytes) -> bool:
    try:
        found = json.loads(message) if isinstance(message, str) else None
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("type") == "ping"
