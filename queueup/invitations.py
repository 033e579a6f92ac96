"""Invitations: a link with which one more device can run a line, once, within 15 minutes."""

import re
from dataclasses import dataclass

from queueup.domain.commands import devices as devices_commands

from .ids import CODE_LETTERS
from .links import invitation_url
from .signing_keys import hash_secret
from .typed import capitals
from .waitlist import Waitlist

# Sixty bits, valid for 15 minutes: impossible to guess, and short enough to type.
LETTERS = 12
GROUP = 4


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as people see it: a link, and its secret as letters to type."""

    link: str
    letters: str

    @property
    def address(self) -> str:
        """Return the part of the link that people type: no scheme and no secret."""
        return self.link.partition("//")[2].partition("#")[0]


def invite(
    waitlist: Waitlist,
    origin: str,
    code: str,
    seed: bytes,
    device: str | None = None,
    key: str | None = None,
) -> Invitation:
    """Make an invitation whose secret is derived from `seed`, 12 random bytes or more.

    Its link is at `origin`. The same key and seed make the same one. Raises UnknownQueue.
    """
    secret = "".join(CODE_LETTERS[byte % len(CODE_LETTERS)] for byte in seed[:LETTERS])
    kept = hash_secret(secret)
    waitlist.act(code, lambda queue, now: devices_commands.invite(queue, now, kept), device, key)
    groups = [secret[at : at + GROUP] for at in range(0, len(secret), GROUP)]
    return Invitation(invitation_url(origin, code.upper(), secret), "-".join(groups))


def read(typed: str) -> str:
    """Return the letters of a secret as typed or pasted, with or without its link."""
    return re.sub(r"[^A-Z0-9]+", "", capitals(typed.rpartition("#")[2]))
