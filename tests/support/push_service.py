"""A push service on loopback that takes the protocol at its word, and can be told to misbehave.

It speaks RFC 8030 (delivery), RFC 8188 and 8291 (encryption) and RFC 8292 (who sends), with keys of
its own making for every device, and keeps what it took, decrypted.
"""

import base64
import json
import os
import queue
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

URGENCIES = ("very-low", "low", "normal", "high")
BODY_LIMIT = 4096
DAY_S = 24 * 3600
PATIENCE_S = 60


@dataclass(frozen=True)
class Answer:
    """What the service says to a message."""

    status: int = 201
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    delay_s: float = 0


@dataclass(frozen=True)
class Received:
    """A message that came in and could be read, whatever it was answered."""

    device: "Device"
    status: int
    headers: dict[str, str]
    payload: dict[str, Any]
    size: int
    at: float

    @property
    def ttl(self) -> int:
        """For how many seconds the service may keep it."""
        return int(self.headers["ttl"])


class Device:
    """A browser that has subscribed here."""

    def __init__(self, service: "PushService") -> None:
        self.id = os.urandom(9).hex()
        self.endpoint = f"{service.origin}/push/{self.id}"
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)
        self.answers: list[Answer] = []

    def subscription(self) -> dict[str, Any]:
        """Return what PushSubscription.toJSON() gives to a page."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": base64url(point), "auth": base64url(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def will_answer(self, *answers: Answer | int) -> None:
        """Answer the next messages so, in this order, and 201 after them."""
        self.answers += [one if isinstance(one, Answer) else Answer(one) for one in answers]


class PushService:
    """The service; `received` holds every message that came in."""

    def __init__(self) -> None:
        self.received: queue.Queue[Received] = queue.Queue()
        self.refused: list[str] = []
        self.requests = 0
        self.connections = 0
        self.open: set[socket.socket] = set()
        self.devices: dict[str, Device] = {}
        self.answer = Answer()
        self.stopping = threading.Event()
        service = self

        class Handler(_Handler):
            push_service = service

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def device(self) -> Device:
        """Subscribe a browser."""
        device = Device(self)
        self.devices[device.id] = device
        return device

    def next(self) -> Received:
        """Return the next message that was answered with 201; fail if none comes in a minute."""
        until = time.monotonic() + PATIENCE_S
        while True:
            message = self.received.get(timeout=max(0.01, until - time.monotonic()))
            if message.status == 201:
                return message

    def taken(self) -> list[Received]:
        """Return all messages of now, in the order in which they came in."""
        found = []
        while not self.received.empty():
            found.append(self.received.get())
        return found

    def start(self) -> None:
        """Listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening, and hang up on whoever is still connected."""
        self.stopping.set()
        self._server.shutdown()
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._server.server_close()


@contextmanager
def running() -> Iterator[PushService]:
    """Run a push service for as long as a test needs it."""
    service = PushService()
    service.start()
    try:
        yield service
    finally:
        service.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    push_service: PushService

    def setup(self) -> None:
        super().setup()
        self.push_service.connections += 1
        self.push_service.open.add(self.connection)
        self.connection.settimeout(60)

    def finish(self) -> None:
        self.push_service.open.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def log_message(self, *args: object) -> None:
        """Keep quiet."""

    def do_POST(self) -> None:
        at = time.monotonic()
        service = self.push_service
        service.requests += 1
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        device = service.devices.get(self.path.rpartition("/")[2])
        headers = {name.lower(): value for name, value in self.headers.items()}
        fault = _fault(service, device, headers, body)
        if device is None or fault is not None:
            status, sentence = fault or (404, "no such subscription")
            service.refused.append(sentence)
            self._say(Answer(status, body=sentence))
            return
        answer = device.answers.pop(0) if device.answers else service.answer
        payload = json.loads(_decrypted(device, body))
        service.received.put(Received(device, answer.status, headers, payload, len(body), at))
        service.stopping.wait(answer.delay_s)
        self._say(answer)

    def _say(self, answer: Answer) -> None:
        body = answer.body.encode()
        try:
            self.send_response(answer.status)
            if answer.status == 201:
                self.send_header("Location", f"{self.push_service.origin}/message/{time.time_ns()}")
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True


def _fault(
    service: PushService, device: Device | None, headers: dict[str, str], body: bytes
) -> tuple[int, str] | None:
    """Return what is wrong with a message, with the status that real services answer."""
    if device is None:
        return 404, "no such subscription"
    if not headers.get("ttl", "").isdecimal():
        return 400, "TTL is required (RFC 8030, section 5.2)"
    if headers.get("urgency", "normal") not in URGENCIES:
        return 400, "unknown urgency (RFC 8030, section 5.3)"
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", headers.get("topic", "topic")):
        return 400, "bad topic (RFC 8030, section 5.4)"
    if headers.get("content-encoding") != "aes128gcm":
        return 415, "not aes128gcm (RFC 8291, section 4)"
    if len(body) > BODY_LIMIT:
        return 413, "too large (RFC 8030, section 7.2)"
    return _sender_fault(service.origin, headers.get("authorization", ""))


def _sender_fault(origin: str, authorization: str) -> tuple[int, str] | None:
    match = re.fullmatch(r"vapid t=([\w.-]+), ?k=([\w-]+)", authorization)
    if match is None:
        return 401, "no VAPID token (RFC 8292, section 3)"
    signed, _, signature = match[1].rpartition(".")
    head, claims = (json.loads(unbase64url(part)) for part in signed.split("."))
    if not _is_signed(unbase64url(match[2]), signed.encode(), unbase64url(signature)):
        return 403, "bad signature (RFC 8292, section 2)"
    if head["alg"] != "ES256" or claims.get("aud") != origin:
        return 403, f"bad audience {claims.get('aud')} (RFC 8292, section 2)"
    if not time.time() < claims.get("exp", 0) <= time.time() + DAY_S:
        return 403, "bad expiry (RFC 8292, section 2)"
    if not str(claims.get("sub", "")).startswith(("mailto:", "https:")):
        return 403, "no contact (RFC 8292, section 2.1)"
    return None


def _is_signed(point: bytes, signed: bytes, signature: bytes) -> bool:
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    numbers = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    try:
        key.verify(encode_dss_signature(*numbers), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return len(signature) == 64


def _decrypted(device: Device, body: bytes) -> bytes:
    clear: bytes = http_ece.decrypt(
        body, private_key=device.key, auth_secret=device.auth, version="aes128gcm"
    )
    return clear


def base64url(raw: bytes) -> str:
    """Encode without padding, as browsers do."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unbase64url(text: str) -> bytes:
    """Decode what base64url made."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
