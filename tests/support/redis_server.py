"""A Redis of one test alone, which the test may stop, start, and make fall silent."""

import signal
from pathlib import Path

from queueup.config import embedded_redis_url
from queueup.server import embedded_redis


class OwnRedis:
    """A real Redis in a folder that keeps its data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = embedded_redis_url(folder)
        self.start()

    def start(self) -> None:
        """Return when it answers."""
        with open(self.folder / "redis.log", "ab") as log:
            self._process = embedded_redis.start(self.folder, log)
        embedded_redis.wait_until_ready(self._process, self.url)

    def stop(self) -> None:
        """Return when it has gone."""
        self.speak()
        embedded_redis.stop(self._process)

    def fall_silent(self) -> None:
        """Answer nothing more and close no connection, as behind a network that has gone."""
        self._process.send_signal(signal.SIGSTOP)

    def speak(self) -> None:
        """Answer again."""
        self._process.send_signal(signal.SIGCONT)
