"""An HTTP client that costs less than the server which it asks: one connection, kept, no frills."""

import asyncio
import json
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# What the pages wait for before they call a request failed.
PATIENCE_S = 10
HEAD_END = b"\r\n\r\n"


@dataclass(slots=True)
class Answer:
    """What came back, and how long it took from the first byte sent, a new connection included."""

    status: int
    headers: dict[str, str]
    content: bytes
    ms: float

    @property
    def text(self) -> str:
        """The content, unpacked."""
        if self.headers.get("content-encoding") == "gzip":
            return zlib.decompress(self.content, 31).decode()
        return self.content.decode()

    def json(self) -> Any:
        """The content, read as JSON."""
        return json.loads(self.text)


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self.is_open = False
        self.answer: asyncio.Future[tuple[int, dict[str, str], bytes]] | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.is_open = True

    def ask(self, request: bytes) -> asyncio.Future[tuple[int, dict[str, str], bytes]]:
        self.answer = asyncio.get_running_loop().create_future()
        self._received = b""
        self.transport.write(request)
        return self.answer

    def data_received(self, block: bytes) -> None:
        self._received += block
        end = self._received.find(HEAD_END)
        if end < 0 or self.answer is None or self.answer.done():
            return
        lines = self._received[:end].decode("latin-1").split("\r\n")
        status = int(lines[0][9:12])
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(": ")
            headers[name.lower()] = value
        length = 0 if status in (204, 304) else int(headers["content-length"])
        content = self._received[end + len(HEAD_END) :]
        if len(content) >= length:
            self.answer.set_result((status, headers, content[:length]))

    def connection_lost(self, error: Exception | None) -> None:
        self.is_open = False
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(error or ConnectionResetError("hung up"))


class Client:
    """One browser: it keeps its connection for as long as the server does, from one address."""

    def __init__(self, host: str, port: int, address: str | None = None) -> None:
        self._place = host, port
        self._from = (address, 0) if address else None
        self._origin = f"{host}:{port}"
        self._connection: _Connection | None = None

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Get a page or a poll. Raises OSError, TimeoutError."""
        return await self._ask("GET", path, headers or {}, b"")

    async def post(
        self, path: str, body: bytes | Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Post a form as it is, or JSON. Raises OSError, TimeoutError."""
        if isinstance(body, bytes):
            content, kind = body, "application/x-www-form-urlencoded"
        else:
            content, kind = json.dumps(body).encode(), "application/json"
        typed = {"Content-Type": kind, "Content-Length": str(len(content)), **(headers or {})}
        return await self._ask("POST", path, typed, content)

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None and self._connection.is_open:
            self._connection.transport.close()

    async def _ask(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes
    ) -> Answer:
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._origin}", "Accept-Encoding: gzip"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        request = "\r\n".join(lines).encode() + HEAD_END + content
        started = time.perf_counter()
        async with asyncio.timeout(PATIENCE_S):
            try:
                found = await self._once(request)
            except ConnectionError:
                # The server closed an idle connection while we wrote to it: browsers ask again.
                if self._connection is None:
                    raise
                self._connection = None
                found = await self._once(request)
        return Answer(*found, (time.perf_counter() - started) * 1000)

    async def _once(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        if self._connection is None or not self._connection.is_open:
            self._connection = None
            loop = asyncio.get_running_loop()
            _, fresh = await loop.create_connection(
                _Connection, *self._place, local_addr=self._from
            )
            answer = await fresh.ask(request)
            self._connection = fresh
            return answer
        return await self._connection.ask(request)
