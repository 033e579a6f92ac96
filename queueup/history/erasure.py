"""Erasure of personal text (GDPR, article 17); what remains is statistics."""

from collections.abc import Collection

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    true,
    update,
)

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
    _erase_rows(connection, session_id, true(), now)
    _erase_events(connection, session_id, true())


def erase_parties(
    connection: Connection, session_id: str, party_ids: Collection[str], now: int
) -> bool:
    """Erase personal text of these parties of one queue; return whether there was any."""
    ids = sorted(party_ids)
    has_erased = False
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        _erase_rows(connection, session_id, parties.c.party_id.in_(some), now)
        if _erase_events(connection, session_id, events.c.party_id.in_(some)):
            has_erased = True
    return has_erased


def erase_devices(connection: Connection, session_id: str, before: int) -> bool:
    """Erase what devices were named until this time (ms); return whether there was any."""
    found = select(queues.c.erased_until).where(queues.c.session_id == session_id)
    due = _devices_due(connection.scalar(found), before)
    has_erased = _erase_events(connection, session_id, due)
    connection.execute(
        update(queues).where(queues.c.session_id == session_id).values(erased_until=before)
    )
    return has_erased


def _devices_due(erased_until: int | None, before: int) -> ColumnElement[bool]:
    due = and_(events.c.party_id.is_(None), events.c.at <= before)
    return due if erased_until is None else and_(due, events.c.at > erased_until)


def _erase_rows(
    connection: Connection, session_id: str, which: ColumnElement[bool], now: int
) -> None:
    own_words = parties.c.reason.in_(sorted(KEPT_WORDS["reason"]))
    connection.execute(
        update(parties)
        .where(parties.c.session_id == session_id, which)
        .values(name=None, seating=None, reason=case((own_words, parties.c.reason)), erased_at=now)
    )


def _erase_events(connection: Connection, session_id: str, which: ColumnElement[bool]) -> bool:
    """Erase personal text of these events of a queue; return whether there was any."""
    found = connection.execute(
        select(events.c.number, events.c.party_id, events.c.details).where(
            events.c.session_id == session_id, which
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
    return bool(erased)


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


def open_sessions(
    connection: Connection, now: int, keep_days: int
) -> list[tuple[str, str, int, list[str]]]:
    """Return the open sessions in which something is due to be erased.

    Of each: its id, its code, the time (ms) until which things are due, and the parties that ended
    until then. A party still in line counts as ended as a line does: 20 hours after its last event.
    What was erased is not due again, unless something has been written since.
    """
    found = connection.execute(
        select(queues.c.session_id, queues.c.code, queues.c.privacy_days, queues.c.erased_until)
        .where(
            queues.c.closed_at.is_(None),
            # Nothing has happened since the names of such a line were erased.
            or_(
                queues.c.names_erased_at.is_(None),
                queues.c.names_erased_at < queues.c.last_event_at,
            ),
        )
        .order_by(queues.c.session_id)
    ).all()
    # A day at least, in which a host may restore a party that has ended.
    due = []
    for row in found:
        before = now - max(1, kept_days(row.privacy_days, keep_days)) * DAY
        party_ids = _ended_parties(connection, row.session_id, before)
        if party_ids or _has_devices_due(connection, row.session_id, row.erased_until, before):
            due.append((row.session_id, row.code, before, party_ids))
    return due


def _has_devices_due(
    connection: Connection, session_id: str, erased_until: int | None, before: int
) -> bool:
    due = _devices_due(erased_until, before)
    wanted = select(events.c.number).where(events.c.session_id == session_id, due).limit(1)
    return connection.execute(wanted).first() is not None


def _ended_parties(connection: Connection, session_id: str, before: int) -> list[str]:
    last_event = (
        select(func.max(events.c.at))
        .where(events.c.session_id == session_id, events.c.party_id == parties.c.party_id)
        .scalar_subquery()
    )
    left_in_line = and_(parties.c.ended_at.is_(None), last_event <= before - MAX_AGE_WITH_HOURS_MS)
    wanted = select(parties.c.party_id).where(
        parties.c.session_id == session_id, parties.c.erased_at.is_(None)
    )
    # Each finds its parties by the index; one query for both would look at all of them.
    return [
        party_id
        for ended in (parties.c.ended_at <= before, left_in_line)
        for party_id in connection.execute(wanted.where(ended)).scalars()
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
