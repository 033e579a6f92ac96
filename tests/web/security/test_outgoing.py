"""Outgoing requests: only push services of browsers and the bot check, never internal hosts.

That it follows no redirect and waits for nobody for long is tested in
notifications/test_web_push.py and in api/test_bot_check.py.
"""

import ast
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from queueup.notifications.subscriptions import read_subscription
from queueup.notifications.web_push import Message, Outcome, PushSender
from queueup.signing_keys import base64url
from tests.support.push_service import Device
from tests.support.push_service import running as running_push_service
from tests.web.security.conftest import Line

ROOT = Path(__file__).parents[3]
SERVICE = "https://updates.push.services.mozilla.com/wpush/v2/abc"
INSIDE = [
    "https://127.0.0.1/push",
    "https://localhost/push",
    "https://10.0.0.1/push",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/push",
    "https://[::ffff:127.0.0.1]/push",
    "https://2130706433/push",
    "https://0x7f.1/push",
    "http://fcm.googleapis.com/push",
    "https://fcm.googleapis.com:8443/push",
    "https://fcm.googleapis.com@10.0.0.1/push",
    "https://fcm.googleapis.com.evil.example/push",
    "https://evil.example/https://fcm.googleapis.com/",
    "https://evil.example#.push.apple.com/",
    "https://evil.example?.push.apple.com/",
    "https://evil.example\\.push.apple.com/",
    "https://push.apple.com.evil.example/",
    "https://xpush.apple.com/",
    "file:///etc/passwd",
    "gopher://fcm.googleapis.com/",
    "unix:///redis.sock",
]


@pytest.fixture
def device() -> Any:
    """A phone's subscription, with keys that are good."""
    with running_push_service() as service:
        yield Device(service)


def subscription(device: Device, endpoint: str) -> dict[str, Any]:
    """Return the subscription, at another address."""
    return device.subscription() | {"endpoint": endpoint}


@pytest.mark.parametrize("endpoint", INSIDE)
def test_a_subscription_at_any_other_address_is_refused(
    line: Line, device: Device, endpoint: str
) -> None:
    wish = {
        "sessionId": _session(line),
        "partyId": line.party_id,
        "subscription": subscription(device, endpoint),
    }
    assert line.phone.post("/api/push/subscribe", json=wish).status_code == 400


def test_a_subscription_at_a_browsers_push_service_is_taken(line: Line, device: Device) -> None:
    wish = {
        "sessionId": _session(line),
        "partyId": line.party_id,
        "subscription": subscription(device, SERVICE),
    }
    assert line.phone.post("/api/push/subscribe", json=wish).status_code == 200


def _session(line: Line) -> str:
    joined = line.phone.post(f"/api/queue/{line.code}/join", json={"name": "Third", "size": 1})
    session_id: str = joined.json["sessionId"]
    return session_id


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_name_that_leads_inside_is_told_nothing(
    device: Device, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, address: str
) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as inside:
        heard: list[bytes] = []

        def listen() -> None:
            connection, _ = inside.accept()
            with connection:
                heard.append(connection.recv(1_000))

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        there = inside.getsockname()
        found = [(family, socket.SOCK_STREAM, 6, "", there)]
        # A name server that belongs to somebody else.
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        sender = PushSender(_key(), "mailto:operator@queueup.example")
        sent = sender.send(
            read_subscription(subscription(device, SERVICE), "https://queue.example.org"),
            Message(b"{}", 60, "high", "topic"),
        )
        thread.join(60)
    assert heard == [b""]
    assert sent.outcome is Outcome.UNREACHED


def test_what_the_operator_has_named_may_lie_inside() -> None:
    with running_push_service() as service:
        device = Device(service)
        sender = PushSender(_key(), "mailto:operator@queueup.example", [service.origin])
        made = read_subscription(device.subscription(), "https://queue.example.org")
        sender.send(made, Message(b"{}", 60, "high", "topic"))
        assert service.requests == 1


def _key() -> str:
    private = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return base64url(private.to_bytes(32, "big"))


def test_nothing_else_in_the_program_sends_requests() -> None:
    senders = {"requests", "urllib3", "aiohttp", "httpx", "http.client", "urllib.request"}
    modules = {
        path.name
        for path in (ROOT / "queueup").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        for name in _imported(node)
        if any(name == sender or name.startswith(f"{sender}.") for sender in senders)
    }
    # listener.py asks the program's own web server whether it is ready.
    assert modules == {"web_push.py", "bot_check.py", "listener.py"}


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module]
    return []
