"""The devices that run a line: adding one by a link that works once."""

import re
from dataclasses import dataclass

from flask import request

from ..domain import hosting
from ..domain.device_events import DeviceAdded
from ..domain.queue import HOUR, MINUTE
from ..ids import CODE_LETTERS
from ..keys import base64url
from ..parts import waitlist
from ..waitlist import now_ms
from . import auth
from .origins import own_origin

# What a browser says of the thing that it runs on, in the order in which it is to be believed.
KINDS = (
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("Android", "Android"),
    ("CrOS", "Chromebook"),
    ("Macintosh", "Mac"),
    ("Windows", "Windows computer"),
    ("Linux", "Computer"),
)
# Sixty bits for a quarter of an hour: nobody guesses it, and it can be typed if need be.
INVITATION_LETTERS = 12
GROUP = 4
ID_BYTES = 6
KEY_LETTERS = 24
DAY = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Invitation:
    """What lets one more device in: a link, and the same as letters to type."""

    link: str
    letters: str

    @property
    def address(self) -> str:
        """Return the link as people type it: without its secret."""
        return self.link.partition("//")[2].partition("#")[0]


def suggested_name() -> str:
    """Name the device that asks by its kind, until its host gives it another name."""
    agent = request.user_agent.string
    kind = next((name for mark, name in KINDS if mark in agent), "Device")
    if kind == "Android":
        return "Android phone" if "Mobile" in agent else "Android tablet"
    return kind


def invite(code: str, device: str, key: str | None = None) -> Invitation:
    """Make a link that lets one more device run the line, once; the same key makes it again."""
    # Made of a key that is made up where there is none.
    seed = auth.derived("invitation", code, device, key or auth.new_secret())
    secret = "".join(CODE_LETTERS[byte % len(CODE_LETTERS)] for byte in seed[:INVITATION_LETTERS])
    kept = auth.hash_secret(secret)
    waitlist().act(code, lambda queue, now: hosting.invite(queue, now, kept), device, key)
    groups = [secret[at : at + GROUP] for at in range(0, len(secret), GROUP)]
    # Behind the # no server and no log ever sees it.
    return Invitation(f"{own_origin()}/host/{code}/device#{secret}", "-".join(groups))


def add(code: str, typed: str, name: str, key: str | None = None) -> tuple[str, str]:
    """Spend an invitation, and return the id and the secret of the new device.

    The same key with the same invitation returns the same device. Raises InvitationSpent.
    """
    letters = read_invitation(typed)
    device_id, secret = proofs("device", code, letters, key or auth.new_secret())
    kept, invitation = auth.hash_secret(secret), auth.hash_secret(letters)
    waitlist().act(
        code,
        lambda queue, now: hosting.add(
            queue, DeviceAdded(now, device_id, name, kept, invitation=invitation)
        ),
        device_id,
        auth.derived("added", device_id).hex()[:KEY_LETTERS],
    )
    return device_id, secret


def proofs(*origin: str) -> tuple[str, str]:
    """Return the id and the secret of the device of this origin, which must hold a secret."""
    device_id = auth.derived("id", *origin)[:ID_BYTES].hex()
    return device_id, base64url(auth.derived("secret", *origin))


def read_invitation(typed: str) -> str:
    """Return the letters in what somebody typed or pasted, the whole link too."""
    return re.sub(r"[^A-Z0-9]+", "", typed.rpartition("#")[2].upper())


def ago(at: int) -> str:
    """Say how long ago (ms since the epoch) something was."""
    since = now_ms() - at
    if since < MINUTE:
        return "just now"
    if since < HOUR:
        return f"{since // MINUTE} min ago"
    if since < DAY:
        return f"{since // HOUR} h ago"
    days = since // DAY
    return "yesterday" if days == 1 else f"{days} days ago"
