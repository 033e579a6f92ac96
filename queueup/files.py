"""Files that only one process may hold, that only their owner may read, or that are on disk."""

import fcntl
import os
from pathlib import Path
from typing import IO


def lock(file: IO[str]) -> None:
    """Lock an open file, waiting until no other process has it locked; closing it unlocks it."""
    fcntl.flock(file, fcntl.LOCK_EX)


def try_lock(file: IO[str]) -> bool:
    """Lock an open file unless another process has it locked, and tell whether it is locked."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def private(path: str, flags: int) -> int:
    """Open a file as its owner's alone: an opener for open()."""
    return os.open(path, flags, 0o600)


def sync(file: IO[bytes]) -> None:
    """Return when a file is on disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Return when the names in a folder are on disk."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
