"""How often the latest parties were called within the range that they were shown at joining."""

from dataclasses import dataclass

from .estimate import BANDS, band
from .model import LATE, WITHIN, Queue

# Of each band of sizes, the latest parties that count; and how few are too few to speak of.
LATEST = 20
ENOUGH = 10
# Guests read of it if at least so many in ten were called within their range.
GOOD_TENTHS = 8


@dataclass(frozen=True, slots=True)
class Record:
    """How many of so many parties were called within their range, and how many by its end."""

    parties: int
    within: int
    by_its_end: int

    @property
    def tenths(self) -> int | None:
        """Return how many in ten were within their range, if that is good enough for guests."""
        found = 10 * self.within // self.parties if self.parties >= ENOUGH else 0
        return found if found >= GOOD_TENTHS else None


def records(queue: Queue) -> dict[str, Record]:
    """Return the record of each band that has any.

    Parties that were quoted a wait by a host were shown no range, and do not count.
    """
    found: dict[str, list[str]] = {band(low): [] for low, _ in BANDS}
    for seating in reversed(queue.seatings):
        if seating.estimate is not None:
            found[band(seating.size)].append(seating.estimate)
    return {name: _record(seen[:LATEST]) for name, seen in found.items() if seen}


def _record(seen: list[str]) -> Record:
    return Record(len(seen), seen.count(WITHIN), len(seen) - seen.count(LATE))
