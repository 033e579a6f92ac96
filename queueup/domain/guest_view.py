"""What a guest sees: the wire's view, and beside it what only the guest's own page knows."""

from queueup.domain.commands.guest import ask_back_until, more_time_left_ms

from .model import Party, Queue, Status
from .view_parts import GUEST_EXTRAS, Standing, View, moved, range_view


def for_guest(queue: Queue, party: Party, standing: Standing) -> View:
    """Return what the wire tells a guest, to the letter."""
    if not party.is_active:
        return {"type": "removed", "reason": party.status.value}
    if queue.is_closed:
        return {"type": "closed"}
    if party.status is Status.CALLED:
        return {"type": "called", "deadline": party.deadline}
    position = standing.positions[party.id]
    return {
        "type": "position",
        "position": position,
        "aheadCount": position - 1,
        "queueLength": standing.in_line,
        "estimatedWaitMs": standing.expected(party.size, position - 1).expected_ms,
        "eventName": queue.settings.name,
    }


def own_party(queue: Queue, party: Party, standing: Standing) -> View:
    """Return what a guest's own page knows beside the wire's view."""
    own: View = {
        "ticket": party.ticket,
        "name": party.name,
        "size": party.size,
        "joinedAt": party.joined_at,
        "nearby": party.nearby,
        "callCount": party.call_count,
        "overdue": party.overdue,
        "endedAt": party.ended_at,
        "language": party.language,
        "quotedMs": party.quoted_ms,
    }
    own |= GUEST_EXTRAS.of(party)
    if party.moved_at is not None:
        own["moved"] = moved(party)
    if party.judged:
        own["judged"] = party.judged
    if party.status is Status.CALLED:
        own["moreTimeLeftMs"] = more_time_left_ms(queue, party)
    if (until := ask_back_until(party)) is not None:
        own["askBackUntil"] = until
    for name, places in (("wait", standing.positions), ("passWait", standing.after_passing)):
        if (place := places.get(party.id)) is not None:
            own[name] = range_view(standing.expected(party.size, place - 1)) | {"place": place}
    return own
