"""The disk of the data folder: what need not be on it, and a word when it is full."""

import hashlib
import logging
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

IN_MEMORY = Path("/dev/shm")
FULL_BYTES = 256 * 1024
LOOK_S = 1.0


def figures_folder(data: Path) -> Path:
    """Make and return an empty folder for the figures of the running processes.

    It is in memory where the system has that: the files are mapped, and a process that writes to a
    mapped file on a full disk dies at once (SIGBUS).
    """
    name = f"queueup-{hashlib.blake2b(str(data).encode(), digest_size=8).hexdigest()}"
    for folder in (IN_MEMORY / name, data / "metrics"):
        shutil.rmtree(folder, ignore_errors=True)
        try:
            # What is still there belongs to somebody else.
            folder.mkdir(mode=0o700)
        except OSError:
            continue
        return folder
    return Path(tempfile.mkdtemp())


class Disk:
    """Says once when the disk of a folder is full, and once when it is not any more."""

    def __init__(
        self,
        folder: Path,
        free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._free_bytes = free_bytes
        self._stopwatch = stopwatch
        self._look_at = float("-inf")
        self._is_full = False

    def look(self) -> None:
        """Look at most once a second, however often this is asked for."""
        if self._stopwatch() < self._look_at:
            return
        self._look_at = self._stopwatch() + LOOK_S
        is_full = self._free_bytes(self._folder) < FULL_BYTES
        if is_full and not self._is_full:
            log.error(
                "The disk of the data folder is full: nothing can be changed until there is space."
            )
        elif self._is_full and not is_full:
            log.warning("The disk of the data folder has space again.")
        self._is_full = is_full
