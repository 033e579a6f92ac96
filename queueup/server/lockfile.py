"""The lock file: only one running program may use a data folder."""

import os
import time
from pathlib import Path
from typing import IO

from queueup.config import WEB_GRACE_S
from queueup.errors import OperatorError
from queueup.files import try_lock

RETRY_EVERY_S = 0.1
# After a kill, the web server waits for its connections; a little later everything has exited.
LOCK_S = WEB_GRACE_S + 10


def acquire_lock(data: Path) -> IO[str]:
    """Return the open lock file of a data folder that no other running program uses.

    Redis and the web server inherit it, so it stays locked until they have exited too.
    Raises OperatorError.
    """
    try:
        data.chmod(0o700)
        lock = open(data / "queueup.lock", "a+")  # noqa: SIM115
    except OSError as error:
        raise OperatorError(f"QUEUEUP_DATA={data}: {error.strerror}.") from error
    deadline = time.monotonic() + LOCK_S
    while not try_lock(lock):
        if _owner_is_alive(lock) or time.monotonic() > deadline:
            lock.close()
            raise OperatorError(f"QUEUEUP_DATA={data} is in use by another running QueueUp.")
        time.sleep(RETRY_EVERY_S)
    try:
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
    except OSError as error:
        raise OperatorError(f"QUEUEUP_DATA={data}: {error.strerror}.") from error
    return lock


def _owner_is_alive(lock: IO[str]) -> bool:
    lock.seek(0)
    try:
        os.kill(int(lock.read()), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass
    return True
