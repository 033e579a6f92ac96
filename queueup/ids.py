"""The codes of queues, which people type, and ids that nobody can guess."""

import secrets
import uuid

CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 6


def new_code() -> str:
    """Return a code for a queue; another queue may have it already."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def new_party_id() -> str:
    """Return an id for a party: anyone who knows it may act for the party."""
    return str(uuid.uuid4())


def new_session_id(code: str) -> str:
    """Return an id for one session of a queue; it starts with the queue's code."""
    return f"{code}-{secrets.token_urlsafe(24)}"


def is_code(text: str) -> bool:
    """Tell whether this could be a queue's code."""
    return len(text) == CODE_LENGTH and set(text) <= set(CODE_LETTERS)
