"""The numbers of a day that is over, as the console shows them before anybody opens a report."""

from collections.abc import Sequence

from .ended_parties import MISTAKEN, ended_earlier, outcome
from .model import Party, Queue
from .view_types import EveningView


def evening(queue: Queue) -> EveningView | None:
    """Return the numbers of a closed queue; None while it is open.

    Nor are there any if some of its parties are in the history only: the report has them all.
    """
    if not queue.is_closed or ended_earlier(queue).total():
        return None
    parties = [party for party in queue.parties if outcome(party) != MISTAKEN]
    called = [party for party in parties if party.first_called_at is not None]
    waits = sorted(map(_waited_ms, called))
    return {
        "people": sum(party.size for party in parties),
        "called": len(called),
        "kept": sum(_waited_ms(party) <= party.quoted_ms for party in called),
        "medianMs": _ranked(waits, 5),
        "ninetiethMs": _ranked(waits, 9),
    }


def _waited_ms(party: Party) -> int:
    # The clocks of two processes may differ by more than the wait.
    return max(0, (party.first_called_at or 0) - party.joined_at)


def _ranked(waits: Sequence[int], tenths: int) -> int | None:
    """Return what so many tenths of the sorted waits do not exceed, by nearest rank."""
    return waits[-(-len(waits) * tenths // 10) - 1] if waits else None
