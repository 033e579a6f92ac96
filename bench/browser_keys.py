"""Push subscriptions as browsers make them."""

import os

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from queueup.signing_keys import base64url


def subscription(endpoint: str) -> dict[str, object]:
    """Make a subscription with keys of its own (RFC 8291, section 2)."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = public.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    keys = {"p256dh": base64url(point), "auth": base64url(os.urandom(16))}
    return {"endpoint": endpoint, "keys": keys}
