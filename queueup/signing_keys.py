"""The signing keys: configured, or generated at the first start and kept in the data folder."""

import base64
import hashlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from .errors import BadSetting
from .files import private as private_opener

PRIVATE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Secrets:
    """The keys that must stay the same and stay secret."""

    host_auth_secret: str
    vapid_public: str
    vapid_private: str


def load_or_make(
    data: Path,
    host_auth_secret: str | None = None,
    vapid_public: str | None = None,
    vapid_private: str | None = None,
) -> Secrets:
    """Return the configured keys, else those in the data folder, else new ones, saved there.

    VAPID keys are base64url without padding: 65 and 32 bytes (RFC 8292, section 3.2).
    Raises BadSetting, OSError.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if bool(vapid_public) != bool(vapid_private):
        raise BadSetting("VAPID_PUBLIC and VAPID_PRIVATE: set both or neither.")
    private = vapid_private or _kept(data / "vapid_private.key", _new_vapid_key)
    public = _public_key(private)
    if vapid_public and vapid_public.rstrip("=") != public:
        raise BadSetting("VAPID_PUBLIC is not the public half of VAPID_PRIVATE.")
    host_secret = host_auth_secret or _kept(data / "host_auth.secret", secrets.token_urlsafe)
    return Secrets(host_secret, public, private.rstrip("="))


def base64url(raw: bytes) -> str:
    """Encode without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_base64url(text: str) -> bytes:
    """Decode with or without padding, in either alphabet (RFC 4648, 4 and 5). Raises ValueError."""
    bare = text.rstrip("=")
    padded = bare + "=" * (-len(bare) % 4)
    return base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True)


def hash_secret(secret: str) -> str:
    """Return the hash to store for a secret; it is long and random, so a fast hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _kept(path: Path, make: Callable[[], str]) -> str:
    if path.exists():
        return _read(path)
    text = make()
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(draft, "w", opener=private_opener) as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # Linking fails if another process was first, so all processes read the same secret.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return _read(path)


def _read(path: Path) -> str:
    text = path.read_text().strip()
    if not text:
        raise BadSetting(f"{path} is empty: restore it, or delete it to get a new one.")
    return text


def _new_vapid_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return base64url(key.private_numbers().private_value.to_bytes(32, "big"))


def _public_key(private: str) -> str:
    try:
        raw = decode_base64url(private.strip())
        if len(raw) != PRIVATE_BYTES:
            raise ValueError
        key = ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())
    except ValueError as error:
        raise BadSetting("VAPID_PRIVATE is not a base64url P-256 private key.") from error
    return base64url(
        key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
    )
