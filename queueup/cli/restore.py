"""Makes a data folder of a backup; whatever goes wrong, there is a whole one or none.

python -m queueup.restore FILE.tar.gz
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from . import archive
from .archive import CannotDo

USAGE = "Say which backup to restore: make restore FROM=queueup.tar.gz\n"


def main(arguments: list[str]) -> int:
    """Restore a backup; return the exit code."""
    if len(arguments) != 1 or not arguments[0]:
        sys.stderr.write(USAGE)
        return 2
    source = Path(arguments[0]).absolute()
    try:
        said = restore(source, os.environ)
    except CannotDo as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error.filename or source}: {error.strerror or error}.\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


def restore(source: Path, env: Mapping[str, str]) -> str:
    """Make the data folder, which must be empty or not there, and say what was restored.

    Raises CannotDo, OSError.
    """
    # Reading all settings would make new keys in the folder.
    data = Path(env.get("QUEUEUP_DATA") or "data").absolute()
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise CannotDo(
            f"QUEUEUP_DATA={data} is not empty: stop QueueUp and move that folder away first, "
            "or name another one."
        )
    if data.is_mount() or data.is_symlink():
        raise CannotDo(f"QUEUEUP_DATA={data} leads elsewhere: name a new folder in it.")
    data.parent.mkdir(parents=True, exist_ok=True)
    with archive.draft_folder(data) as draft:
        manifest = archive.unpack(source, draft)
        archive.sync_folder(draft)
        draft.replace(data)
    archive.sync_folder(data.parent)
    named = ", ".join(sorted(manifest["files"]))
    return (
        f"Restored {named} into {data}, as they were on {manifest['made_at']} "
        f"(QueueUp {manifest['version']})."
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
