"""A place claimed from another browser: a guest names the ticket, the host confirms or declines.

A claim is known by a hash of a secret of that browser. Nobody but the host learns from a claim
whether its ticket exists.
"""

from queueup.domain.change import Events, require_open, require_present
from queueup.domain.errors import NotPossibleNow
from queueup.domain.events import ClaimAnswered, PlaceClaimed
from queueup.domain.model import Queue

# Two digits, which the guest shows and the host compares.
LOWEST, NUMBERS = 10, 90


def claim(queue: Queue, ticket: int, now: int, claim: str, name: str | None = None) -> Events:
    """Claim the place of this ticket; the latest claim counts. Raises SessionClosed."""
    require_open(queue)
    party = next((one for one in queue.parties if one.is_active and one.ticket == ticket), None)
    if party is None or party.claim == claim:
        return ()
    return (PlaceClaimed(now, party.id, claim, name),)


def answer(queue: Queue, party_id: str, now: int, claim: str, granted: bool) -> Events:
    """Confirm or decline a claim.

    Raises SessionClosed, UnknownParty, SomebodyWasFaster, NotPossibleNow.
    """
    party = require_present(queue, party_id)
    if party.claim != claim or party.claim_answer is not None:
        raise NotPossibleNow("claim_over", f"That request for #{party.ticket} is no longer open.")
    return (ClaimAnswered(now, party.id, claim, granted),)


def number(claim: str) -> int:
    """Return the number by which the host knows the guest of a claim."""
    return LOWEST + int(claim[:8], 16) % NUMBERS
