"""Idempotent writing of events and tracks, and of the queues and parties derived from them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, case, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from queueup.domain.events import (
    ClosingUndone,
    GuestsErased,
    QueueClosed,
    QueueOpened,
    SettingsChanged,
)
from queueup.domain.model import SECOND

from .erasure import erase_names, erase_parties
from .party_projection import Fact, party_row
from .redaction import is_personal, without_personal_text
from .tables import events, parties, queues, tracks

# The events that carry the host's settings.
SETTLED = (QueueOpened.kind, SettingsChanged.kind)
# The events that end a day, or take its end back.
ENDING = (QueueClosed.kind, ClosingUndone.kind)


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of a queue, numbered from 1; `details` are its other fields."""

    number: int
    kind: str
    at: int
    party_id: str | None
    details: dict[str, Any]


def write_events(
    connection: Connection, code: str, session_id: str, rows: Sequence[EventRow]
) -> list[int]:
    """Insert the events that are missing, and update the queue and its parties.

    An event whose number is taken replaces the other one, which Redis has lost; these numbers are
    returned.
    """
    if _lock_queue(connection, code, session_id):
        rows = [_without_personal_text(row) for row in rows]
    known, lost = _found(connection, session_id, rows)
    _remove(connection, session_id, lost)
    _insert_new(
        connection,
        events,
        [
            {
                "session_id": session_id,
                "number": row.number,
                "kind": row.kind,
                "at": row.at,
                "party_id": row.party_id,
                "details": row.details,
            }
            for row in rows
        ],
    )
    for row in rows:
        if row.kind == GuestsErased.kind and (party_ids := row.details.get("parties")):
            erase_parties(connection, session_id, party_ids, row.at)
        elif row.kind == GuestsErased.kind:
            erase_names(connection, session_id, row.at)
    # Queue and parties were derived from lost events, too.
    _update_queue(connection, session_id, [*lost, *rows])
    _update_parties(connection, session_id, [*lost, *rows])
    _note_not_erased(connection, session_id, [row for row in rows if row.number not in known])
    return [row.number for row in lost]


def write_tracks(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the tracks that are missing."""
    _insert_new(connection, tracks, rows)


def _lock_queue(connection: Connection, code: str, session_id: str) -> bool:
    """Lock the queue's row until this transaction ends; return whether names are erased.

    Parties are derived from all events so far, so two writers must not derive at a time.
    """
    statement = _insert(connection, queues).values(session_id=session_id, code=code)
    locking = statement.on_conflict_do_update(
        index_elements=["session_id"], set_={"code": statement.excluded.code}
    )
    erased_at = connection.scalar(locking.returning(queues.c.names_erased_at))
    return erased_at is not None


def _found(
    connection: Connection, session_id: str, rows: Sequence[EventRow]
) -> tuple[set[int], list[EventRow]]:
    """Return the numbers of the events that are stored already, and others with these numbers.

    A Redis that came back without its last commits counts on from before them.
    """
    if not rows:
        return set(), []
    found = connection.execute(
        select(events).where(
            events.c.session_id == session_id,
            events.c.number.between(rows[0].number, rows[-1].number),
        )
    )
    now = {row.number: row for row in rows}
    before = [EventRow(r.number, r.kind, r.at, r.party_id, r.details) for r in found]
    known = {row.number for row in before if row.number in now and _is_same(row, now[row.number])}
    return known, [row for row in before if row.number in now and row.number not in known]


def _remove(connection: Connection, session_id: str, lost: Sequence[EventRow]) -> None:
    """Delete events that Redis has lost."""
    if lost:
        numbers = [row.number for row in lost]
        ours = events.c.session_id == session_id
        connection.execute(delete(events).where(ours, events.c.number.in_(numbers)))


def _is_same(written: EventRow, row: EventRow) -> bool:
    # Names are erased in Redis before they are erased here.
    return row in (written, _without_personal_text(written))


def _update_queue(connection: Connection, session_id: str, rows: Sequence[EventRow]) -> None:
    latest = select(func.max(events.c.at)).where(events.c.session_id == session_id)
    changes: dict[str, Any] = {"last_event_at": latest.scalar_subquery()}
    kinds = {row.kind for row in rows}
    for row in rows:
        if row.kind == QueueOpened.kind:
            changes["opened_at"] = row.at
    if kinds & set(ENDING):
        changes |= _closing(connection, session_id)
    if kinds & set(SETTLED):
        changes |= _settings(connection, session_id)
    connection.execute(update(queues).where(queues.c.session_id == session_id).values(changes))


def _closing(connection: Connection, session_id: str) -> dict[str, Any]:
    """Return how a day ended: it can be closed for good later, without any guests.

    Names that were erased before that, in a line that was left open, are due to be erased again.
    """
    found = connection.execute(
        select(events.c.at, events.c.kind, events.c.details)
        .where(events.c.session_id == session_id, events.c.kind.in_(ENDING))
        .order_by(events.c.number)
    )
    closings: list[Row[*tuple[Any, ...]]] = []
    for event in found:
        if event.kind == QueueClosed.kind:
            closings.append(event)
        elif closings:
            closings.pop()
    if not closings:
        return {"closed_at": None, "close_reason": None}
    first, erased_at = closings[0], queues.c.names_erased_at
    return {
        "closed_at": first.at,
        "close_reason": first.details["reason"],
        "names_erased_at": case((erased_at >= first.at, erased_at)),
    }


def _settings(connection: Connection, session_id: str) -> dict[str, Any]:
    """Return the host's latest settings, even if older events are written again."""
    details = connection.scalar(
        select(events.c.details)
        .where(events.c.session_id == session_id, events.c.kind.in_(SETTLED))
        .order_by(events.c.number.desc())
        .limit(1)
    )
    settings = details["settings"] if details else {}
    return {
        "name": settings.get("name"),
        "location": settings.get("location"),
        "capacity": settings.get("max_guests"),
        "hold_seconds": settings.get("hold_ms", 0) // SECOND,
        "on_expiry": settings.get("on_expiry"),
        "time_zone": settings.get("time_zone"),
        "privacy_days": settings.get("privacy_days"),
        "keeps_code": settings.get("keeps_code", False),
    }


def _update_parties(connection: Connection, session_id: str, rows: Iterable[EventRow]) -> None:
    of_queue = events.c.session_id == session_id
    changed = {row.party_id for row in rows if row.party_id is not None}
    is_for_all = any(row.kind in ENDING for row in rows)
    of_parties = events.c.party_id.is_not(None) if is_for_all else events.c.party_id.in_(changed)
    found = connection.execute(
        select(events.c.party_id, events.c.kind, events.c.at, events.c.details)
        .where(of_queue, or_(of_parties, events.c.kind.in_(ENDING)))
        .order_by(events.c.number)
    ).all()
    facts_by_party: dict[str, list[Fact]] = {row.party_id: [] for row in found if row.party_id}
    for row in found:
        fact = Fact(row.kind, row.at, row.details)
        for facts in [facts_by_party[row.party_id]] if row.party_id else facts_by_party.values():
            facts.append(fact)
    # A party without any event left had joined by a lost event.
    gone = sorted(changed - facts_by_party.keys())
    if gone:
        ours = parties.c.session_id == session_id
        connection.execute(delete(parties).where(ours, parties.c.party_id.in_(gone)))
    if not facts_by_party:
        return
    statement = _insert(connection, parties)
    # No event says these.
    kept = ("party_id", "erased_at", "reached")
    derived = [column.name for column in parties.c if column.name not in kept]
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["party_id"],
            set_={name: statement.excluded[name] for name in derived}
            # A call that was undone, or lost, has reached nobody.
            | {
                "reached": case(
                    (statement.excluded.first_called_at.is_not(None), parties.c.reached)
                )
            },
        ),
        [
            {"party_id": party_id, "session_id": session_id} | party_row(facts)
            for party_id, facts in facts_by_party.items()
        ],
    )


def _note_not_erased(connection: Connection, session_id: str, new: Sequence[EventRow]) -> None:
    """Have the parties of new events erased once more, and what was written late."""
    if not new:
        return
    until = queues.c.erased_until
    connection.execute(
        update(queues)
        .where(queues.c.session_id == session_id, until >= min(row.at for row in new))
        .values(erased_until=None)
    )
    changed = {row.party_id for row in new if row.party_id is not None}
    connection.execute(
        update(parties)
        .where(
            parties.c.session_id == session_id,
            parties.c.party_id.in_(changed),
            parties.c.erased_at.is_not(None),
        )
        .values(erased_at=None)
    )


def _without_personal_text(row: EventRow) -> EventRow:
    if row.party_id is None and not is_personal(row.details):
        return row
    details = without_personal_text(row.details)
    return EventRow(row.number, row.kind, row.at, row.party_id, details)


def _insert_new(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    is_sqlite = connection.dialect.name == "sqlite"
    return sqlite.insert(table) if is_sqlite else postgresql.insert(table)
