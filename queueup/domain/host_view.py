"""What a host sees."""

from queueup.domain.commands.undo import last_undoable

from .model import Party, Queue
from .view_parts import ENDED_EXTRAS, HOST_EXTRAS, Standing, View, facts, line, moved, waits

SHOWN_ENDED = 8


def for_host(queue: Queue, standing: Standing) -> View:
    """Return the whole line, and what the host can do."""
    ended = [party for party in queue.parties if not party.is_active]
    latest = sorted(ended, key=_ended_last, reverse=True)
    return line(queue, host_party) | {
        "people": queue.people(),
        "endedCount": len(ended),
        "ended": [ended_party(party) for party in latest[:SHOWN_ENDED]],
        "asks": _asks(latest),
        "undo": _undo(queue),
        "closeReason": queue.close_reason,
        "pausedReason": queue.paused_reason,
        "joining": standing.joining,
        "waits": waits(standing),
        "devices": [
            {
                "id": device.id,
                "name": device.name,
                "addedAt": device.added_at,
                "actedAt": device.acted_at,
                "locked": device.locked,
            }
            for device in queue.devices
        ],
    }


def host_party(party: Party) -> View:
    """Return a party as its host sees it; what is not known is absent."""
    view: View = {"id": party.id}
    if party.name is not None:
        view["name"] = party.name
    view |= facts(party) | {"origin": party.origin} | HOST_EXTRAS.of(party)
    if party.flags:
        view["flags"] = list(party.flags)
    if party.moved_at is not None:
        view["moved"] = moved(party)
    return view


def ended_party(party: Party) -> View:
    """Return an ended party as its host sees it."""
    view = host_party(party) | ENDED_EXTRAS.of(party)
    if party.first_called_at is not None:
        # Two processes' clocks may differ by more than somebody waited.
        view["waitedMs"] = max(0, party.first_called_at - party.joined_at)
    return view


def _asks(ended: list[Party]) -> list[View]:
    """List the ended parties that want something of the host, or gave up after a call."""
    return [
        {"kind": "back" if party.asked_back_at else "gone"} | ended_party(party)
        for party in ended
        if party.asked_back_at or party.needs_host
    ]


def _undo(queue: Queue) -> View | None:
    parts = last_undoable(queue)
    if not parts:
        return None
    tickets = [party.ticket for action in parts if (party := queue.party(action.party_id))]
    device = queue.device(parts[0].device)
    return {
        "act": parts[0].number,
        "kind": parts[0].kind,
        "at": parts[0].at,
        "tickets": sorted(tickets),
        "device": device.name if device else None,
    }


def _ended_last(party: Party) -> tuple[int, int]:
    return (party.ended_at or 0, party.ticket)
