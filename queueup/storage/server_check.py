"""What is wrong with an operator's Redis, in words: settings, memory, and missing rights."""

from collections.abc import Iterator
from typing import Any

from redis import Redis
from redis.exceptions import NoPermissionError, RedisError, ResponseError

OLDEST = (6, 2)
FULL, NEARLY_FULL = 1.0, 0.9
# One call of every command that QueueUp and its libraries use. They are queued in a transaction
# that is given up, so nothing of this happens; Redis refuses each that the user may not use.
_KEY = "queueup:{RIGHTS}:probe"
_CALLS = (
    "PING",
    "INFO server",
    "CLIENT SETNAME queueup",
    "CLIENT LIST",
    "CLIENT INFO",
    "UNWATCH",
    "GET {key}",
    "SET {key} 1",
    "DEL {key}",
    "EXISTS {key}",
    "EXPIRE {key} 1",
    "PERSIST {key}",
    "TTL {key}",
    "INCRBY {key} 1",
    "HGET {key} a",
    "HSET {key} a 1",
    "HSETNX {key} a 1",
    "HDEL {key} a",
    "HEXISTS {key} a",
    "HMGET {key} a",
    "HGETALL {key}",
    "HINCRBY {key} a 1",
    "HINCRBYFLOAT {key} a 1",
    "LPUSH {key} a",
    "RPUSH {key} a",
    "LPOP {key}",
    "LLEN {key}",
    "LPOS {key} a",
    "LRANGE {key} 0 1",
    "LREM {key} 1 a",
    "LMOVE {key} {key} LEFT RIGHT",
    "BLMOVE {key} {key} LEFT RIGHT 1",
    "BLPOP {key} 1",
    "SADD {key} a",
    "SREM {key} a",
    "SCARD {key}",
    "SMEMBERS {key}",
    "ZADD {key} 1 a",
    "ZREM {key} a",
    "ZCARD {key}",
    "ZSCORE {key} a",
    "ZRANGE {key} 0 1",
    "ZRANGEBYSCORE {key} 0 1",
    "ZREMRANGEBYSCORE {key} 0 1",
    "XADD {key} * a 1",
    "XLEN {key}",
    "XRANGE {key} - +",
    "XREVRANGE {key} + -",
    "XTRIM {key} MAXLEN 1",
    "EVAL return 0",
    "EVALSHA 0 0",
    "SCRIPT LOAD return",
    "SUBSCRIBE {channel}",
    "PUBLISH {channel} a",
    "BGREWRITEAOF",
)
_WAIT = "WAIT 0 1"
# The beginnings of all keys: our own, RQ's, and those of the rate limits.
_KEYS = ("queueup:", "rq:", "LIMITS:")
# Of these, newer servers count each second word as a command of its own.
_FAMILIES = ("CLIENT", "SCRIPT")
COMMANDS = (
    frozenset(call.split()[0] for call in (*_CALLS, _WAIT))
    | {"|".join(call.split()[:2]) for call in _CALLS if call.startswith(_FAMILIES)}
    | {"WATCH", "MULTI", "EXEC", "DISCARD"}
)


def complaints(redis: Redis, replicas: int = 0) -> list[str]:
    """Return a sentence for everything that endangers the lines. Raises RedisError.

    `replicas` is how many must have a change before it is answered.
    """
    calls = (*_CALLS, _WAIT) if replicas else _CALLS
    found = list(_about_rights(_refused(redis, calls)))
    try:
        info: dict[str, Any] = redis.info()
    except NoPermissionError:
        return [*found, "Without INFO, its settings and its memory can't be checked."]
    return [
        *found,
        *_about_server(info),
        *_about_replicas(info, replicas),
        *_about_memory(info),
        *_about_disk(redis, info),
    ]


def _refused(redis: Redis, calls: tuple[str, ...]) -> list[str]:
    """Return the commands, and patterns of keys, that this user of Redis may not use."""
    # The supervisor needs this only for an operator's Redis.
    from .store import CHANGES

    connection = redis.connection_pool.get_connection()
    try:
        # Not possible within a transaction, and harmless outside.
        refused = [] if _may(connection, "WATCH", _KEY) else ["WATCH"]
        if not _may(connection, "MULTI"):
            return [*refused, "MULTI"]
        refused += [
            call[0]
            for call in map(str.split, calls)
            if not _may(connection, *(one.format(key=_KEY, channel=CHANGES) for one in call))
        ]
        keys = [] if "GET" in refused else [f"{key}*" for key in _KEYS]
        refused += [key for key in keys if not _may(connection, "GET", key)]
        return list(dict.fromkeys(refused))
    finally:
        # The transaction ends with its connection.
        connection.disconnect()
        redis.connection_pool.release(connection)


def _may(connection: Any, *call: str) -> bool:
    connection.send_command(*call)
    try:
        connection.read_response()
    except NoPermissionError:
        return False
    except ResponseError:
        # Not possible in a transaction, or not with these arguments: nobody said forbidden.
        return True
    return True


def _about_rights(refused: list[str]) -> Iterator[str]:
    if refused:
        yield f"The Redis user lacks the right to: {', '.join(refused)}."
    if "INFO" in refused:
        yield (
            "Without INFO, background jobs take this Redis for an old one, and a job is lost when"
            " its worker is killed."
        )


def _about_server(info: dict[str, Any]) -> Iterator[str]:
    version = str(info.get("redis_version", ""))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if numbers and numbers < OLDEST:
        yield f"Redis {version} is too old: QueueUp needs 6.2 or newer."
    if info.get("role", "master") != "master":
        yield "This Redis is a replica, which refuses every change: use the address of its master."
    if info.get("cluster_enabled"):
        yield "This Redis is part of a cluster, where background jobs don't work."


def _about_replicas(info: dict[str, Any], replicas: int) -> Iterator[str]:
    if int(info.get("connected_slaves", 0)) < replicas:
        yield "ANSWERED_ON=2 needs a replica, and none is connected: no change is answered."


def _about_memory(info: dict[str, Any]) -> Iterator[str]:
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        yield (
            f"Redis deletes lines when its memory is full (maxmemory-policy {policy}):"
            " set it to noeviction."
        )
    limit = int(info.get("maxmemory") or 0)
    if not limit:
        return
    used = int(info.get("used_memory", 0)) - int(info.get("mem_not_counted_for_evict", 0))
    if used >= limit * FULL:
        yield "Redis is full (maxmemory): no changes can be saved."
    elif used >= limit * NEARLY_FULL:
        yield f"Redis is nearly full: {used * 100 // limit} % of maxmemory is in use."


def _about_disk(redis: Redis, info: dict[str, Any]) -> Iterator[str]:
    if not info.get("aof_enabled"):
        yield (
            "Redis keeps no append-only file (appendonly no): when it stops, the latest changes"
            " are lost."
        )
    elif info.get("aof_last_write_status", "ok") != "ok":
        yield "Redis can't write its append-only file: no changes can be saved."
    elif (fsync := _setting(redis, "appendfsync")) not in ("always", None):
        yield (
            f"Redis writes to disk late (appendfsync {fsync}): a power failure loses the changes"
            " of the last moments."
        )
    if info.get("rdb_last_bgsave_status", "ok") != "ok":
        yield "The last snapshot of Redis could not be written to disk."


def _setting(redis: Redis, name: str) -> str | None:
    """Return a setting of the server; many operators' users may not ask for it."""
    try:
        found: dict[str, str] = redis.config_get(name)  # type: ignore[assignment]
    except RedisError:
        return None
    return found.get(name)
