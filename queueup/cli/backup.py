"""Backs up the data folder, whether or not the service is running.

python -m queueup backup FILE.tar.gz
"""

import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import RedisError, ResponseError

from queueup.config import Settings, embedded_redis_url, read_settings
from queueup.data_folder import archive, copies, server_versions
from queueup.errors import OperatorError
from queueup.files import try_lock
from queueup.server import embedded_redis, process
from queueup.storage.redis_client import connect

POLL_EVERY_S = 0.05
# Writing a large snapshot to a slow disk takes a while; a Redis that hangs must end the wait.
SNAPSHOT_TIMEOUT_S = 600
TRIES = 5


def run(file: str, env: Mapping[str, str]) -> str:
    """Pack the data folder, and return sentences that say what is in the backup and what is not.

    Raises OperatorError, OSError.
    """
    to = Path(file).absolute()
    data = Path(env.get("QUEUEUP_DATA") or "data").absolute()
    if not any((data / name).exists() for name in archive.KEYS):
        raise OperatorError(
            f"QUEUEUP_DATA={data} is not a QueueUp data folder: nothing to back up."
        )
    if to.is_dir():
        raise OperatorError(f"{to} is a folder: name a file, such as {to}/queueup.tar.gz.")
    settings = read_settings(env)
    with _exclusively(data), archive.draft_folder(to) as draft:
        made, written_as = _copies(settings, draft)
        manifest = archive.write(to, copies.keys(data) | made, written_as)
    return "\n".join(_summary(to, manifest, settings))


def _copies(settings: Settings, draft: Path) -> tuple[dict[str, Path], int]:
    """Copy Redis and the history as of one moment, as far as they are in the data folder.

    Return the copies, and the format for them.
    """
    history = copies.history_file(settings)
    made: dict[str, Path] = {}
    written_as = archive.FORMAT
    with ExitStack() as stack:
        redis: Redis | None = None
        writing = ""
        if settings.embedded_redis:
            redis = stack.enter_context(_running_redis(settings.data))
            if redis is None:
                made[archive.REDIS] = copies.copy_aof(settings.data, draft / archive.REDIS)
                written_as = archive.OLD_FORMAT
        if history is None:
            if redis is not None:
                writing = _begin_snapshot(redis, settings.data)
        else:
            reader = stack.enter_context(closing(copies.open_history(history)))
            with _frozen(history, reader):
                if redis is not None:
                    writing = _begin_snapshot(redis, settings.data)
            made[archive.HISTORY] = copies.copy_history(reader, draft / archive.HISTORY)
        if redis is not None:
            to = draft / archive.REDIS
            made[archive.REDIS] = _end_snapshot(redis, writing, settings.data, to)
    return made, written_as


@contextmanager
def _exclusively(data: Path) -> Iterator[None]:
    """Refuse a second concurrent backup of a folder: Redis writes one snapshot at a time."""
    with open(data / "backup.lock", "a") as lock:
        if not try_lock(lock):
            raise OperatorError(f"Another backup of {data} is being made.")
        yield


@contextmanager
def _frozen(history: Path, reader: sqlite3.Connection) -> Iterator[None]:
    """Block writes to the history for a moment; the reader sees its state of then from now on.

    The worker writes events into the history and then drops them from Redis. If it did so between
    the two copies, events would be in neither of them, or share their numbers with later ones.
    """
    with closing(copies.open_history(history)) as writer:
        try:
            writer.execute("BEGIN IMMEDIATE")
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            raise OperatorError(f"The history {history} cannot be read: {error}.") from error
        yield
        writer.rollback()


@contextmanager
def _running_redis(data: Path) -> Iterator[Redis | None]:
    """Yield the Redis of this folder: the running service's, else one started for the backup.

    None is started that would take over the folder of an older server: then the files are copied.
    """
    redis = connect(embedded_redis_url(data), connections=1)
    with open(data / "queueup.lock", "a") as lock:
        if not try_lock(lock):
            yield redis
            return
        if server_versions.is_taken_over(data):
            yield None
            return
        # The service cannot start meanwhile: it waits some seconds for the lock. If this program is
        # killed, the lock is held until that Redis has exited too.
        server = embedded_redis.start(
            data, keep=(lock.fileno(),), in_child=process.die_with_parent()
        )
        try:
            embedded_redis.wait_until_ready(server, embedded_redis_url(data))
            yield redis
        finally:
            embedded_redis.stop(server)


def _begin_snapshot(redis: Redis, data: Path) -> str:
    """Make Redis write a snapshot of its present state in the background; return its run id."""
    for _ in range(TRIES):
        # Redis writes one file at a time, and may be rewriting its AOF.
        found = _eventually(
            redis,
            lambda now: not now["aof_rewrite_in_progress"] and not now["rdb_bgsave_in_progress"],
        )
        # One left behind by a killed backup must not be taken for this one's.
        _snapshot(data).unlink(missing_ok=True)
        try:
            redis.bgsave(schedule=False)
        except ResponseError as error:
            refusal = error
        except RedisError as error:
            raise _no_answer(error) from error
        else:
            return str(found["run_id"])
    raise OperatorError(f"Redis refused to write a snapshot: {refusal}. Try again.") from refusal


def _end_snapshot(redis: Redis, writing: str, data: Path, to: Path) -> Path:
    """Move the snapshot when it is complete, unless Redis was restarted meanwhile."""
    made = _snapshot(data)
    try:
        found = _eventually(redis, lambda now: not now["rdb_bgsave_in_progress"])
        # A Redis that was started meanwhile knows of no snapshot, and reports no failure.
        if found["run_id"] != writing:
            raise OperatorError("Redis was restarted while it wrote its snapshot. Try again.")
        if found["rdb_last_bgsave_status"] != "ok":
            raise OperatorError("Redis could not write its snapshot: is the disk full?")
        shutil.move(made, to)
    finally:
        made.unlink(missing_ok=True)
    return to


def _snapshot(data: Path) -> Path:
    return data / "dump.rdb"


def _eventually(redis: Redis, is_so: Any) -> dict[str, Any]:
    deadline = time.monotonic() + SNAPSHOT_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            # All of it at once, so that the state is that of the run id.
            found: dict[str, Any] = redis.info()
        except RedisError as error:
            raise _no_answer(error) from error
        if not found["loading"] and is_so(found):
            return found
        time.sleep(POLL_EVERY_S)
    raise OperatorError(f"Redis had not finished writing after {SNAPSHOT_TIMEOUT_S} s.")


def _no_answer(error: RedisError) -> OperatorError:
    return OperatorError(
        f"The running service's Redis does not answer: {error}. "
        "Use the settings that the service has, and try again."
    )


def _summary(to: Path, manifest: dict[str, Any], settings: Settings) -> list[str]:
    lines = [f"Backed up {', '.join(sorted(manifest['files']))} into {to}."]
    if not settings.embedded_redis:
        lines.append("REDIS_URL names a Redis of your own: back it up with its own tools.")
    if not settings.database_url.startswith("sqlite:"):
        lines.append("DATABASE_URL names a database of your own: back it up with its own tools.")
    return lines
