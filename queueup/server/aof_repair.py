"""Redis' file after a power cut: what stands behind the last whole change is cut off.

A file system may have made the file longer before it had what belongs there. The rest is then zeros
or nonsense, and Redis refuses the file; of one that merely ends too early it drops the rest itself.
What was answered had been synced before, so it stands before that.
"""

import os
import re
import subprocess
from pathlib import Path

from . import embedded_redis

FILE = "appendonly.aof"
# Redis 7 and newer keep several files, numbered as they follow.
LATER_FILES = "appendonlydir/appendonly.aof.*.incr.aof"
# More than the changes of one moment, which Redis writes together. A longer rest is not that of a
# power cut: it may hold changes that were answered, and somebody has to decide. Zeros hold none.
REST_LIMIT = 256 * 1024
CHECK_S = 60
WHOLE = re.compile(rb"ok_up_to=(\d+)")


def truncate_damaged_tail(folder: Path) -> int:
    """Cut what is no whole change off the end of Redis' file, and return how many bytes that was.

    It is 0, and nothing is changed, when the file is whole, or when so much would go that it may
    have been answered. Raises OperatorError, OSError.
    """
    file = _last_file(folder)
    whole = _whole_bytes(file) if file.exists() else 0
    if not whole:
        return 0
    with open(file, "r+b") as damaged:
        damaged.seek(whole)
        rest = damaged.read()
        if len(rest.rstrip(b"\0")) > min(REST_LIMIT, whole):
            return 0
        damaged.truncate(whole)
        os.fsync(damaged.fileno())
    return len(rest)


def _last_file(folder: Path) -> Path:
    later = folder.glob(LATER_FILES)
    return max(later, key=lambda file: int(file.name.split(".")[2]), default=folder / FILE)


def _whole_bytes(file: Path) -> int:
    """Return how many bytes of a file are whole changes, 0 for one that begins with none."""
    # Under this name the server is the tool that checks.
    checked = subprocess.run(
        ["redis-check-aof", file],
        executable=embedded_redis.server_program(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=CHECK_S,
        check=False,
    )
    found = WHOLE.search(checked.stdout)
    return int(found[1]) if found else 0
