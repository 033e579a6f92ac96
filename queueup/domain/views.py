"""What each reader sees: the host, each guest, and anybody.

The shapes are the ones that screens in the field know; their key names are the wire's. A view holds
all that its reader may know and nothing else, so a view that has not changed is an unchanged poll.
"""

from typing import Any

from .deadlines import next_due
from .estimate import wait_ms
from .queue import Party, Queue, Status

View = dict[str, Any]


def snapshot(queue: Queue) -> View:
    """Return all views of a queue: `about`, `host`, `public`, and `guests` by party id."""
    positions = queue.positions()
    return {
        "code": queue.code,
        "sessionId": queue.session_id,
        "due": next_due(queue),
        "about": _about(queue),
        "host": _for_host(queue),
        "public": _for_public(queue),
        "guests": {
            party.id: {
                "view": _for_guest(queue, party, positions),
                "party": _own_party(party),
            }
            for party in queue.parties
        },
    }


def host_party(party: Party) -> View:
    """Return a party as its host sees it; `name` is absent when none was given."""
    view: View = {"id": party.id}
    if party.name is not None:
        view["name"] = party.name
    return view | _facts(party)


def _about(queue: Queue) -> View:
    settings = queue.settings
    return {
        "code": queue.code,
        "eventName": settings.name,
        "location": settings.location,
        "contactInfo": settings.contact,
        "openTime": settings.open_time,
        "closeTime": settings.close_time,
        "maxGuests": settings.max_guests,
    }


def _for_host(queue: Queue) -> View:
    ended = [party for party in queue.parties if not party.is_active]
    return _line(queue, host_party) | {
        "people": queue.people(),
        "endedCount": len(ended),
        "closeReason": queue.close_reason,
    }


def _for_public(queue: Queue) -> View:
    ahead = len(queue.waiting()) + len(queue.called())
    return _line(queue, _facts) | {
        "eventName": queue.settings.name,
        "people": queue.people(),
        "estimatedWaitMs": wait_ms(ahead),
    }


def _line(queue: Queue, show: Any) -> View:
    called = queue.called()
    return {
        "type": "queue_update",
        "queue": [show(party) for party in queue.waiting()],
        "nowServing": show(called[0]) if called else None,
        "maxGuests": queue.settings.max_guests,
        "callDeadline": called[0].deadline if called else None,
        "closed": queue.is_closed,
        "called": [show(party) for party in called],
    }


def _facts(party: Party) -> View:
    facts: View = {
        "size": party.size,
        "status": party.status.value,
        "nearby": party.nearby,
        "joinedAt": party.joined_at,
        "ticket": party.ticket,
        "quotedMs": party.quoted_ms,
    }
    if party.status is Status.CALLED:
        facts |= {
            "calledAt": party.called_at,
            "deadline": party.deadline,
            "callCount": party.call_count,
            "overdue": party.overdue,
        }
    return facts


def _for_guest(queue: Queue, party: Party, positions: dict[str, int]) -> View:
    if not party.is_active:
        return {"type": "removed", "reason": party.status.value}
    if queue.is_closed:
        return {"type": "closed"}
    if party.status is Status.CALLED:
        return {"type": "called", "deadline": party.deadline}
    position = positions[party.id]
    return {
        "type": "position",
        "position": position,
        "aheadCount": position - 1,
        "queueLength": len(positions) + len(queue.called()),
        "estimatedWaitMs": wait_ms(position - 1),
        "eventName": queue.settings.name,
    }


def _own_party(party: Party) -> View:
    return {
        "ticket": party.ticket,
        "name": party.name,
        "size": party.size,
        "joinedAt": party.joined_at,
        "nearby": party.nearby,
        "callCount": party.call_count,
        "overdue": party.overdue,
        "endedAt": party.ended_at,
    }
