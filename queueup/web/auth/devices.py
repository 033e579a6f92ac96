"""Adding devices to a line by links that work once."""

from flask import request

from queueup import invitations
from queueup.domain.commands import devices as devices_commands
from queueup.domain.events import DeviceAdded
from queueup.invitations import Invitation
from queueup.services import waitlist
from queueup.signing_keys import base64url, hash_secret
from queueup.web.urls import own_origin

from . import hosts

# Words in a browser's User-Agent, the most specific first, and the device that they mean.
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


def suggested_name() -> str:
    """Return a name for this device by its kind, until its host chooses another."""
    agent = request.user_agent.string
    kind = next((name for mark, name in KINDS if mark in agent), "Device")
    if kind == "Android":
        return "Android phone" if "Mobile" in agent else "Android tablet"
    return kind


def invite(code: str, device: str, key: str | None = None) -> Invitation:
    """Return a link that adds one device to the line; the same key returns the same link."""
    # Without a key, every invitation is another one.
    seed = hosts.derive("invitation", code, device, key or hosts.new_secret())
    return invitations.invite(waitlist(), own_origin(), code, seed, device, key)


def add(code: str, typed: str, name: str, key: str | None = None) -> tuple[str, str]:
    """Redeem an invitation, and return the id and the secret of the new device.

    The same key with the same invitation returns the same device. Raises InvitationSpent.
    """
    letters = invitations.read(typed)
    device_id, secret = credentials("device", code, letters, key or hosts.new_secret())
    secret_hash, invitation = hash_secret(secret), hash_secret(letters)
    waitlist().act(
        code,
        lambda queue, now: devices_commands.add(
            queue, DeviceAdded(now, device_id, name, secret_hash, invitation=invitation)
        ),
        device_id,
        hosts.derive_mark("added", device_id),
    )
    return device_id, secret


def first_credentials(given: str, key: str | None) -> tuple[str, str]:
    """Derive the id and the secret of the device that opens a line by a form.

    The id is of the form alone, so that the form can be known when it is sent again, corrected. The
    secret is of all that it said.
    """
    return credentials("first device", given)[0], credentials("first device", key or given)[1]


def credentials(*origin: str) -> tuple[str, str]:
    """Derive the id and the secret of a device from this origin, part of which must be secret."""
    device_id = hosts.derive("id", *origin)[:ID_BYTES].hex()
    return device_id, base64url(hosts.derive("secret", *origin))
