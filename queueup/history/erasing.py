"""Erases what says who the guests were; what remains is statistics."""

from sqlalchemy import JSON, Connection, and_, bindparam, or_, select, update

from ..domain.deadlines import MAX_AGE_MS
from ..privacy import without_personal_text
from .tables import events, parties, queues, tracks


def erase_names(connection: Connection, session_id: str, now: int) -> None:
    """Erase names and all other personal text of one queue's guests."""
    # First, as it makes the writers of this queue's events wait.
    connection.execute(
        update(queues).where(queues.c.session_id == session_id).values(names_erased_at=now)
    )
    connection.execute(update(parties).where(parties.c.session_id == session_id).values(name=None))
    found = connection.execute(
        select(events.c.number, events.c.details).where(
            events.c.session_id == session_id, events.c.party_id.is_not(None)
        )
    )
    erased = [
        {"numbered": row.number, "remaining": remaining}
        for row in found
        if (remaining := without_personal_text(row.details)) != row.details
    ]
    if erased:
        connection.execute(
            update(events)
            .where(events.c.session_id == session_id, events.c.number == bindparam("numbered"))
            .values(details=bindparam("remaining", type_=JSON)),
            erased,
        )


def erase_tracks(connection: Connection, before: int) -> int:
    """Erase what screens reported beside the kind of report, and count the erased."""
    statement = update(tracks).where(tracks.c.at <= before, tracks.c.meta.is_not(None))
    return connection.execute(statement.values(meta=None)).rowcount


def with_names(connection: Connection, ended_before: int) -> list[tuple[str, str]]:
    """Return session id and code of the queues that ended by then and still have names.

    A queue whose end was never heard of has ended when it was too old to go on.
    """
    has_ended = or_(
        queues.c.closed_at <= ended_before,
        and_(queues.c.closed_at.is_(None), queues.c.last_event_at <= ended_before - MAX_AGE_MS),
    )
    found = connection.execute(
        select(queues.c.session_id, queues.c.code)
        .where(queues.c.names_erased_at.is_(None), has_ended)
        .order_by(queues.c.session_id)
    )
    return [(row.session_id, row.code) for row in found]
