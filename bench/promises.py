"""What is promised to honest clients while others misbehave, and whether it was kept.

- The slowest of a hundred polls and taps takes less than a second (P99_MS; 0 judges no times).
- Nobody is refused, sent away, or cut off. (503 counts as a time: it says that there was none.)
- No process takes more memory than before, but for 15 %, or 16 MB of a small one; what its caches
  took in meanwhile, which have a limit of their own; and meanwhile for what one PIN takes.
- Calls reach the phones of guests.
"""

import os
from collections.abc import Mapping
from statistics import quantiles

from bench.crowd import Seen
from bench.whole import Use

P99_MS = int(os.environ.get("P99_MS", "1000"))
GROWS_BY, GROWS_MB = 0.15, 16
# While it is hashed, one at a time in each web process.
PIN_MB = 34
# What a web process may cache, in megabytes of a million bytes.
CACHES_MB = int(os.environ.get("CACHE_MB", "128")) * 1.048576
LATE, BUSY = "TimeoutError", "503"

# What was promised, what was measured, and whether it was kept.
Judged = tuple[str, str, bool]


def on_time(what: str, times: list[float]) -> Judged:
    """Judge how long the answers to honest clients took (ms)."""
    if len(times) < 2:
        return f"{what} are answered", f"{len(times)} answers", False
    p99 = quantiles(times, n=100)[98]
    return f"p99 of {what}", f"{p99:.0f} ms", not P99_MS or p99 < P99_MS


def answered(seen: Seen) -> Judged:
    """Judge whether anybody waited in vain, as long as a page would."""
    late = sum(count for name, count in seen.errors.items() if name.endswith(LATE))
    return "honest requests without an answer", str(late), not P99_MS or not late


def nobody_refused(seen: Seen) -> Judged:
    """Judge whether any honest client was refused, whatever the status, or cut off."""
    refused = {
        name: count
        for name, count in (seen.refused + seen.errors).items()
        if not name.endswith(LATE) and (P99_MS or not name.endswith(BUSY))
    }
    said = ", ".join(f"{count} {name}" for name, count in sorted(refused.items()))
    return "honest clients refused", said or "0", not refused


def memory_flat(
    before: Mapping[str, Use], beside: Mapping[str, Use], after: Mapping[str, Use]
) -> list[Judged]:
    """Judge the memory of each process."""
    found = []
    for name, use in after.items():
        was, meanwhile = before.get(name, Use(0, 0, 0)), beside.get(name, use)
        most_mb = was.memory_mb + max(was.memory_mb * GROWS_BY, GROWS_MB)
        is_kept = (
            use.memory_mb <= most_mb + _taken_in_mb(was, use)
            and meanwhile.memory_mb <= most_mb + _taken_in_mb(was, meanwhile) + PIN_MB
        )
        said = ", ".join(map(_memory, (was, meanwhile))) + f" and {_memory(use)} MB"
        found.append((f"memory of {name}", said, is_kept and use.cached_mb <= CACHES_MB))
    return found


def _taken_in_mb(before: Use, after: Use) -> float:
    return max(0.0, after.cached_mb - before.cached_mb)


def _memory(use: Use) -> str:
    cached = f" (cached {use.cached_mb:.1f})" if use.cached_mb else ""
    return f"{use.memory_mb:.1f}{cached}"


def calls_arrived(waited_ms: list[float], missing: int) -> Judged:
    """Judge whether the calls of honest guests reached their push service."""
    said = f"{len(waited_ms)} arrived, {missing} did not"
    if len(waited_ms) > 1:
        said += f"; p99 {quantiles(waited_ms, n=100)[98]:.0f} ms after the tap"
    return "calls at the push service", said, not missing
