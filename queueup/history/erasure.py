"""Erasure of personal text (GDPR, article 17); what remains is statistics."""

from sqlalchemy import JSON, Connection, RowMapping, bindparam, case, delete, select, update

from queueup.domain.deadlines import MAX_AGE_MS, MAX_AGE_WITH_HOURS_MS
from queueup.domain.model import HOUR

from .redaction import KEPT_WORDS, is_personal, without_personal_text
from .tables import events, parties, queues, tracks

DAY = 24 * HOUR
# Rows of one transaction; other writers wait for it.
BATCH = 500


def erase_names(connection: Connection, session_id: str, now: int) -> None:
    """Erase names and all other personal text of one queue's guests."""
    # First, because it locks out the writers of this queue's events.
    connection.execute(
        update(queues).where(queues.c.session_id == session_id).values(names_erased_at=now)
    )
    own_words = parties.c.reason.in_(sorted(KEPT_WORDS["reason"]))
    connection.execute(
        update(parties)
        .where(parties.c.session_id == session_id)
        .values(name=None, seating=None, reason=case((own_words, parties.c.reason)))
    )
    found = connection.execute(
        select(events.c.number, events.c.party_id, events.c.details).where(
            events.c.session_id == session_id
        )
    )
    erased = [
        {"numbered": row.number, "remaining": remaining}
        for row in found
        if (row.party_id is not None or is_personal(row.details))
        and (remaining := without_personal_text(row.details)) != row.details
    ]
    if erased:
        connection.execute(
            update(events)
            .where(events.c.session_id == session_id, events.c.number == bindparam("numbered"))
            .values(details=bindparam("remaining", type_=JSON)),
            erased,
        )


def erase_tracks(connection: Connection, before: int) -> int:
    """Erase all of what screens reported but its kind, and return how many rows."""
    statement = update(tracks).where(tracks.c.at <= before, tracks.c.meta.is_not(None))
    return connection.execute(statement.values(meta=None)).rowcount


def delete_tracks(connection: Connection, before: int) -> int:
    """Delete what screens reported until this time (ms), and return how many rows."""
    return connection.execute(delete(tracks).where(tracks.c.at <= before)).rowcount


def delete_unused(connection: Connection, before: int) -> int:
    """Delete the queues that nobody joined and that nothing happened in since this time (ms).

    Return how many.
    """
    joined = select(parties.c.party_id).where(parties.c.session_id == queues.c.session_id)
    unused = (
        select(queues.c.session_id)
        .where(queues.c.last_event_at <= before, ~joined.exists())
        .order_by(queues.c.session_id)
        .limit(BATCH)
    )
    found = connection.execute(unused).scalars().all()
    connection.execute(delete(events).where(events.c.session_id.in_(found)))
    connection.execute(delete(queues).where(queues.c.session_id.in_(found)))
    return len(found)


def due_for_erasure(connection: Connection, now: int, keep_days: int) -> list[tuple[str, str]]:
    """Return session id and code of the queues whose guests' names are due to be erased.

    That is `keep_days` after the queue ended, or as many days as its host wanted if that is sooner.
    """
    found = connection.execute(
        select(
            queues.c.session_id,
            queues.c.code,
            queues.c.closed_at,
            queues.c.last_event_at,
            queues.c.time_zone,
            queues.c.privacy_days,
        )
        .where(queues.c.names_erased_at.is_(None))
        .order_by(queues.c.session_id)
    )
    return [
        (row["session_id"], row["code"])
        for row in found.mappings()
        if _ended_at(row) + kept_days(row["privacy_days"], keep_days) * DAY <= now
    ]


def kept_days(wanted: int | None, keep_days: int) -> int:
    """Return how many days names are kept: a host may choose fewer than the operator allows."""
    return keep_days if wanted is None else min(wanted, keep_days)


def _ended_at(row: RowMapping) -> int:
    """Return when a queue ended, at the latest: its maximum age, if its end was never recorded."""
    if row["closed_at"] is not None:
        return int(row["closed_at"])
    # Only a queue with a time zone has opening hours, and may be open for longer.
    max_age = MAX_AGE_MS if row["time_zone"] is None else MAX_AGE_WITH_HOURS_MS
    return int(row["last_event_at"]) + max_age
