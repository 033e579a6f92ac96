"""The idempotency keys that the hosts' forms carry in a hidden field."""

import hashlib

from flask import request

from .. import codec
from .api import join_key


def form_key(device: str) -> str | None:
    """Return the key of what this form's button says, None for a form without one.

    A field may hold the same key for several buttons and screens: who says what to whom is another
    action. Raises BadRequest.
    """
    kept = join_key(request.form.get("key"))
    if kept is None:
        return None
    said = sorted(field for field in request.form.items(multi=True) if field[0] != "key")
    whole = codec.dumps([kept, device, request.path, said])
    return join_key(hashlib.sha256(whole.encode()).hexdigest())
