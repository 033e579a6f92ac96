"""The files of the embedded server's append-only file (AOF), in the order in which it is read."""

import re
import shutil
from pathlib import Path
from typing import IO

from queueup.errors import OperatorError

# Until Redis 6, one file in the data folder. From Redis 7 on, several in a folder of their own:
# a base, what was written since, and a manifest that names them.
FILE = "appendonly.aof"
FOLDER = "appendonlydir"
MANIFEST = f"{FILE}.manifest"
BASE, INCREMENT = b"b", b"i"
_ENTRY = re.compile(rb"^file ([\w.-]+) seq (\d+) type ([bhi])", re.MULTILINE)


def in_order(data: Path) -> list[Path]:
    """Return the files, none if the folder is new.

    Raises OperatorError if a server would leave out some of what was written, OSError.
    """
    single, folder = data / FILE, data / FOLDER
    try:
        entries = _ENTRY.findall((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        if single.exists():
            return [single]
        if any(file.stat().st_size for file in folder.glob(f"{FILE}.*.incr.aof")):
            # Servers start empty then, without a word.
            raise OperatorError(
                f"QUEUEUP_DATA={data}: {FOLDER} lacks its manifest: restore a backup."
            ) from None
        return []
    if not entries:
        raise OperatorError(f"QUEUEUP_DATA={data}: the manifest in {FOLDER} is damaged.")
    bases = [folder / name.decode() for name, _, kind in entries if kind == BASE]
    increments = [
        (int(number), folder / name.decode()) for name, number, kind in entries if kind == INCREMENT
    ]
    if not single.exists():
        return [*bases, *(file for _, file in sorted(increments))]
    # A newer server moves the file of an older one into its folder, once the manifest is there.
    if bases == [folder / FILE] and not bases[0].exists() and not increments:
        return [single]
    raise OperatorError(
        f"QUEUEUP_DATA={data} holds two different states: {FILE}, written by Redis 6, and {FOLDER},"
        " written by a newer server. Move the one that you don't need out of the folder."
    )


def is_divided(data: Path) -> bool:
    """Tell whether a server has begun to write several files, which no Redis 6 finds."""
    return (data / FOLDER / MANIFEST).exists()


def join(files: list[Path], to: IO[bytes]) -> None:
    """Write the files as a single one, which every server reads that reads its content."""
    for file in files:
        with open(file, "rb") as content:
            shutil.copyfileobj(content, to)
