"""How long a party is likely to wait."""

from .queue import MINUTE

PER_PARTY_MS = 3 * MINUTE


def wait_ms(parties_ahead: int) -> int:
    """Estimate the wait behind so many parties: three minutes for each of them."""
    return PER_PARTY_MS * parties_ahead
