"""Opening a line once, and joining it once, however often the same request arrives.

The answer to a request that opens a line gives the host's rights away, so a key must be
nobody else's: it is long, counts together with everything else that was asked for, and is kept
only as a hash that this program alone can make.
"""

from werkzeug.exceptions import BadRequest

from queueup.domain.commands import guest as guest_commands
from queueup.domain.model import QueueSettings
from queueup.services import waitlist
from queueup.storage import codec
from queueup.web.auth import hosts

from . import fields

SHORTEST_KEY = 16


def key(given: str | None, settings: QueueSettings) -> str | None:
    """Return what an idempotency key is kept as, None without one. Raises BadRequest."""
    if not given:
        return None
    if not SHORTEST_KEY <= len(given) <= fields.KEY_LIMIT:
        raise BadRequest(
            f"Idempotency-Key must have {SHORTEST_KEY} to {fields.KEY_LIMIT} characters"
        )
    return hosts.derived("create", given, codec.dumps(settings)).hex()


def is_done(key: str | None) -> bool:
    """Tell whether a line was opened with this key already."""
    return key is not None and waitlist().created(key) is not None


def has_joined(code: str, join_key: str | None) -> bool:
    """Tell whether a party has joined with this key already."""
    return guest_commands.party_with_key(waitlist().queue(code), join_key) is not None
