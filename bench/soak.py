"""Restaurants that open and close all day: what is left in memory, files and Redis afterwards."""

import asyncio
import os
import time
from collections import Counter

from rq.registry import ScheduledJobRegistry

from bench.crowd import Crowd
from bench.whole import Use, Whole, whole
from queueup.storage.job_queues import URGENT

DURATION_S = int(os.environ.get("DURATION", "1800"))
GUESTS = int(os.environ.get("GUESTS", "400"))
QUEUES = int(os.environ.get("QUEUES", "20"))
SOCKETS = int(os.environ.get("SOCKETS", "40"))
# Each round is one evening: the lines open, fill, work and close, and the next ones open.
ROUND_S = int(os.environ.get("ROUND", "120"))
COME_WITHIN_S = max(5, GUESTS // 50)
# An open line's snapshot lives thirty seconds, what happened is recorded within some more.
REST_S = 45

Row = tuple[str, str]


class _Left:
    """What the program uses while it is idle."""

    def __init__(self, running: Whole) -> None:
        self.uses: dict[str, Use] = running.uses()
        self.redis_mb: float = running.redis.info("memory")["used_memory"] / 1e6
        self.kinds: Counter[str] = Counter()
        self.for_ever: Counter[str] = Counter()
        for key in running.redis.scan_iter(count=1000):
            kind = _kind(key.decode())
            self.kinds[kind] += 1
            if running.redis.ttl(key) == -1:
                self.for_ever[kind] += 1


def run() -> list[Row]:
    """Soak the whole program and return rows of what and how much."""
    with whole() as running:
        return asyncio.run(_rows(running))


async def _rows(running: Whole) -> list[Row]:
    # What the first evening loads and caches is not a leak.
    totals: Counter[str] = Counter()
    totals.update(await _evening(running))
    await asyncio.sleep(REST_S)
    await _let_days_pass(running)
    before = _Left(running)
    rounds, started = 0, time.monotonic()
    errors: Counter[str] = Counter()
    while time.monotonic() - started < DURATION_S:
        found = await _evening(running)
        errors.update({what: count for what, count in found.items() if what.startswith("error")})
        totals.update(found)
        rounds += 1
    await asyncio.sleep(REST_S)
    ended = _Left(running)
    await _let_days_pass(running)
    after = _Left(running)
    kept = (ended.redis_mb - after.redis_mb) * 1000 / max(1, rounds * QUEUES)
    return [
        ("evenings", f"{rounds} of {QUEUES} lines and {GUESTS} guests each, in {DURATION_S} s"),
        ("errors", ", ".join(f"{count} {what}" for what, count in errors.items()) or "0"),
        ("answers", f"{sum(totals.values()):,}"),
        *_compared(before, after),
        ("kept in Redis for each ended line, for some days", f"{kept:.1f} kB"),
        *_keys(before, after),
    ]


async def _evening(running: Whole) -> Counter[str]:
    crowd = Crowd(running.port, QUEUES, GUESTS, SOCKETS)
    await crowd.gather(COME_WITHIN_S)
    await asyncio.sleep(max(0, ROUND_S - COME_WITHIN_S))
    await crowd.leave()
    await crowd.close_lines()
    seen = crowd.fresh()
    errors = Counter({f"error {what}": count for what, count in seen.errors.items()})
    return seen.counts + errors


async def _let_days_pass(running: Whole) -> None:
    """Delete what would expire within some days: keys with an expiry, and scheduled timers.

    What has no expiry, or nothing refers to, stays and is counted.
    """
    redis = running.redis
    waiting = ScheduledJobRegistry(URGENT, connection=redis, serializer="json")
    for name in waiting.get_job_ids(cleanup=False):
        if name.startswith("time-"):
            waiting.remove(name, delete_job=True)
    for key in redis.scan_iter("queueup:{*", count=1000):
        if redis.ttl(key) > 0:
            redis.pexpire(key, 1)
    await asyncio.sleep(1)


def _compared(before: _Left, after: _Left) -> list[Row]:
    rows = []
    for name, use in after.uses.items():
        was = before.uses.get(name)
        if was is None:
            rows.append((name, "was not there at the start"))
            continue
        rows.append((f"memory of {name}", _change(was.memory_mb, use.memory_mb, "MB")))
        rows.append((f"open files of {name}", f"{was.files} and {use.files}"))
    rows.append(("memory that Redis counts", _change(before.redis_mb, after.redis_mb, "MB")))
    return rows


def _keys(before: _Left, after: _Left) -> list[Row]:
    changed = [
        (f"keys {kind}, before and after", f"{before.kinds[kind]} and {after.kinds[kind]}")
        for kind in sorted(before.kinds | after.kinds)
        if before.kinds[kind] != after.kinds[kind]
    ]
    counts = f"{before.kinds.total()} and {after.kinds.total()}"
    grown = after.for_ever - before.for_ever
    return [
        ("keys, before and after", counts),
        *changed,
        ("keys without an end that became more", f"{dict(grown) or 'none'}"),
    ]


def _change(was: float, now: float, unit: str) -> str:
    return f"{was:.1f} and {now:.1f} {unit} ({now / was - 1:+.0%})"


def _kind(key: str) -> str:
    """Return the kind of a key: its name without code, party and job."""
    if key.startswith("queueup:{"):
        return "of a line: " + key.partition("}:")[2].partition(":")[0]
    if key.startswith("rq:job:"):
        return "jobs " + key.removeprefix("rq:job:").partition("-")[0]
    parts = key.split(":")
    is_one = parts[0] == "rq" and parts[1] in ("worker", "execution", "executions")
    return ":".join(parts[:2]) if is_one or parts[0] == "LIMITS" else key
