"""Compressed copies of our static files, made in advance and served by WhiteNoise."""

import logging
from pathlib import Path

from whitenoise.compress import Compressor

log = logging.getLogger(__name__)

COPIES = (".gz", ".br")


def compress(folder: Path) -> None:
    """Update the compressed copies, if this folder is writable."""
    try:
        _compress(folder, Compressor(use_brotli=False, quiet=True))
    except OSError as error:
        log.warning("static files are served uncompressed: %s", error)


def originals(folder: Path) -> list[Path]:
    """Return the files of a folder, in order, without compressed copies.

    One machine may have made those and another may not, and both have the same release.
    """
    files = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in files if path.suffix not in COPIES)


def _compress(folder: Path, compressor: Compressor) -> None:
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        if path.suffix in COPIES:
            if not path.with_suffix("").exists():
                path.unlink(missing_ok=True)
        elif compressor.should_compress(path.name) and _is_stale(path):
            compressor.compress(str(path))


def _is_stale(path: Path) -> bool:
    copy = path.with_name(path.name + ".gz")
    return not copy.exists() or copy.stat().st_mtime != path.stat().st_mtime
