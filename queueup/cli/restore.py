"""Makes a data folder from a backup: either a complete one or none at all.

python -m queueup restore FILE.tar.gz
"""

from collections.abc import Mapping
from pathlib import Path

from queueup.data_folder import archive
from queueup.errors import OperatorError
from queueup.files import sync_folder


def run(file: str, env: Mapping[str, str]) -> str:
    """Make the data folder, which must be empty or missing, and return what was restored.

    Raises OperatorError, OSError.
    """
    source = Path(file).absolute()
    # Reading all settings would generate new keys in the folder.
    data = Path(env.get("QUEUEUP_DATA") or "data").absolute()
    if data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise OperatorError(
            f"QUEUEUP_DATA={data} is not empty: stop QueueUp and move that folder away first, "
            "or name another one."
        )
    if data.is_mount() or data.is_symlink():
        raise OperatorError(f"QUEUEUP_DATA={data} leads elsewhere: name a new folder in it.")
    data.parent.mkdir(parents=True, exist_ok=True)
    with archive.draft_folder(data) as draft:
        manifest = archive.unpack(source, draft)
        sync_folder(draft)
        draft.replace(data)
    sync_folder(data.parent)
    made_at, version = (archive.printable(manifest[name]) for name in ("made_at", "version"))
    named = ", ".join(sorted(manifest["files"]))
    return f"Restored {named} into {data}, as they were on {made_at} (QueueUp {version})."
