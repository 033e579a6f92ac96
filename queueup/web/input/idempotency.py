"""Idempotency keys, by which a repeated request changes nothing.

Programs send them in a header, forms in a hidden field.
"""

import hashlib
from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest

from queueup.domain.idempotency import owned_by
from queueup.domain.model import QueueSettings
from queueup.storage import codec
from queueup.web.auth import hosts

from .fields import KEY_LIMIT

SHORTEST_CREATE_KEY = 16


def create_key(given: str | None, settings: QueueSettings) -> str | None:
    """Return what the key of a new queue is stored as, None without one. Raises BadRequest.

    The response to a request that opens a queue grants the host's rights, so its key must not be
    anybody else's: it is long, counts together with all settings, and is stored only as an HMAC.
    """
    if not given:
        return None
    if not SHORTEST_CREATE_KEY <= len(given) <= KEY_LIMIT:
        raise BadRequest(
            f"Idempotency-Key must have {SHORTEST_CREATE_KEY} to {KEY_LIMIT} characters"
        )
    return hosts.derive("create", given, codec.dumps(settings)).hex()


def join_key(given: str | None) -> str | None:
    """Return what the key of a join is stored as. Raises BadRequest for one that is too long."""
    if not given:
        return None
    if len(given) > KEY_LIMIT:
        raise BadRequest(f"Idempotency-Key must be {KEY_LIMIT} characters or fewer")
    return hashlib.blake2b(given.encode(), digest_size=12).hexdigest()


def host_key(device: str) -> str | None:
    """Return the key of this request of a host's device, None for a request without one.

    Clients may send one key with several buttons, and some programs count from one: so the key
    counts for this device, path and body only. Raises BadRequest.
    """
    given = join_key(request.headers.get("Idempotency-Key") or request.form.get("key"))
    if given is None:
        return None
    form = sorted(field for field in request.form.items(multi=True) if field[0] != "key")
    return _for(given, [device, request.path, form or request.get_data(as_text=True)])


def host_form_key(device: str) -> str | None:
    """Return the key of a form that a host's device may correct and send again after the way back.

    It is the same whatever the form says; None for a request without a form's key.
    """
    given = join_key(request.form.get("key"))
    return given and _for(given, [device, request.path])


def guest_key(party_id: str) -> str | None:
    """Return the same for a guest, marked as this party's."""
    own = host_key(party_id)
    return owned_by(own, party_id) if own else None


def _for(key: str, said: list[Any]) -> str:
    digest = hashlib.blake2b(codec.dumps(said).encode(), digest_size=6)
    return f"{key}:{digest.hexdigest()}"
