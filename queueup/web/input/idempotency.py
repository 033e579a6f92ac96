"""The idempotency keys of what hosts and guests do: in a header, or in a hidden field of a form."""

import hashlib

from flask import request
from werkzeug.exceptions import BadRequest

from queueup.domain.idempotency import owned_by
from queueup.storage import codec

from . import fields


def join_key(text: str | None) -> str | None:
    """Return what the key of a join is kept as. Raises BadRequest for one that is too long."""
    if not text:
        return None
    if len(text) > fields.KEY_LIMIT:
        raise BadRequest(f"Idempotency-Key must be {fields.KEY_LIMIT} characters or fewer")
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def host_key(device: str) -> str | None:
    """Return the key of what this request says, None for a request without one.

    Screens may send one key for several buttons, and programs count from one: the key is of this
    device, address and body only. Raises BadRequest.
    """
    given = join_key(request.headers.get("Idempotency-Key") or request.form.get("key"))
    if given is None:
        return None
    form = sorted(field for field in request.form.items(multi=True) if field[0] != "key")
    said = codec.dumps([device, request.path, form or request.get_data(as_text=True)])
    return f"{given}:{hashlib.blake2b(said.encode(), digest_size=6).hexdigest()}"


def guest_key(party_id: str) -> str | None:
    """Return the same for a guest, marked as this party's."""
    own = host_key(party_id)
    return owned_by(own, party_id) if own else None
