"""The embedded Redis, which the program runs itself when REDIS_URL is not set."""

import logging
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from redis import Redis
from redis.exceptions import RedisError

from queueup.config import embedded_redis_socket
from queueup.data_folder import server_versions
from queueup.errors import OperatorError
from queueup.storage.redis_client import connect

log = logging.getLogger(__name__)

# The longest path of a Unix socket (sockaddr_un.sun_path).
SOCKET_PATH_LIMIT = 107
READY_S = 60
STOP_S = 30

CONFIG = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
dir "{folder}"
loglevel warning
appendonly yes
appendfsync always
aof-use-rdb-preamble yes
save ""
maxmemory-policy noeviction
daemonize no
"""


def start(
    folder: Path,
    output: IO[bytes] | int | None = None,
    keep: tuple[int, ...] = (),
    in_child: Callable[[], None] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server that can read this folder, with its data and its private socket there.

    The server inherits the file descriptors in `keep`, and runs `in_child` before anything else.
    Raises OperatorError.
    """
    socket = embedded_redis_socket(folder)
    if set('"\\\n') & set(str(folder)):
        raise OperatorError(f"QUEUEUP_DATA={folder}: use a path without quotes and backslashes.")
    if len(str(socket)) > SOCKET_PATH_LIMIT:
        raise OperatorError(f"QUEUEUP_DATA={folder}: use a path of fewer than 96 characters.")
    server = server_versions.chosen(folder)
    if server.instead_of is not None:
        log.warning(
            "%s (%s) cannot read the data folder: %s is used instead (%s)",
            server.instead_of.version,
            server.instead_of.program,
            server.version,
            server.program,
        )
    server_versions.remember(folder, server.version)
    process = subprocess.Popen(
        [server.program, "-"],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        pass_fds=keep,
        preexec_fn=in_child,
        # On Ctrl-C in the terminal, the programs that write to Redis must stop before Redis does.
        start_new_session=True,
    )
    if process.stdin is not None:
        process.stdin.write(CONFIG.format(socket=socket, folder=folder).encode())
        process.stdin.close()
    return process


def wait_until_ready(process: subprocess.Popen[bytes], redis_url: str) -> None:
    """Return when the server answers; loading a large file takes it some seconds.

    Raises OperatorError.
    """
    redis = connect(redis_url, connections=1)
    started = time.monotonic()
    while process.poll() is None and time.monotonic() - started < READY_S:
        if _answers(redis):
            redis.close()
            return
        time.sleep(0.02)
    stop(process)
    raise OperatorError("The embedded Redis did not start: see its last log lines.")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop the server once it has written everything."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(redis: Redis) -> bool:
    try:
        return bool(redis.ping())
    except RedisError:
        return False
