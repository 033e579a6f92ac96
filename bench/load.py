"""A full house on one machine, then beside clients that misbehave, then faster until it breaks."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from statistics import median, quantiles

from bench.beside_abuse import PushServices, beside_abuse, push_services
from bench.crowd import Crowd, Seen
from bench.promises import Judged
from bench.whole import Use, Whole, load_average, own_cpu_s, whole

DURATION_S = int(os.environ.get("DURATION", "300"))
GUESTS = int(os.environ.get("GUESTS", "2000"))
QUEUES = int(os.environ.get("QUEUES", "100"))
SOCKETS = int(os.environ.get("SOCKETS", "200"))
COME_WITHIN_S = max(5, GUESTS // 50)
# After the measured load, the pace doubles at each step, and then returns to normal.
STEP_S = int(os.environ.get("STEP", "20"))
HURRIES = [2**step for step in range(1, int(os.environ.get("STEPS", "6")) + 1)]
RECOVERED_P99_MS = 200

Row = tuple[str, str] | Judged


def run() -> list[Row]:
    """Load the whole program and return rows of what and how much, and what was promised."""
    with push_services() as push:
        # The limits are on, and clients have addresses of their own, as in life.
        settings = {"RATE_LIMITS": "1", "PUSH_EXTRA_ORIGINS": push.origins}
        with whole(settings) as running:
            return asyncio.run(_rows(running, push))


async def _rows(running: Whole, push: PushServices) -> list[Row]:
    crowd = Crowd(running.port, QUEUES, GUESTS, SOCKETS, push.working)
    await crowd.gather(COME_WITHIN_S)
    rows: list[Row] = [row async for row in _measured(running, crowd)]
    rows += await beside_abuse(running, crowd, push)
    if HURRIES:
        rows += [row async for row in _broken(running, crowd)]
    await crowd.leave()
    return rows


async def _measured(running: Whole, crowd: Crowd) -> AsyncIterator[tuple[str, str]]:
    crowd.fresh()
    before, ours_before, polling = running.uses(), own_cpu_s(), crowd.polling
    await asyncio.sleep(DURATION_S / 2)
    half = running.uses()
    await asyncio.sleep(DURATION_S / 2)
    seen, after, ours = crowd.fresh(), running.uses(), own_cpu_s() - ours_before
    yield (
        "the house",
        f"{QUEUES} queues, a host each, {polling} to {crowd.polling} guests polling,"
        f" {SOCKETS} old sockets, {DURATION_S} s",
    )
    yield "errors", _listed(seen.errors) or "0"
    yield "answers of 503 or 429", f"{seen.counts['shed']}"
    yield "polls", _shown(seen.polls_ms, DURATION_S)
    unchanged = seen.counts["poll 304"] / max(1, len(seen.polls_ms))
    yield "polls unchanged (304)", f"{unchanged:.0%}"
    yield "host's actions", _shown(seen.actions_ms, DURATION_S)
    yield "refused by the rules (404, 409)", f"{_refused(seen)}"
    yield "joined and left", f"{seen.counts['join 200']} and {seen.counts['leave 200']}"
    yield "messages to sockets", f"{_messages(seen)}"
    for name, use in after.items():
        known = [_memory(uses.get(name)) for uses in (before, half)]
        yield f"memory of {name}, at start, half and end", f"{', '.join(known)}, {_memory(use)} MB"
    used = sum(use.cpu_s for use in after.values()) - sum(use.cpu_s for use in before.values())
    yield "CPU of the program, of one core", f"{used / DURATION_S:.0%}"
    yield "CPU of the clients, of one core", f"{ours / DURATION_S:.0%}"
    yield "load average of the machine", load_average()


async def _broken(running: Whole, crowd: Crowd) -> AsyncIterator[tuple[str, str]]:
    for hurry in HURRIES:
        crowd.hurry = hurry
        await asyncio.sleep(STEP_S / 4)
        crowd.fresh()
        before, ours_before = running.uses(), own_cpu_s()
        await asyncio.sleep(STEP_S)
        after, ours, seen = running.uses(), own_cpu_s() - ours_before, crowd.fresh()
        used = sum(use.cpu_s for use in after.values()) - sum(use.cpu_s for use in before.values())
        yield f"everybody {hurry} times as fast: polls", _shown(seen.polls_ms, STEP_S)
        yield "  host's actions", _shown(seen.actions_ms, STEP_S)
        yield (
            "  sent away with Retry-After",
            f"{seen.counts['shed'] / STEP_S:,.0f} a second,"
            f" {seen.counts['shed action'] / STEP_S:,.1f} of them host's actions",
        )
        yield "  errors", _listed(seen.errors) or "0"
        yield "  CPU of program and clients", f"{used / STEP_S:.0%} and {ours / STEP_S:.0%}"
    crowd.hurry = 1
    started = time.monotonic()
    yield "back at the old pace, all well again after", await _recovered(crowd, started)


async def _recovered(crowd: Crowd, started: float) -> str:
    while time.monotonic() - started < 120:
        crowd.fresh()
        await asyncio.sleep(2)
        seen = crowd.seen
        is_well = not seen.errors and not seen.counts["shed"] and len(seen.polls_ms) > 1
        if is_well and quantiles(seen.polls_ms, n=100)[98] < RECOVERED_P99_MS:
            return f"{time.monotonic() - started:.0f} s"
    return "never within two minutes"


def _shown(times: list[float], seconds: float) -> str:
    if len(times) < 2:
        return "none"
    p99 = quantiles(times, n=100)[98]
    return f"{len(times) / seconds:,.0f} a second, p50 {median(times):.0f} ms, p99 {p99:.0f} ms"


def _memory(use: Use | None) -> str:
    return f"{use.memory_mb:.1f}" if use else "none"


def _listed(errors: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(errors.items()))


def _refused(seen: Seen) -> int:
    return sum(count for name, count in seen.counts.items() if name.endswith((" 404", " 409")))


def _messages(seen: Seen) -> int:
    return sum(count for name, count in seen.counts.items() if name.startswith("socket "))
