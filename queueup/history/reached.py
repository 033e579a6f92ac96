"""Notes on called parties about how they were reached, which no event says."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, or_, select, update

from .tables import parties

PAGE = "page"
# From the weakest on; a note gives way to a stronger one only.
STRENGTH = ("none", PAGE, "push")


def called(connection: Connection, session_id: str, party_ids: Collection[str]) -> dict[str, int]:
    """Return when those of these parties were called first of whom more may become known."""
    column = parties.c
    found = connection.execute(
        select(column.party_id, column.first_called_at).where(
            column.session_id == session_id,
            column.party_id.in_(list(party_ids)),
            column.first_called_at.is_not(None),
            or_(column.reached.is_(None), column.reached != STRENGTH[-1]),
        )
    )
    return {row.party_id: row.first_called_at for row in found}


def note_reached(connection: Connection, session_id: str, channels: Mapping[str, str]) -> None:
    """Note how parties were reached; whoever answered a call was, at least on the page."""
    column = parties.c
    for strength, channel in enumerate(STRENGTH):
        ids = [party_id for party_id, found in channels.items() if found == channel]
        is_weaker = or_(column.reached.is_(None), column.reached.in_(STRENGTH[:strength]))
        ours = update(parties).where(column.session_id == session_id, is_weaker)
        if ids:
            connection.execute(ours.where(column.party_id.in_(ids)).values(reached=channel))
        if channel == PAGE:
            answered = ours.where(
                column.party_id.in_(list(channels)), column.answered_at.is_not(None)
            )
            connection.execute(answered.values(reached=PAGE))
