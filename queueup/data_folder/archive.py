"""The format of a backup: a tar.gz of a manifest and the files that it lists."""

import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from queueup import __version__
from queueup.errors import OperatorError
from queueup.files import private, sync, sync_folder

from . import aof_files

# Releases before 0.3 read the old one only, and say so. It is for what their server has written.
FORMAT, OLD_FORMAT = 2, 1
MANIFEST = "manifest.json"
MANIFEST_LIMIT = 100_000
PIECE = 1 << 20
# Bytes of the manifest, and of the headers and the padding of all files.
OVERHEAD = MANIFEST_LIMIT + 100_000
# Letters of it that are printed.
NAME_SHOWN, TEXT_SHOWN = 40, 200

# What a data folder is restored from. All servers read a snapshot as the beginning of a single
# append-only file.
REDIS = aof_files.FILE
HISTORY = "history.db"
KEYS = ("host_auth.secret", "vapid_private.key")
NAMES = (REDIS, HISTORY, *KEYS)


def write(to: Path, files: Mapping[str, Path], written_as: int = FORMAT) -> dict[str, Any]:
    """Pack files under their names, readable by their owner only, and return the manifest.

    The archive replaces an older one, once it is complete and on disk.
    Raises OSError.
    """
    manifest = {
        "format": written_as,
        "version": __version__,
        "made_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "files": {
            name: {"bytes": path.stat().st_size, "sha256": _checksum(path)}
            for name, path in files.items()
        },
    }
    draft = to.with_name(f".{to.name}.{os.getpid()}.part")
    try:
        with open(draft, "xb", opener=private) as file:
            with tarfile.open(fileobj=file, mode="w:gz") as archive:
                text = json.dumps(manifest, indent=1).encode()
                archive.addfile(_entry(MANIFEST, len(text)), io.BytesIO(text))
                for name, path in files.items():
                    with open(path, "rb") as content:
                        archive.addfile(_entry(name, path.stat().st_size), content)
            sync(file)
        draft.replace(to)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(to.parent)
    return manifest


def unpack(source: Path, folder: Path) -> dict[str, Any]:
    """Unpack into a folder, verifying every file, and return the manifest.

    No more is read than the manifest announces, and that must fit on the disk.
    Raises OperatorError, OSError.
    """
    damaged = f"{source} is no whole backup of QueueUp"
    try:
        with (
            gzip.open(source, "rb") as packed,
            closing(_Bounded(packed, OVERHEAD)) as bounded,
            tarfile.open(fileobj=bounded, mode="r|") as archive,
        ):
            manifest = _read_manifest(archive, source)
            wanted: dict[str, Any] = dict(manifest["files"])
            total = sum(int(expected["bytes"]) for expected in wanted.values())
            if total > shutil.disk_usage(folder).free:
                raise OperatorError(f"{folder.parent} has no space for the {total:,} bytes of it.")
            bounded.allow(total)
            while entry := archive.next():
                if entry.name not in wanted or not entry.isreg():
                    raise OperatorError(
                        f"{damaged}: it holds {entry.name[:NAME_SHOWN]!r}, which it does not name."
                    )
                expected = wanted.pop(entry.name)
                content = archive.extractfile(entry)
                if (
                    content is None
                    or entry.size != expected["bytes"]
                    or _unpack(content, folder / entry.name) != expected["sha256"]
                ):
                    raise OperatorError(f"{damaged}: {entry.name} is not as it was packed.")
    except (
        tarfile.TarError,
        zlib.error,
        EOFError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise OperatorError(f"{damaged}: {printable(error)}.") from error
    except OSError as error:
        # gzip raises this for other files, and for a wrong checksum.
        if error.errno is None:
            raise OperatorError(f"{damaged}: {printable(error)}.") from error
        raise
    if wanted:
        raise OperatorError(f"{damaged}: {', '.join(sorted(wanted))} is missing.")
    return manifest


def printable(said: object) -> str:
    """Return what a backup says as it can be printed: a terminal obeys control characters."""
    text = str(said)[:TEXT_SHOWN]
    return "".join(letter if letter.isprintable() else "?" for letter in text)


class _Bounded(io.RawIOBase):
    """A stream of which only so many bytes are read."""

    def __init__(self, stream: gzip.GzipFile, most: int) -> None:
        self._stream = stream
        self._left = most

    def allow(self, more: int) -> None:
        """Let more bytes be read."""
        self._left += more

    def read(self, size: int = -1) -> bytes:
        """Read bytes. Raises ValueError for too many."""
        found = self._stream.read(min(PIECE, size) if size >= 0 else PIECE)
        self._left -= len(found)
        if self._left < 0:
            raise ValueError("it holds more than it names")
        return found


@contextmanager
def draft_folder(beside: Path) -> Iterator[Path]:
    """Make a private folder beside a path, and remove what is left of it at the end."""
    draft = beside.with_name(f".{beside.name}.{os.getpid()}")
    try:
        # Within the block: a signal may end the command as soon as the folder is there.
        draft.mkdir(mode=0o700)
        yield draft
    finally:
        with suppress(FileNotFoundError):
            for path in draft.iterdir():
                path.unlink()
            draft.rmdir()


def _read_manifest(archive: tarfile.TarFile, source: Path) -> dict[str, Any]:
    first = archive.next()
    content = archive.extractfile(first) if first and first.name == MANIFEST else None
    if content is None:
        raise ValueError("it does not begin with a manifest")
    manifest: dict[str, Any] = json.loads(content.read(MANIFEST_LIMIT))
    if manifest["format"] not in (FORMAT, OLD_FORMAT):
        raise OperatorError(
            f"{source} was made by QueueUp {printable(manifest['version'])}, "
            f"which is newer than this one ({__version__}): restore it with that version."
        )
    if not set(manifest["files"]) <= set(NAMES):
        raise ValueError("its manifest names files that no backup has")
    return manifest


def _unpack(content: IO[bytes], to: Path) -> str:
    digest = hashlib.sha256()
    with open(to, "xb", opener=private) as file:
        while piece := content.read(PIECE):
            digest.update(piece)
            file.write(piece)
        sync(file)
    return digest.hexdigest()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, 0o600, int(time.time())
    return entry


def _checksum(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
