"""The devices that run a line: adding one by a link that works once."""

from flask import request

from queueup import invitations
from queueup.domain.commands import devices as devices_commands
from queueup.domain.events import DeviceAdded
from queueup.invitations import Invitation
from queueup.services import waitlist
from queueup.signing_keys import base64url, hash_secret
from queueup.web.urls import own_origin

from . import hosts

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
ID_BYTES = 6
KEY_LETTERS = 24


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
    seed = hosts.derived("invitation", code, device, key or hosts.new_secret())
    return invitations.invite(waitlist(), own_origin(), code, seed, device, key)


def add(code: str, typed: str, name: str, key: str | None = None) -> tuple[str, str]:
    """Spend an invitation, and return the id and the secret of the new device.

    The same key with the same invitation returns the same device. Raises InvitationSpent.
    """
    letters = invitations.read(typed)
    device_id, secret = proofs("device", code, letters, key or hosts.new_secret())
    kept, invitation = hash_secret(secret), hash_secret(letters)
    waitlist().act(
        code,
        lambda queue, now: devices_commands.add(
            queue, DeviceAdded(now, device_id, name, kept, invitation=invitation)
        ),
        device_id,
        hosts.derived("added", device_id).hex()[:KEY_LETTERS],
    )
    return device_id, secret


def proofs(*origin: str) -> tuple[str, str]:
    """Return the id and the secret of the device of this origin, which must hold a secret."""
    device_id = hosts.derived("id", *origin)[:ID_BYTES].hex()
    return device_id, base64url(hosts.derived("secret", *origin))
