"""How well a line is established: in one that was only tried out, few get a table after a wait."""

from .model import Queue

# An evening in a small place. Who makes very many lines has to play each of them for as long.
ENOUGH_SEATED = 21
FEW_SEATED = 4


def share(queue: Queue) -> float:
    """Return from 0, for a line that was tried out at most, to 1 for one that is established."""
    return max(0.0, min(1.0, (len(queue.seatings) - FEW_SEATED) / (ENOUGH_SEATED - FEW_SEATED)))


def is_new(queue: Queue) -> bool:
    """Return whether a line that wants to keep its code is not established yet."""
    return queue.settings.keeps_code and share(queue) < 1
