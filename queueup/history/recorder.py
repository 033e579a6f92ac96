"""Moves events from Redis into the history, and erases guests' names when they are due."""

import contextlib
import logging
import random
from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any

from queueup.domain.commands import session as session_commands
from queueup.domain.errors import UnknownQueue
from queueup.domain.events import (
    CallRanOut,
    ClosingBecameFinal,
    ClosingUndone,
    GuestAnswered,
    HoldExtended,
    PartyCalled,
    PartyDeclaredNearby,
    PartyEvent,
    QueueClosed,
    QueueOpened,
)
from queueup.domain.replay import ENDED_AS
from queueup.storage import codec
from queueup.storage.event_stream import BATCH, PendingEvents, UnrecordedEvent
from queueup.waitlist import Waitlist

from . import History
from .erasure import DAY, kept_days
from .event_writer import EventRow
from .redaction import is_personal, without_personal_text, without_secrets

log = logging.getLogger(__name__)

# What may end a day so that its guests' names are needed no more.
ENDINGS = {cls.__name__ for cls in (QueueClosed, ClosingUndone, ClosingBecameFinal, QueueOpened)}

# After these, more may be known of how a party was reached than at its call.
CALLS: tuple[type[PartyEvent], ...] = (
    PartyCalled,
    CallRanOut,
    GuestAnswered,
    HoldExtended,
    PartyDeclaredNearby,
    *ENDED_AS,
)
OF_CALLS = {cls.kind for cls in CALLS}

# Tells of a line how parties were reached that were called at some times (ms).
Reached = Callable[[str, Mapping[str, int]], dict[str, str]]

COLUMNS = ("type", "at", "party_id")
META = "meta."
# Days that reports of screens are kept, and days on which nobody joined.
TRACKS_KEPT_DAYS = UNUSED_KEPT_DAYS = 90


class Recorder:
    """Writes to SQL first and deletes from Redis after, so interrupted work is simply repeated.

    Every method may raise HistoryUnavailable and Unavailable.
    """

    def __init__(
        self,
        pending: PendingEvents,
        history: History,
        waitlist: Waitlist,
        privacy_days: int,
        clock: Callable[[], int],
        reached: Reached,
    ) -> None:
        self._pending = pending
        self._history = history
        self._waitlist = waitlist
        self._keep_days = privacy_days
        self._clock = clock
        self._reached = reached

    def upgrade(self) -> None:
        """Bring the history's tables up to date."""
        self._history.upgrade()

    def record_queue(self, code: str) -> bool:
        """Write all pending events of a queue; return whether guests had to be erased at once."""
        has_erased = False
        while batch := self._pending.events(code):
            erased = self._erase_at_once(code, batch)
            if erased:
                batch = self._pending.events(code)
            for session_id, events in groupby(batch, lambda event: event.session_id):
                self._record(code, session_id, [_row(event) for event in events])
            for session_id in erased:
                self._history.erase_names(session_id, self._clock())
            self._pending.drop_events(code, batch[-1].number)
            has_erased = has_erased or bool(erased)
        if has_erased:
            self._history.purge_freed_pages()
        return has_erased

    def record_waiting(self) -> bool:
        """Write everything pending: the tracks, and events whose own jobs have failed.

        Return whether guests had to be erased at once.
        """
        has_erased = False
        while batch := self._pending.tracks():
            self._history.record_tracks([_track(track_id, track) for track_id, track in batch])
            self._pending.drop_tracks(batch[-1][0])
        codes = self._pending.codes()
        # Random order, so that a queue that fails does not always block the same others.
        random.shuffle(codes)
        for code in codes:
            if self._pending.has_expired(code):
                log.error("events of %s expired before they were written to the history", code)
                self._erase_unrecorded(code)
                has_erased = True
            has_erased = self.record_queue(code) or has_erased
            self._pending.drop_code(code)
        return has_erased

    def erase_old_guests(self) -> int:
        """Erase the guests' names of all queues that are due, and return how many queues."""
        now = self._clock()
        ended = [
            session_id
            for session_id, code in self._history.due_for_erasure(now, self._keep_days)
            if self._erase_live(code, session_id)
        ]
        for session_id in ended:
            self._history.erase_names(session_id, now)
        in_use = [
            session_id
            for session_id, code, before, party_ids in self._history.open_sessions(
                now, self._keep_days
            )
            if self._erase_parties(code, session_id, party_ids, before)
        ]
        # Of an unused line, nothing in Redis can write to the history any more.
        self._history.delete_unused(now - UNUSED_KEPT_DAYS * DAY)
        tracks = self._history.delete_tracks(now - TRACKS_KEPT_DAYS * DAY)
        tracks += self._history.erase_tracks(now - self._keep_days * DAY)
        if tracks or ended or in_use:
            self._history.purge_freed_pages()
        return len(ended) + len(in_use)

    def _record(self, code: str, session_id: str, rows: list[EventRow]) -> None:
        replaced = self._history.record(code, session_id, rows)
        if replaced:
            log.warning(
                "Redis has lost events of %s that were in the history;"
                " their numbers have been used again: %s",
                code,
                ", ".join(map(str, replaced)),
            )
        party_ids = {row.party_id for row in rows if row.party_id and row.kind in OF_CALLS}
        if party_ids:
            self._note_reached(code, session_id, party_ids)

    def _note_reached(self, code: str, session_id: str, party_ids: set[str]) -> None:
        channels = self._reached(code, self._history.called(session_id, party_ids))
        try:
            queue = self._waitlist.queue(code)
        except UnknownQueue:
            return
        # With the day ends what is known of its devices and pages.
        is_over = queue.is_closed and queue.reopen_until is None
        if channels and queue.session_id == session_id and not is_over:
            self._history.note_reached(session_id, channels)

    def _erase_at_once(self, code: str, batch: list[UnrecordedEvent]) -> list[str]:
        """Erase in Redis the guests of days that keep no names; return those days' sessions.

        This needs no history, which may be away for days.
        """
        # Most batches end no day, and need not load the queue.
        has_ended = any(event.fields["type"] in ENDINGS for event in batch)
        if self._keep_days > 0 and not has_ended and len(batch) < BATCH:
            return []
        try:
            queue = self._waitlist.queue(code)
        except UnknownQueue:
            return []
        if kept_days(queue.settings.privacy_days, self._keep_days) > 0:
            return []
        sessions = sorted({event.session_id for event in batch})
        return [session_id for session_id in sessions if self._erase_live(code, session_id)]

    def _erase_parties(self, code: str, session_id: str, party_ids: list[str], before: int) -> bool:
        """Erase parties of a line that stays in use; return whether there was anything to erase.

        A party of which something is still to be written has its turn an hour later.
        """
        pending = self._pending.events(code)
        if len(pending) == BATCH:
            return False
        due = set(party_ids) - {event.fields.get("party_id") for event in pending}
        has_erased = False
        with contextlib.suppress(UnknownQueue):
            has_erased = bool(due) and self._waitlist.erase_parties(code, session_id, due)
        return self._history.erase_parties(session_id, due, before, self._clock()) or has_erased

    def _erase_unrecorded(self, code: str) -> None:
        """Erase guests of whom the history has nothing, and whom it would never erase."""
        with contextlib.suppress(UnknownQueue):
            self._waitlist.erase_guests(code)

    def _erase_live(self, code: str, session_id: str) -> bool:
        """Erase in Redis the guests of a day; return whether the day is over.

        When the queue is open again, all that is left of its earlier guests is events.
        """
        try:
            queue = self._waitlist.queue(code)
            if queue.session_id == session_id:
                if not session_commands.can_erase_guests(queue, self._clock()):
                    return False
                self._waitlist.erase_guests(code)
        except UnknownQueue:
            pass
        self._pending.rewrite_events(code, session_id, _without_person)
        return True


def _without_person(fields: dict[str, Any]) -> dict[str, Any]:
    return without_personal_text(fields) if is_personal(fields) else fields


def _row(event: UnrecordedEvent) -> EventRow:
    fields = _storable(event.fields)
    return EventRow(
        number=event.number,
        kind=codec.event_kind(fields),
        at=fields["at"],
        party_id=fields.get("party_id"),
        details=without_secrets({k: v for k, v in fields.items() if k not in COLUMNS}),
    )


def _track(track_id: str, track: dict[str, str]) -> dict[str, Any]:
    fields = _storable(track)
    meta = {
        name.removeprefix(META): value for name, value in fields.items() if name.startswith(META)
    }
    return {
        "track_id": track_id,
        "at": int(fields["at"]),
        "type": fields["type"],
        "kind": meta.get("kind"),
        "code": fields.get("code"),
        "party_id": fields.get("party"),
        "meta": meta or None,
    }


def _storable(value: Any) -> Any:
    """Return JSON without what PostgreSQL rejects: NUL and lone surrogates."""
    if isinstance(value, str):
        return (
            value.replace("\x00", "\ufffd")
            .encode("utf-16", "surrogatepass")
            .decode("utf-16", "replace")
        )
    if isinstance(value, dict):
        return {_storable(key): _storable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_storable(part) for part in value]
    return value
