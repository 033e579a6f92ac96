"""The disk space monitor of the data folder."""

import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger(__name__)

FULL_BYTES = 256 * 1024
CHECK_EVERY_S = 1.0


class DiskSpaceMonitor:
    """Logs once when the disk of a folder is full, and once when it no longer is."""

    def __init__(
        self,
        folder: Path,
        free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._free_bytes = free_bytes
        self._stopwatch = stopwatch
        self._check_at = float("-inf")
        self._is_full = False

    def check(self) -> None:
        """Check at most once a second, however often this is called."""
        if self._stopwatch() < self._check_at:
            return
        self._check_at = self._stopwatch() + CHECK_EVERY_S
        is_full = self._free_bytes(self._folder) < FULL_BYTES
        if is_full and not self._is_full:
            log.error("The disk of the data folder is full: no changes can be saved.")
        elif self._is_full and not is_full:
            log.warning("The disk of the data folder has free space again.")
        self._is_full = is_full
