"""Invitations: a link that lets one more device run a line, once, for a quarter of an hour."""

import re
from dataclasses import dataclass

from queueup.domain.commands import devices as devices_commands

from .ids import CODE_LETTERS
from .links import invitation_url
from .signing_keys import hash_secret
from .waitlist import Waitlist

# Sixty bits for a quarter of an hour: nobody guesses it, and it can be typed if need be.
LETTERS = 12
GROUP = 4


@dataclass(frozen=True, slots=True)
class Invitation:
    """What lets one more device in: a link, and the same as letters to type."""

    link: str
    letters: str

    @property
    def address(self) -> str:
        """Return the link as people type it: without its secret."""
        return self.link.partition("//")[2].partition("#")[0]


def invite(
    waitlist: Waitlist,
    origin: str,
    code: str,
    seed: bytes,
    device: str | None = None,
    key: str | None = None,
) -> Invitation:
    """Make the invitation of this seed, 12 secret bytes or more, at the service of this origin.

    The same key and seed make it again. Raises UnknownQueue.
    """
    secret = "".join(CODE_LETTERS[byte % len(CODE_LETTERS)] for byte in seed[:LETTERS])
    kept = hash_secret(secret)
    waitlist.act(code, lambda queue, now: devices_commands.invite(queue, now, kept), device, key)
    groups = [secret[at : at + GROUP] for at in range(0, len(secret), GROUP)]
    return Invitation(invitation_url(origin, code.upper(), secret), "-".join(groups))


def read(typed: str) -> str:
    """Return the letters in what somebody typed or pasted, the whole link too."""
    return re.sub(r"[^A-Z0-9]+", "", typed.rpartition("#")[2].upper())
