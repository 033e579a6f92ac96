"""The WebSocket route of legacy clients: authorization, and the life of a connection."""

import threading
import time
from collections.abc import Callable
from http import HTTPStatus

from flask import Blueprint, Flask, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_sock import Sock
from simple_websocket import Server
from wsproto.utilities import RemoteProtocolError

from queueup.services import EXTENSION, Services, services, waitlist
from queueup.web.auth import hosts
from queueup.web.errors import text

from .relay import ConnectionRegistry
from .socket_writer import NonBlockingSocket

bp = Blueprint("sockets", __name__, url_prefix="/api/queue")
sock = Sock()

RELAY = "queueup.sockets"
MESSAGE_LIMIT = 4096
PONG_S = 25
WATCH_S = 0.1


def init_app(app: Flask) -> None:
    """Register the route, and subscribe to the change feed."""
    found: Services = app.extensions[EXTENSION]
    settings = found.settings
    limit, ping_s = settings.legacy_sockets_limit, settings.legacy_sockets_ping_s
    relay = ConnectionRegistry(found, limit, ping_s)
    found.change_feed.add(relay)
    app.extensions[RELAY] = relay
    app.config["SOCK_SERVER_OPTIONS"] = {
        "ping_interval": min(PONG_S, settings.legacy_sockets_ping_s),
        "max_message_size": MESSAGE_LIMIT,
    }
    app.register_blueprint(bp)


def close_at_stop(app: Flask, is_alive: Callable[[], bool]) -> None:
    """Close all sockets as soon as the web process is to stop; it would wait for them."""
    relay: ConnectionRegistry | None = app.extensions.get(RELAY)

    def watch(relay: ConnectionRegistry) -> None:
        while is_alive():
            time.sleep(WATCH_S)
        relay.stop()

    if relay is not None:
        threading.Thread(target=watch, args=(relay,), name="stop", daemon=True).start()


@bp.before_request
def authorize_socket() -> ResponseReturnValue | None:
    """Refuse unauthorized clients in plain HTTP, before the connection is upgraded."""
    if request.url_rule is None or not request.url_rule.websocket:
        return None
    code = (request.view_args or {})["code"]
    snapshot = waitlist().snapshot(code)
    # A guest's page on a host's device sends the host's cookie, too: it is still a guest's.
    party_id = request.args.get("partyId") or None
    if party_id is None:
        # Only a token counts, not a device's cookie: the device may be locked or removed later.
        if not hosts.has_queue_token(code, snapshot.views, also=request.args.get("hostToken")):
            return text("Unauthorized", HTTPStatus.UNAUTHORIZED)
    else:
        if party_id not in snapshot.views["guests"]:
            # The party may have joined a moment ago, by another process.
            snapshot = waitlist().fresh_snapshot(code)
        if party_id not in snapshot.views["guests"]:
            return text("Party not found", HTTPStatus.NOT_FOUND)
    relay: ConnectionRegistry = current_app.extensions[RELAY]
    address = request.remote_addr if services().settings.rate_limits else None
    g.legacy_client = relay.admit(code, party_id, snapshot.version, address)
    # Compression would take 100 kB per socket, and messages are small.
    request.environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)
    for server in ("gunicorn.socket", "werkzeug.socket"):
        if server in request.environ:
            request.environ[server] = NonBlockingSocket(request.environ[server])
    return None


@bp.teardown_request
def release_slot(error: BaseException | None) -> None:
    """Release the slot, whatever happened."""
    client = g.pop("legacy_client", None)
    if client is not None:
        relay: ConnectionRegistry = current_app.extensions[RELAY]
        relay.leave(client)


@sock.route("/<code:code>/connect", bp=bp)  # type: ignore[untyped-decorator]
def connect(ws: Server, code: str) -> None:
    """Serve the socket of one client."""
    relay: ConnectionRegistry = current_app.extensions[RELAY]
    try:
        relay.attend(g.legacy_client, ws)
    finally:
        ws.sock.hang_up(ws.thread)


@bp.get("/<code:code>/connect")
def explain(code: str) -> ResponseReturnValue:
    """Refuse a request without an upgrade (RFC 9110, section 15.5.22)."""
    response = text("Upgrade Required", HTTPStatus.UPGRADE_REQUIRED)
    response.headers["Upgrade"] = "websocket"
    response.headers["Connection"] = "Upgrade"
    return response


@bp.errorhandler(RemoteProtocolError)
def _bad_handshake(error: RemoteProtocolError) -> ResponseReturnValue:
    response = text("Bad WebSocket handshake", HTTPStatus.BAD_REQUEST)
    response.headers["Sec-WebSocket-Version"] = "13"
    return response
