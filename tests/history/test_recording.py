"""Every event is in the history once, whatever runs twice, and the tables say what happened."""

import contextlib
import secrets
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from queueup.domain import events as events_of_all
from queueup.domain.commands import session as session_commands
from queueup.domain.events import PartyCalled, PartyJoined, PartyServed
from queueup.domain.model import MINUTE, UNDO_CLOSING_MS, OnExpiry
from queueup.history import History
from queueup.history.database import Database, HistoryUnavailable
from queueup.history.event_writer import EventRow, write_events
from queueup.history.recorder import Recorder
from queueup.history.tables import events, metadata, parties, queues, tracks
from queueup.storage.event_stream import PendingEvents, Tracks
from queueup.waitlist import Waitlist
from tests.history.evenings import HOLD, OPENED, Clock, known_evening, restaurant
from tests.history.full_evening import SECRETS, FullEvening
from tests.history.reaching import reached_in
from tests.history.reading import Rows, read_tables
from tests.support import hosting

KINDS = {
    cls.kind
    for cls in vars(events_of_all).values()
    if isinstance(cls, type) and issubclass(cls, events_of_all.Event) and isinstance(cls.kind, str)
} - {""} | {"QUEUE_POSITION_2", "QUEUE_POSITION_5"}


def _stream(code: str) -> str:
    return f"queueup:{{{code}}}:events"


def _everything(rows: Rows) -> dict[str, list[dict[str, Any]]]:
    return {table.name: rows(table) for table in metadata.sorted_tables}


def _by_name(rows: Rows) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in rows(parties)}


def _minutes(row: dict[str, Any]) -> dict[str, float]:
    """Return a party's times as minutes since the opening; those that never came are left out."""
    return {
        name: (value - OPENED) / MINUTE
        for name, value in row.items()
        if name.endswith("_at") and value is not None
    }


def test_every_kind_of_event_lands_in_the_history(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, rows: Rows
) -> None:
    code = FullEvening(waitlist, clock).code
    clock.now += UNDO_CLOSING_MS
    waitlist.erase_guests(code)
    recorder.record_queue(code)
    assert {row["kind"] for row in rows(events)} == KINDS


def test_events_are_numbered_without_gaps_and_dropped_from_redis(
    waitlist: Waitlist, recorder: Recorder, redis: Redis, clock: Clock, rows: Rows
) -> None:
    code = known_evening(waitlist, clock)
    last = waitlist.queue(code).last_event
    recorder.record_queue(code)
    assert [row["number"] for row in rows(events)] == list(range(1, last + 1))
    assert redis.xlen(_stream(code)) == 0
    assert redis.smembers("queueup:unrecorded") == set()


def test_a_queue_is_described_by_its_row(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, rows: Rows
) -> None:
    code = known_evening(waitlist, clock)
    recorder.record_queue(code)
    assert rows(queues) == [
        {
            "session_id": waitlist.queue(code).session_id,
            "code": code,
            "name": "Lucia",
            "location": "Main Street",
            "capacity": 50,
            "hold_seconds": 120,
            "on_expiry": "flag",
            "time_zone": None,
            "privacy_days": None,
            "keeps_code": False,
            "opened_at": OPENED,
            "closed_at": OPENED + 60 * MINUTE,
            "close_reason": "host",
            "last_event_at": OPENED + 60 * MINUTE,
            "names_erased_at": None,
            "erased_until": None,
        }
    ]


def test_parties_have_the_times_of_the_evening(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, rows: Rows
) -> None:
    recorder.record_queue(known_evening(waitlist, clock))
    found = _by_name(rows)
    assert {name: _minutes(row) for name, row in found.items()} == {
        "Anna": {
            "joined_at": 0,
            "first_called_at": 10,
            "last_called_at": 10,
            "nearby_at": 11,
            "answered_at": 11,
            "ended_at": 11.5,
        },
        "Ben": {"joined_at": 0, "first_called_at": 20, "last_called_at": 23, "ended_at": 24},
        "Carla": {"joined_at": 0, "ended_at": 30},
        # Near before the call is not an answer to it.
        "Dora": {
            "joined_at": 0,
            "nearby_at": 30,
            "first_called_at": 40,
            "last_called_at": 40,
            "ended_at": 40,
        },
        "Emil": {"joined_at": 0, "ended_at": 30},
        "Fay": {"joined_at": 0, "ended_at": 60},
        "Gus": {"joined_at": 0, "ended_at": 60},
    }
    columns = [
        "ticket",
        "size",
        "quoted_minutes",
        "waited_minutes",
        "call_count",
        "ran_out_count",
        "outcome",
    ]
    assert {name: tuple(row[column] for column in columns) for name, row in found.items()} == {
        "Anna": (1, 2, 5, 10, 1, 0, "served"),
        "Ben": (2, 4, 5, 20, 2, 1, "no_show"),
        "Carla": (3, 2, 10, 30, 0, 0, "left"),
        "Dora": (4, 1, 10, 40, 1, 0, "served"),
        "Emil": (5, 6, 15, 30, 0, 0, "kicked"),
        "Fay": (6, 3, 20, 60, 0, 0, "closed"),
        "Gus": (7, 2, 20, 60, 0, 0, "closed"),
    }


def test_parties_have_all_that_a_full_evening_did_to_them(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, rows: Rows
) -> None:
    recorder.record_queue(FullEvening(waitlist, clock).code)
    found = _by_name(rows)
    columns = {
        "outcome": ("served", "served", "closed", "left", "kicked", "no_show", "left", "undone"),
        "origin": ("guest", "guest", "host", "guest", "guest", "guest", "guest", "host"),
        "size": (2, 4, 3, 1, 6, 3, 2, 2),
        # The seating that was undone at 13 counts for nothing, and nor does Ben's call at 15.
        "call_count": (1, 2, 0, 1, 0, 1, 0, 0),
        "ran_out_count": (0, 1, 0, 0, 0, 1, 0, 0),
        "waited_minutes": (10, 20, 160, 34, 37, 40, 48, 0),
        "table_name": ("12", "3", None, None, None, None, None, None),
        "reason": (None, None, None, "not_coming", "too loud", None, None, None),
        "seating": (None, None, "indoors", None, None, None, None, None),
        "extended_count": (2, 0, 0, 0, 0, 0, 0, 0),
        "extended_minutes": (10, 0, 0, 0, 0, 0, 0, 0),
        "let_pass_count": (0, 0, 0, 1, 0, 0, 0, 0),
        "moved_count": (0, 0, 1, 0, 0, 0, 0, 0),
        "restored_count": (0, 1, 0, 0, 1, 0, 0, 0),
        "judged": (None, None, None, "too_long", None, None, None, None),
    }
    names = ("Anna", "Ben", "Carla", "Dora", "Emil", "Fay", "Gus", "Hugo")
    assert {c: tuple(found[name][c] for name in names) for c in columns} == columns
    assert _minutes(found["Anna"]) == {
        "joined_at": 0,
        "first_called_at": 10,
        "last_called_at": 10,
        "answered_at": 11,
        "ended_at": 14,
    }
    carla, dora = found["Carla"], found["Dora"]
    assert (carla["first_quoted_minutes"], carla["quoted_minutes"]) == (20, 47)
    # Near before the call is not an answer to it, and leaving is none either.
    assert (_minutes(dora)["nearby_at"], dora["answered_at"]) == (33.4, None)
    assert 0 <= dora["shown_low_minutes"] < dora["shown_high_minutes"]


def test_two_days_of_a_code_that_wait_together_become_two_rows(
    waitlist: Waitlist, recorder: Recorder, redis: Redis, clock: Clock, rows: Rows
) -> None:
    evening = FullEvening(waitlist, clock)
    first = waitlist.queue(evening.code)
    clock.forward(22 * 60)
    waitlist.open_again(evening.code, "stand")
    _, zoe = waitlist.join(evening.code, "Zoe", 2, None)
    second = waitlist.queue(evening.code)
    recorder.record_queue(evening.code)
    assert redis.xlen(_stream(evening.code)) == 0
    days = {row["session_id"]: row for row in rows(queues)}
    assert [days[day.session_id]["code"] for day in (first, second)] == [evening.code] * 2
    assert days[second.session_id]["opened_at"] == second.opened_at
    assert days[first.session_id]["closed_at"] == first.closed_at
    assert days[second.session_id]["closed_at"] is None
    numbers: dict[str, list[int]] = {first.session_id: [], second.session_id: []}
    for row in rows(events):
        numbers[row["session_id"]].append(row["number"])
    # After ten minutes the first day's end could no longer be undone.
    assert numbers[first.session_id] == list(range(1, first.last_event + 2))
    assert numbers[second.session_id][0] == first.last_event + 2
    [party] = [row for row in rows(parties) if row["session_id"] == second.session_id]
    assert (party["party_id"], party["ticket"], party["outcome"]) == (zoe.id, 1, None)


@pytest.mark.parametrize("waits", [True, False])
def test_a_day_that_is_closed_for_good_later_has_ended_when_it_ended(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, rows: Rows, waits: bool
) -> None:
    code = FullEvening(waitlist, clock).code
    ended_at = clock.now
    if not waits:
        recorder.record_queue(code)
    clock.forward(24 * 60)
    waitlist.close(code)
    recorder.record_queue(code)
    [queue] = rows(queues)
    assert (queue["closed_at"], queue["close_reason"]) == (ended_at, "day")
    assert {row["ended_at"] for row in rows(parties) if row["outcome"] == "closed"} == {ended_at}


def test_a_closing_that_was_undone_never_ended_the_day(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, rows: Rows
) -> None:
    code = waitlist.create(replace(restaurant(), keeps_code=True)).code
    waitlist.join(code, "Anna", 2, None)
    waitlist.act(code, session_commands.end_day)
    recorder.record_queue(code)
    assert [row["outcome"] for row in rows(parties)] == ["closed"]
    clock.forward(5)
    waitlist.act(code, session_commands.undo_closing)
    recorder.record_queue(code)
    [queue], [anna] = rows(queues), rows(parties)
    assert (queue["closed_at"], queue["close_reason"]) == (None, None)
    assert (anna["outcome"], anna["ended_at"]) == (None, None)
    clock.forward(60)
    waitlist.act(code, session_commands.close)
    recorder.record_queue(code)
    [queue], [anna] = rows(queues), rows(parties)
    assert (queue["closed_at"], queue["close_reason"]) == (clock.now, "host")
    assert (anna["outcome"], anna["ended_at"]) == ("closed", clock.now)


@pytest.mark.parametrize("waits", [True, False])
def test_undoing_closing_for_good_leaves_the_day_ended_as_it_was(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, rows: Rows, waits: bool
) -> None:
    code = waitlist.create(replace(restaurant(), keeps_code=True)).code
    waitlist.join(code, "Anna", 2, None)
    ben = waitlist.join(code, "Ben", 2, None)[1].id
    waitlist.leave(code, ben)
    left_at = clock.now
    clock.forward(60)
    waitlist.act(code, session_commands.end_day)
    ended_at = clock.now

    def ended() -> tuple[Any, ...]:
        recorder.record_queue(code)
        [queue] = rows(queues)
        return (
            (queue["closed_at"], queue["close_reason"]),
            {name: (row["outcome"], row["ended_at"]) for name, row in _by_name(rows).items()},
        )

    expected = ((ended_at, "day"), {"Anna": ("closed", ended_at), "Ben": ("left", left_at)})
    if waits:
        assert ended() == expected
    clock.forward(5)
    waitlist.close(code)
    if waits:
        assert ended() == expected
    clock.forward(1)
    waitlist.act(code, session_commands.undo_closing)
    assert ended() == expected
    clock.forward(1)
    waitlist.act(code, session_commands.undo_closing)
    assert ended() == ((None, None), {"Anna": (None, None), "Ben": ("left", left_at)})


def test_a_queues_row_has_the_settings_of_its_last_hour(
    waitlist: Waitlist, recorder: Recorder, redis: Redis, clock: Clock, rows: Rows
) -> None:
    code = FullEvening(waitlist, clock).code
    opening = redis.xrange(_stream(code), count=1)
    recorder.record_queue(code)
    before = rows(queues)
    names = ("time_zone", "privacy_days", "keeps_code", "close_reason")
    assert [before[0][name] for name in names] == ["Europe/Rome", 5, True, "day"]
    # A recorder that was held up writes the opening once more.
    redis.delete(_stream(code))
    redis.xadd(_stream(code), opening[0][1], id=opening[0][0])
    recorder.record_queue(code)
    assert rows(queues) == before


def test_no_secret_of_a_device_comes_into_the_history(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, rows: Rows
) -> None:
    recorder.record_queue(FullEvening(waitlist, clock).code)
    written = str(_everything(rows))
    assert "Maria at the stand" in written
    assert [secret for secret in SECRETS if secret in written] == []
    added = [row["details"] for row in rows(events) if row["kind"] == "QUEUE_DEVICE_ADDED"]
    assert [details["device_id"] for details in added] == ["stand", "door"]


def test_every_action_is_recorded_with_its_device(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, rows: Rows
) -> None:
    recorder.record_queue(FullEvening(waitlist, clock).code)
    by_host = {"QUEUE_MEMBER_CALLED", "QUEUE_MEMBER_SERVED", "QUEUE_ACTION_UNDONE"}
    done = [row["details"] for row in rows(events) if row["kind"] in by_host]
    assert {details["by"] for details in done} == {"stand"}


def test_a_released_call_ends_when_its_hold_ran_out_and_the_next_is_called_when_it_was(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, rows: Rows
) -> None:
    code = waitlist.create(restaurant(OnExpiry.RELEASE)).code
    anna = waitlist.join(code, "Anna", 2, None)[1]
    waitlist.join(code, "Ben", 2, None)
    hosting.call(waitlist, code, anna.id)
    clock.forward(5)
    waitlist.stored_views(code)  # applies what is due
    recorder.record_queue(code)
    found = _by_name(rows)
    assert found["Anna"]["outcome"] == "no_show"
    assert found["Anna"]["ended_at"] == OPENED + HOLD
    assert found["Ben"]["outcome"] is None
    assert found["Ben"]["first_called_at"] == OPENED + 5 * MINUTE


def test_an_evening_recorded_in_pieces_is_the_evening_recorded_at_once(
    waitlist: Waitlist, recorder: Recorder, redis: Redis, clock: Clock, rows: Rows, tmp_path: Path
) -> None:
    code = FullEvening(waitlist, clock).code
    entries = redis.xrange(_stream(code))
    recorder.record_queue(code)
    other = f"sqlite:///{tmp_path / 'in-pieces.db'}"
    history = History(other)
    in_pieces = Recorder(PendingEvents(redis), history, waitlist, 30, clock, reached_in(redis))
    redis.delete(_stream(code))
    for entry, fields in entries:
        redis.xadd(_stream(code), fields, id=entry)
        in_pieces.record_queue(code)
    history.close()
    assert read_tables(other) == _everything(rows)


def test_a_crash_between_sql_and_redis_writes_nothing_twice(
    waitlist: Waitlist, recorder: Recorder, redis: Redis, clock: Clock, rows: Rows
) -> None:
    code = known_evening(waitlist, clock)
    before = redis.dump(_stream(code))
    recorder.record_queue(code)
    once = _everything(rows)
    # What a crash right after the commit would have left behind.
    redis.restore(_stream(code), 0, before, replace=True)
    recorder.record_queue(code)
    assert _everything(rows) == once
    assert redis.xlen(_stream(code)) == 0


def test_recorders_at_the_same_stream_write_everything_once(
    waitlist: Waitlist, redis_url: str, database_url: str, clock: Clock, rows: Rows
) -> None:
    code = waitlist.create(restaurant()).code
    stopped = threading.Event()
    failures: list[Exception] = []

    def record() -> None:
        own = History(database_url)
        clientele = Redis.from_url(redis_url)
        pending, reached = PendingEvents(clientele), reached_in(clientele)
        recorder = Recorder(pending, own, waitlist, 30, clock, reached)
        try:
            is_done = False
            while not is_done:
                is_last = stopped.is_set()
                # Whoever waits too long for the others fails, and is tried again, as a job is.
                with contextlib.suppress(HistoryUnavailable):
                    recorder.record_queue(code)
                    is_done = is_last
        except Exception as error:
            failures.append(error)
        finally:
            own.close()
            clientele.close()

    threads = [threading.Thread(target=record) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(30):
        party = waitlist.join(code, f"Party {number}", 1, None)[1]
        hosting.call(waitlist, code, party.id)
        hosting.serve(waitlist, code, party.id)
    stopped.set()
    for thread in threads:
        thread.join(60)
    assert failures == []
    last = waitlist.queue(code).last_event
    assert [row["number"] for row in rows(events)] == list(range(1, last + 1))
    assert {(row["call_count"], row["outcome"]) for row in rows(parties)} == {(1, "served")}
    assert len(rows(parties)) == 30


def test_a_recorder_waits_for_another_at_the_same_queue_before_it_derives_parties(
    database_url: str, history: History, rows: Rows
) -> None:
    at = OPENED
    joined = {"ticket": 1, "name": "Anna", "size": 2, "quoted_ms": 0}
    history.record("ABC234", "s-1", [EventRow(1, PartyJoined.kind, at, "p-1", joined)])
    first = [EventRow(2, PartyCalled.kind, at, "p-1", {})]
    second = [EventRow(3, PartyServed.kind, at, "p-1", {})]
    other = threading.Thread(target=history.record, args=("ABC234", "s-1", second))
    database = Database(database_url)
    with database.begin() as connection:
        write_events(connection, "ABC234", "s-1", first)
        other.start()
        # Time for the other to come as far as it can; with less of it the test proves less.
        other.join(0.5)
        assert other.is_alive()
    database.close()
    other.join(60)
    [party] = rows(parties)
    assert (party["name"], party["call_count"], party["outcome"]) == ("Anna", 1, "served")


def test_odd_text_and_events_of_another_release_do_not_stand_in_the_way(
    waitlist: Waitlist, recorder: Recorder, redis: Redis, rows: Rows
) -> None:
    queue = waitlist.create(restaurant())
    waitlist.join(queue.code, "A\x00nna \U0001f389", 2, None)
    fact = '{"type":"PartyWaved","at":1772906400000,"party_id":"p","how":"\\ud83c"}'
    redis.xadd(_stream(queue.code), {"session": queue.session_id, "event": fact}, id="3-0")
    recorder.record_queue(queue.code)
    assert "A\ufffdnna \U0001f389" in _by_name(rows)
    assert [row["kind"] for row in rows(events)][-1] == "PartyWaved"


def test_what_screens_report_is_recorded_once(recorder: Recorder, redis: Redis, rows: Rows) -> None:
    party_id = secrets.token_hex(8)
    report = {"at": str(OPENED), "type": "notif_click", "meta.kind": "called"}
    Tracks(redis).add("ABC234", party_id, report)
    # As earlier releases kept it.
    redis.xadd("queueup:tracks", {"at": str(OPENED), "type": "page_view"})
    before = redis.dump("queueup:tracks")
    recorder.record_waiting()
    redis.restore("queueup:tracks", 0, before, replace=True)
    recorder.record_waiting()
    assert redis.xlen("queueup:tracks") == 0
    clicked, viewed = rows(tracks)
    assert clicked.pop("track_id") < viewed.pop("track_id")
    assert clicked == {
        "at": OPENED,
        "type": "notif_click",
        "kind": "called",
        "code": "ABC234",
        "party_id": party_id,
        "meta": {"kind": "called"},
    }
    nothing = dict.fromkeys(("kind", "code", "party_id", "meta"))
    assert viewed == {"at": OPENED, "type": "page_view"} | nothing
