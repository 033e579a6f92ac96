"""What each reader sees: the host, each guest, and anybody.

The shapes are the ones that screens in the field know; their key names are the wire's. A view holds
all that its reader may know and nothing else, so a view that has not changed is an unchanged poll.
"""

from .deadlines import next_due
from .estimate import BANDS
from .guest_view import for_guest, own_party
from .host_view import for_host
from .model import Party, Queue
from .view_parts import Standing, facts, line, standing, waits
from .view_parts import View as View


def snapshot(queue: Queue) -> View:
    """Return all views of a queue.

    `about`, `host`, `public`, `guests` by party id; and `devices`, with which hosts are known, for
    nobody to see.
    """
    stands = standing(queue)
    return {
        "code": queue.code,
        "sessionId": queue.session_id,
        "due": next_due(queue),
        "about": _about(queue),
        "host": for_host(queue, stands),
        "public": _for_public(queue, stands),
        "guests": {
            party.id: {
                "view": for_guest(queue, party, stands),
                "party": own_party(queue, party, stands),
            }
            for party in queue.parties
        },
        "devices": {
            device.id: {"secretHash": device.secret_hash, "locked": device.locked}
            for device in queue.devices
        },
        "pinHash": queue.pin_hash,
        "tokensRevoked": queue.tokens_revoked,
    }


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
        "holdMs": settings.hold_ms,
        "onExpiry": settings.on_expiry.value,
        "moreTimeMs": settings.more_time_ms,
        "nudgePlaces": list(settings.nudge_places),
        "nudgeMinutes": settings.nudge_minutes,
        "timeZone": settings.time_zone,
        "lastCallMinutes": settings.last_call_minutes,
        "maxWaitMs": settings.max_wait_ms,
        "quickReplies": list(settings.quick_replies),
        "languages": list(settings.languages),
        "privacyDays": settings.privacy_days,
        "keepsCode": settings.keeps_code,
        "canOpenAgain": queue.can_open_again,
        "hasPin": queue.pin_hash is not None,
    }


def _for_public(queue: Queue, stands: Standing) -> View:
    return line(queue, _public_party) | {
        "eventName": queue.settings.name,
        "people": queue.people(),
        "estimatedWaitMs": stands.expected(BANDS[0][0], stands.in_line).expected_ms,
        "joining": stands.joining,
        "waits": waits(stands),
    }


def _public_party(party: Party) -> View:
    first = (party.name or "").upper()[:1]
    return facts(party) | ({"initial": first} if first.isalnum() else {})
