"""The tablets and phones that run a queue, and the links that let another one in."""

from dataclasses import dataclass

from .times import MINUTE

INVITATION_MS = 15 * MINUTE
# A PIN of four digits: after five wrong ones each further try costs a wait.
FREE_TRIES = 5
FIRST_WAIT_MS = MINUTE


@dataclass(frozen=True, slots=True)
class Device:
    """A tablet or phone that may run the queue; its secret is kept as a hash."""

    id: str
    name: str
    secret_hash: str
    added_at: int
    acted_at: int | None = None
    locked: bool = False
    wrong_pins: int = 0
    pin_again_at: int = 0


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that lets one more device in, once; its secret is kept as a hash."""

    secret_hash: str
    expires_at: int


def pin_wait_ms(wrong_pins: int) -> int:
    """Return how long (ms) after so many wrong PINs the next try has to wait."""
    over = wrong_pins - FREE_TRIES
    return FIRST_WAIT_MS * 2 ** min(over, 6) if over >= 0 else 0
