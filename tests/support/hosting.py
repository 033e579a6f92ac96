"""What tests have a host do in one line: call a party, seat it, or give its place away."""

from queueup.domain.commands import host as host_commands
from queueup.waitlist import Waitlist


def call(waitlist: Waitlist, code: str, party_id: str, device: str | None = None) -> None:
    """Call a party."""
    waitlist.act(code, lambda queue, now: host_commands.call(queue, party_id, now), device)


def serve(waitlist: Waitlist, code: str, party_id: str, device: str | None = None) -> None:
    """Seat a called party."""
    waitlist.act(code, lambda queue, now: host_commands.serve(queue, party_id, now), device)


def no_show(waitlist: Waitlist, code: str, party_id: str, device: str | None = None) -> None:
    """Mark a called party as a no-show."""
    waitlist.act(code, lambda queue, now: host_commands.no_show(queue, party_id, now), device)
