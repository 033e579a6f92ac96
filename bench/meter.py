"""Counts the bytes that a browser receives, including those of its service worker."""

import asyncio
import contextlib
import threading
from asyncio import StreamReader, StreamWriter


class Meter:
    """A relay on loopback in front of a service."""

    def __init__(self, port: int, service_port: int) -> None:
        self.received_bytes = 0
        self._port = port
        self._service_port = service_port

    def start(self) -> None:
        """Relay in a daemon thread."""
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._relay, "127.0.0.1", self._port)
        await server.serve_forever()

    async def _relay(self, reader: StreamReader, writer: StreamWriter) -> None:
        answers, requests = await asyncio.open_connection("127.0.0.1", self._service_port)
        await asyncio.gather(
            self._pass(reader, requests), self._pass(answers, writer, counted=True)
        )

    async def _pass(
        self, reader: StreamReader, writer: StreamWriter, counted: bool = False
    ) -> None:
        with contextlib.suppress(ConnectionError):
            while block := await reader.read(65_536):
                self.received_bytes += len(block) if counted else 0
                writer.write(block)
                await writer.drain()
        writer.close()
