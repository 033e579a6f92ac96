"""The idempotency keys that a queue remembers, so that a repeated request commits nothing.

A key of a host has two parts, `KEY:DIGEST`; a guest's has its party as a third. A client that lost
an answer repeats the request within minutes, or the next day if a person does it by hand.
"""

HOSTS_KEYS = 200
GUESTS_KEYS = 200
PARTYS_KEYS = 8
_OWNER_LETTERS = 8


def owned_by(key: str, party_id: str) -> str:
    """Return a key as one of this party's guests."""
    return f"{key}:{party_id[:_OWNER_LETTERS]}"


def with_key(keys: tuple[str, ...], key: str | None) -> tuple[str, ...]:
    """Return the keys with one more, without the oldest of the same owner or kind if need be.

    However many requests one guest repeats, the keys of others and of the host stay.
    """
    if not key or key in keys:
        return keys
    owner = _owner(key)
    own = [kept for kept in keys if _owner(kept) == owner]
    guests = [kept for kept in keys if _owner(kept)] if owner else []
    if len(own) >= (PARTYS_KEYS if owner else HOSTS_KEYS):
        keys = tuple(kept for kept in keys if kept != own[0])
    elif len(guests) >= GUESTS_KEYS:
        keys = tuple(kept for kept in keys if kept != guests[0])
    return (*keys, key)


def _owner(key: str) -> str:
    """Return which party a key belongs to; the host's keys have none."""
    return "".join(key.split(":")[2:])
