"""Repairs the Redis AOF after a power failure: truncates what follows the last complete command.

A file system may have extended the file before it wrote the new data. The tail is then zeros or
garbage, and Redis refuses the file; a file that merely ends too early it truncates by itself.
Everything that was acknowledged had been synced before, so it precedes the tail.
"""

import os
import re
import subprocess
from pathlib import Path

from queueup.data_folder import aof_files, server_versions

# More than Redis writes between two syncs. A longer tail was not caused by a power failure: it may
# contain acknowledged changes, and a person has to decide. Zeros contain none.
TAIL_LIMIT = 256 * 1024
CHECK_S = 60
VALID = re.compile(rb"ok_up_to=(\d+)")


def truncate_damaged_tail(folder: Path) -> int:
    """Truncate the file after its last complete command, and return how many bytes were cut off.

    That is 0, and nothing is changed, when the file is complete, or when the tail is so long that
    it may contain acknowledged changes. Raises OperatorError, OSError.
    """
    # Of several files, only the last was being written.
    file = next(reversed(aof_files.in_order(folder)), None)
    if file is None or not file.exists():
        return 0
    valid = _valid_bytes(file, server_versions.chosen(folder).program)
    if not valid:
        return 0
    with open(file, "r+b") as damaged:
        damaged.seek(valid)
        tail = damaged.read()
        if len(tail.rstrip(b"\0")) > min(TAIL_LIMIT, valid):
            return 0
        damaged.truncate(valid)
        os.fsync(damaged.fileno())
    return len(tail)


def _valid_bytes(file: Path, server: str) -> int:
    """Return how many bytes of a file are complete commands, 0 if the first one is not."""
    # Under this name, a server is the tool that checks.
    checked = subprocess.run(
        ["redis-check-aof", file],
        executable=server,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=CHECK_S,
        check=False,
    )
    found = VALID.search(checked.stdout)
    return int(found[1]) if found else 0
