"""Copies of what is in the data folder, for a backup."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from queueup.config import Settings
from queueup.errors import OperatorError
from queueup.files import private

from . import aof_files, archive

SQL_WAIT_S = 30


def keys(data: Path) -> dict[str, Path]:
    """Return the files of the secrets, as far as they are in the data folder."""
    return {name: data / name for name in archive.KEYS if (data / name).exists()}


def history_file(settings: Settings) -> Path | None:
    """Return the history's file, if it is a file and exists."""
    if not settings.database_url.startswith("sqlite:"):
        return None
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    return path if path.exists() else None


def open_history(history: Path) -> sqlite3.Connection:
    """Connect to the history, for a copy of it."""
    place = f"file:{quote(str(history))}?mode=rw"
    return sqlite3.connect(place, SQL_WAIT_S, uri=True, isolation_level=None)


def copy_history(reader: sqlite3.Connection, to: Path) -> Path:
    """Copy the history as this connection reads it. Raises OperatorError."""
    with closing(sqlite3.connect(to)) as copy:
        try:
            reader.backup(copy)
        except sqlite3.Error as error:
            raise OperatorError(f"The history cannot be copied: {error}.") from error
    to.chmod(0o600)
    return to


def copy_aof(data: Path, to: Path) -> Path:
    """Copy what no server has open into a single file. Raises OperatorError, OSError."""
    with open(to, "xb", opener=private) as file:
        aof_files.join(aof_files.in_order(data), file)
    return to


def pack(settings: Settings, to: Path) -> dict[str, Any]:
    """Pack a data folder that no server has open, and return the manifest.

    Earlier releases can restore it, if they can read what is in the folder.
    Raises OperatorError, OSError.
    """
    with archive.draft_folder(to) as draft:
        files = keys(settings.data)
        files[archive.REDIS] = copy_aof(settings.data, draft / archive.REDIS)
        history = history_file(settings)
        if history is not None:
            with closing(open_history(history)) as reader:
                files[archive.HISTORY] = copy_history(reader, draft / archive.HISTORY)
        return archive.write(to, files, archive.OLD_FORMAT)
