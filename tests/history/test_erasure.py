"""Guests are forgotten in time, in the history and in the live data; what remains is statistics."""

import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from queueup.domain.commands import host as host_commands
from queueup.domain.commands import session as session_commands
from queueup.domain.events import DeviceAdded
from queueup.domain.model import HOUR, UNDO_CLOSING_MS
from queueup.domain.presets import REMOVED
from queueup.history import History, HistoryUnavailable
from queueup.history.event_writer import EventRow
from queueup.history.recorder import DAY, TRACKS_KEPT_DAYS, UNUSED_KEPT_DAYS, Recorder
from queueup.history.tables import events, parties, queues, tracks
from queueup.storage.event_stream import PendingEvents, Tracks
from queueup.waitlist import Waitlist
from tests.history.evenings import OPENED, Clock, known_evening, restaurant
from tests.history.full_evening import SETTINGS, WRITTEN, FullEvening
from tests.history.reaching import reached_in
from tests.history.reading import Rows, read_tables
from tests.support import hosting

RecorderMaker = Callable[[int], Recorder]
NAMES = ("Anna", "Ben", "Carla", "Dora", "Emil", "Fay", "Gus")
READERS: dict[bytes, Callable[[Redis, bytes], Any]] = {
    b"string": lambda redis, key: redis.get(key),
    b"hash": lambda redis, key: redis.hgetall(key),
    b"list": lambda redis, key: redis.lrange(key, 0, -1),
    b"set": lambda redis, key: redis.smembers(key),
    b"zset": lambda redis, key: redis.zrange(key, 0, -1),
    b"stream": lambda redis, key: redis.xrange(key),
}


def _redis_text(redis: Redis) -> str:
    """Return everything that Redis holds, jobs included, as one text."""
    return repr({key: READERS[redis.type(key)](redis, key) for key in redis.scan_iter()})


def _words_in(text: str) -> list[str]:
    return [word for word in WRITTEN if word in text]


def _erased(row: dict[str, Any]) -> dict[str, Any]:
    reason = row["reason"] if row["reason"] == "not_coming" else None
    return row | {"name": None, "seating": None, "reason": reason}


def _names_in(text: str) -> list[str]:
    # Whole words: a random id may contain a short name.
    return [name for name in NAMES if re.search(rf"\b{name}\b", text)]


def test_names_stay_until_the_last_minute_and_go_then(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, rows: Rows
) -> None:
    code = known_evening(waitlist, clock)
    recorder.record_queue(code)
    clock.now += 30 * DAY - 1
    assert recorder.erase_old_guests() == 0
    assert _names_in(str(rows(parties))) == list(NAMES)
    clock.now += 1
    assert recorder.erase_old_guests() == 1
    assert _names_in(str([rows(parties), rows(events)])) == []
    assert recorder.erase_old_guests() == 0


def test_the_numbers_of_forgotten_guests_remain(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, rows: Rows
) -> None:
    recorder.record_queue(known_evening(waitlist, clock))
    before = rows(parties)
    clock.now += 30 * DAY
    recorder.erase_old_guests()
    assert rows(parties) == [row | {"name": None, "erased_at": clock.now} for row in before]
    [queue] = rows(queues)
    assert queue["name"] == "Lucia"
    assert queue["names_erased_at"] == clock.now
    assert {row["details"]["size"] for row in rows(events) if "size" in row["details"]} > {1, 2}


def test_of_a_full_evening_no_word_of_anybody_remains(
    waitlist: Waitlist, recorder: Recorder, redis: Redis, clock: Clock, rows: Rows
) -> None:
    code = FullEvening(waitlist, clock).code
    recorder.record_queue(code)
    before = rows(parties)
    assert _words_in(str([rows(parties), rows(events)])) == list(WRITTEN)
    clock.now += 5 * DAY
    assert recorder.erase_old_guests() == 1
    recorder.record_queue(code)
    assert _words_in(str([rows(parties), rows(events)])) == []
    # The program's own words say nothing about anybody.
    erased = [_erased(row) | {"erased_at": clock.now} for row in before]
    assert rows(parties) == erased
    assert {row["table_name"] for row in rows(parties)} == {"12", "3", None}
    # What runs the queue goes on: its devices, under their names.
    assert _words_in(_redis_text(redis)) == ["Maria at the stand"]


def test_an_erased_evening_that_is_derived_again_has_the_same_numbers(
    waitlist: Waitlist, recorder: Recorder, redis: Redis, clock: Clock, rows: Rows
) -> None:
    code = FullEvening(waitlist, clock).code
    stream = f"queueup:{{{code}}}:events"
    kept = redis.dump(stream)
    recorder.record_queue(code)
    clock.now += 5 * DAY
    recorder.erase_old_guests()
    before = rows(parties)
    redis.restore(stream, 0, kept, replace=True)
    recorder.record_queue(code)
    assert rows(parties) == before
    assert _words_in(str([rows(parties), rows(events)])) == []


def test_a_ready_made_reason_is_kept_and_a_written_one_is_not(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, rows: Rows
) -> None:
    code = waitlist.create(restaurant()).code
    for number, reason in enumerate((REMOVED[0], "Mrs Smith was rude")):
        party = waitlist.join(code, f"Party {number}", 2, None)[1]
        waitlist.act(
            code, lambda queue, now, p=party, r=reason: host_commands.kick(queue, p.id, now, r)
        )
    waitlist.close(code)
    recorder.record_queue(code)
    clock.now += 30 * DAY
    recorder.erase_old_guests()
    assert {row["ticket"]: row["reason"] for row in rows(parties)} == {1: REMOVED[0], 2: None}
    assert "Smith" not in str(rows(events))


def test_a_host_may_have_guests_forgotten_sooner_but_not_later(
    waitlist: Waitlist, make_recorder: RecorderMaker, clock: Clock, rows: Rows
) -> None:
    recorder = make_recorder(10)
    named = {}
    for days in (None, 3, 90):
        queue = waitlist.create(replace(restaurant(), privacy_days=days))
        named[days] = waitlist.join(queue.code, "Anna", 2, None)[1].id
        waitlist.close(queue.code)
        recorder.record_queue(queue.code)

    def known() -> set[int | None]:
        names = {row["party_id"]: row["name"] for row in rows(parties)}
        return {days for days, party_id in named.items() if names[party_id]}

    clock.now += 3 * DAY - 1
    recorder.erase_old_guests()
    assert known() == {None, 3, 90}
    clock.now += 1
    recorder.erase_old_guests()
    assert known() == {None, 90}
    clock.now += 7 * DAY
    recorder.erase_old_guests()
    assert known() == set()


def test_a_host_may_have_guests_forgotten_at_the_end_of_the_day(
    waitlist: Waitlist, recorder: Recorder, redis: Redis, clock: Clock, rows: Rows
) -> None:
    at_once = replace(SETTINGS, privacy_days=0)
    code = FullEvening(waitlist, clock, at_once).code
    recorder.record_queue(code)
    # The end can still be undone.
    assert [row["name"] for row in rows(parties)].count("Carla") == 1
    assert recorder.erase_old_guests() == 0
    clock.now += UNDO_CLOSING_MS
    waitlist.snapshot(code)
    recorder.record_queue(code)
    assert _words_in(str([rows(parties), rows(events)])) == []
    assert _words_in(_redis_text(redis)) == ["Maria at the stand"]
    # Forgetting in Redis first must not blur what kind of event each of them was.
    assert not [row["kind"] for row in rows(events) if not row["kind"].startswith("QUEUE_")]
    assert [row["outcome"] for row in rows(parties)].count("served") == 2


def test_a_day_is_forgotten_though_the_next_one_has_begun(
    waitlist: Waitlist, recorder: Recorder, redis: Redis, clock: Clock, rows: Rows
) -> None:
    code = waitlist.create(replace(restaurant(), privacy_days=0, keeps_code=True)).code
    waitlist.join(code, "Anna", 2, "a-key")
    recorder.record_queue(code)
    waitlist.join(code, "Ben", 2, "another-key")
    waitlist.act(code, session_commands.end_day)
    waitlist.open_again(code)
    carla = waitlist.join(code, "Carla", 2, None)[1]
    recorder.record_queue(code)
    assert _names_in(str([rows(parties), rows(events)])) == ["Carla"]
    assert _names_in(_redis_text(redis)) == ["Carla"]
    assert waitlist.queue(code).party(carla.id) == carla


def test_forgetting_an_earlier_day_leaves_the_present_one_alone(
    waitlist: Waitlist, recorder: Recorder, redis: Redis, clock: Clock, rows: Rows
) -> None:
    code = FullEvening(waitlist, clock).code
    recorder.record_queue(code)
    # Six days later, in the evening.
    clock.now += 5 * DAY + 22 * HOUR
    waitlist.open_again(code)
    waitlist.join(code, "Zoe", 2, None)
    assert recorder.erase_old_guests() == 1
    recorder.record_queue(code)
    assert [row["name"] for row in rows(parties) if row["name"]] == ["Zoe"]
    assert [party.name for party in waitlist.queue(code).parties] == ["Zoe"]


def test_guests_of_a_kept_code_whom_the_history_never_knew_are_forgotten(
    waitlist: Waitlist, recorder: Recorder, redis: Redis, clock: Clock, rows: Rows
) -> None:
    code = FullEvening(waitlist, clock).code
    clock.now += UNDO_CLOSING_MS
    waitlist.snapshot(code)
    redis.delete(f"queueup:{{{code}}}:events")
    recorder.record_waiting()
    assert _words_in(_redis_text(redis)) == ["Maria at the stand"]


def test_younger_queues_keep_their_names(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, rows: Rows
) -> None:
    recorder.record_queue(known_evening(waitlist, clock))
    clock.now += 20 * DAY
    young = waitlist.create(restaurant())
    waitlist.join(young.code, "Zoe", 2, None)
    waitlist.close(young.code)
    recorder.record_queue(young.code)
    clock.now += 10 * DAY
    recorder.erase_old_guests()
    assert [row["name"] for row in rows(parties) if row["name"]] == ["Zoe"]


def test_a_queue_whose_end_was_never_recorded_is_forgotten_too(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, rows: Rows
) -> None:
    code = waitlist.create(restaurant()).code
    waitlist.join(code, "Anna", 2, None)
    recorder.record_queue(code)
    clock.now = OPENED + 30 * DAY + 12 * HOUR - 1
    assert recorder.erase_old_guests() == 0
    clock.now += 1
    assert recorder.erase_old_guests() == 1
    assert rows(parties)[0]["name"] is None


def test_events_recorded_after_the_erasing_bring_no_names_back(
    waitlist: Waitlist, recorder: Recorder, redis: Redis, clock: Clock, rows: Rows
) -> None:
    code = known_evening(waitlist, clock)
    stream = f"queueup:{{{code}}}:events"
    kept = redis.xrange(stream)
    redis.delete(stream)
    # The opening and the closing were written, and what was between them is late.
    for entry, fields in (kept[0], kept[-1]):
        redis.xadd(stream, fields, id=entry)
    recorder.record_queue(code)
    clock.now += 30 * DAY
    recorder.erase_old_guests()
    redis.delete(stream)
    for entry, fields in kept:
        redis.xadd(stream, fields, id=entry)
    recorder.record_queue(code)
    assert len(rows(parties)) == 7
    assert _names_in(str([rows(parties), rows(events)])) == []


def test_an_erased_name_is_not_in_the_database_file_either(
    waitlist: Waitlist, redis: Redis, clock: Clock, tmp_path: Path
) -> None:
    history = History(f"sqlite:///{tmp_path / 'history.db'}")
    recorder = Recorder(PendingEvents(redis), history, waitlist, 30, clock, reached_in(redis))
    recorder.record_queue(known_evening(waitlist, clock))
    clock.now += 30 * DAY
    recorder.erase_old_guests()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("history.db*"))
    history.close()
    assert b"Lucia" in stored
    assert [name for name in NAMES if name.encode() in stored] == []


def test_an_open_queue_keeps_its_names(
    waitlist: Waitlist, make_recorder: RecorderMaker, rows: Rows
) -> None:
    code = waitlist.create(restaurant()).code
    party = waitlist.join(code, "Anna", 2, None)[1]
    waitlist.erase_guests(code)
    make_recorder(0).record_queue(code)
    assert waitlist.queue(code).party(party.id) == party
    assert rows(parties)[0]["name"] == "Anna"


def test_a_line_that_was_left_open_keeps_its_parties_and_forgets_their_names(
    waitlist: Waitlist, recorder: Recorder, redis: Redis, clock: Clock, rows: Rows
) -> None:
    code = waitlist.create(replace(restaurant(), keeps_code=True)).code
    waitlist.join(code, "Anna", 2, "a-key")
    recorder.record_queue(code)
    clock.now += 30 * DAY + 12 * HOUR
    # Somebody has used the line since, which the history does not know yet.
    waitlist.join(code, "Ben", 2, "another-key")
    assert recorder.erase_old_guests() == 0
    recorder.record_queue(code)
    clock.now += 30 * DAY + 20 * HOUR
    assert recorder.erase_old_guests() == 1
    assert [party.name for party in waitlist.queue(code).waiting()] == [None, None]
    assert _names_in(_redis_text(redis) + str([rows(parties), rows(events)])) == []
    clock.now += HOUR
    # It goes on, and who comes now is forgotten when it has ended at last.
    waitlist.join(code, "Carla", 2, "a-third-key")
    waitlist.act(code, session_commands.end_day)
    recorder.record_queue(code)
    clock.now += 30 * DAY
    assert recorder.erase_old_guests() == 1
    assert _names_in(_redis_text(redis)) == []


def _one_party_a_day(waitlist: Waitlist, recorder: Recorder, clock: Clock, code: str) -> None:
    """Go on for twenty days with somebody in line, who is seated on the next day."""
    seated = None
    for day in range(20):
        clock.now += DAY
        party = waitlist.join(code, f"Guest {day}", 2, f"key-{day}")[1]
        if seated is not None:
            hosting.call(waitlist, code, seated.id)
            hosting.serve(waitlist, code, seated.id)
        seated = party
        recorder.record_queue(code)
        recorder.erase_old_guests()
    recorder.record_queue(code)


def test_a_line_that_stays_in_use_forgets_the_parties_that_ended_long_ago(
    waitlist: Waitlist, make_recorder: RecorderMaker, redis: Redis, clock: Clock, rows: Rows
) -> None:
    recorder = make_recorder(10)
    code = waitlist.create(replace(restaurant(), keeps_code=True)).code
    anna = waitlist.join(code, "Anna", 2, "a-key")[1]
    ben = waitlist.join(code, "Ben", 2, "another-key")[1]
    hosting.call(waitlist, code, anna.id)
    hosting.serve(waitlist, code, anna.id)
    recorder.record_queue(code)
    _one_party_a_day(waitlist, recorder, clock, code)
    # Guest 8 was seated ten days ago, and guest 9 a day later.
    kept = {f"Guest {day}" for day in range(9, 20)}
    assert {row["name"] for row in rows(parties)} == {None, *kept}
    texts = str(rows(events))
    assert _names_in(texts) == []
    assert [day for day in range(20) if f"'Guest {day}'" in texts] == list(range(9, 20))
    assert _names_in(_redis_text(redis)) == []
    # Ben has never left the line; the numbers of all remain, and those of its days.
    assert waitlist.queue(code).party(ben.id).name is None
    assert [party.name for party in waitlist.queue(code).waiting()] == [None, "Guest 19"]
    assert {row["size"] for row in rows(parties)} == {2}
    assert [row["names_erased_at"] for row in rows(queues)] == [None]
    assert recorder.erase_old_guests() == 0


def test_in_a_line_in_use_only_what_has_become_due_is_looked_at(
    waitlist: Waitlist, make_recorder: RecorderMaker, history: History, clock: Clock, rows: Rows
) -> None:
    recorder = make_recorder(10)
    device = DeviceAdded(OPENED, "a-device", "Maria at the stand", "a-hash")
    code = waitlist.create(replace(restaurant(), keeps_code=True), device).code
    session_id = waitlist.queue(code).session_id
    waitlist.join(code, "Anna", 2, "a-key")
    recorder.record_queue(code)
    _one_party_a_day(waitlist, recorder, clock, code)
    recorder.erase_old_guests()
    recorder.record_queue(code)
    assert history.open_sessions(clock.now, 10) == []
    clock.now += DAY
    [(found, _, before, due)] = history.open_sessions(clock.now, 10)
    names = {row["party_id"]: row["name"] for row in rows(parties)}
    assert (found, [names[party_id] for party_id in due]) == (session_id, ["Guest 9"])
    assert recorder.erase_old_guests() == 1
    assert history.open_sessions(clock.now, 10) == []
    # Events that are written late, after a database was away.
    number = rows(events)[-1]["number"]
    history.record(
        code,
        session_id,
        [
            EventRow(number + 1, "QUEUE_MEMBER_EDITED", before, due[0], {"name": "Ben", "size": 2}),
            EventRow(
                number + 2,
                "QUEUE_DEVICE_NAMED",
                before,
                None,
                {"device_id": "a-device", "name": "Carla"},
            ),
        ],
    )
    assert _names_in(str([rows(parties), rows(events)])) == ["Ben", "Carla"]
    assert [entry[3] for entry in history.open_sessions(clock.now, 10)] == [due]
    assert recorder.erase_old_guests() == 1
    assert _names_in(str([rows(parties), rows(events)])) == []
    assert history.open_sessions(clock.now, 10) == []


def test_a_party_that_ended_stays_until_its_last_minute_though_others_wait(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, rows: Rows
) -> None:
    code = waitlist.create(replace(restaurant(), keeps_code=True)).code
    anna = waitlist.join(code, "Anna", 2, "a-key")[1]
    # Who is still in line keeps it open.
    waitlist.join(code, "Ben", 2, "another-key")
    waitlist.leave(code, anna.id)
    clock.now += 30 * DAY - 1
    recorder.record_queue(code)
    assert recorder.erase_old_guests() == 0
    clock.now += 1
    assert recorder.erase_old_guests() == 1
    recorder.record_queue(code)
    assert _names_in(str(rows(parties))) == _names_in(str(rows(events))) == ["Ben"]
    assert recorder.erase_old_guests() == 0


def test_without_any_days_a_line_in_use_keeps_its_parties_for_one(
    waitlist: Waitlist, make_recorder: RecorderMaker, redis: Redis, clock: Clock, rows: Rows
) -> None:
    recorder = make_recorder(0)
    code = waitlist.create(replace(restaurant(), keeps_code=True)).code
    anna = waitlist.join(code, "Anna", 2, "a-key")[1]
    waitlist.join(code, "Ben", 2, "another-key")
    waitlist.leave(code, anna.id)
    clock.now += DAY - 1
    waitlist.join(code, "Carla", 2, "a-third-key")
    recorder.record_queue(code)
    assert recorder.erase_old_guests() == 0
    clock.now += 1
    assert recorder.erase_old_guests() == 1
    recorder.record_queue(code)
    assert _names_in(_redis_text(redis)) == ["Ben", "Carla"]
    assert _names_in(str([rows(parties), rows(events)])) == ["Ben", "Carla"]


def test_what_a_device_was_named_is_forgotten_in_a_line_in_use(
    waitlist: Waitlist, make_recorder: RecorderMaker, clock: Clock, rows: Rows
) -> None:
    recorder = make_recorder(10)
    device = DeviceAdded(OPENED, "a-device", "Maria at the stand", "a-hash")
    code = waitlist.create(replace(restaurant(), keeps_code=True), device).code
    waitlist.join(code, "Ben", 2, "a-key")
    recorder.record_queue(code)
    assert "Maria" in str(rows(events))
    _one_party_a_day(waitlist, recorder, clock, code)
    assert "Maria" not in str(rows(events))
    assert waitlist.queue(code).devices[0].name == "Maria at the stand"


def test_a_line_that_was_erased_once_is_erased_again(
    waitlist: Waitlist, recorder: Recorder, redis: Redis, clock: Clock, rows: Rows
) -> None:
    code = waitlist.create(replace(restaurant(), keeps_code=True)).code
    waitlist.join(code, "Anna", 2, "a-key")
    recorder.record_queue(code)
    clock.now += 31 * DAY
    assert recorder.erase_old_guests() == 1
    recorder.record_queue(code)
    clock.now += HOUR
    waitlist.join(code, "Carla", 2, "another-key")
    recorder.record_queue(code)
    clock.now += 30 * DAY + 20 * HOUR - 1
    assert recorder.erase_old_guests() == 0
    clock.now += 1
    assert recorder.erase_old_guests() == 1
    recorder.record_queue(code)
    assert [party.name for party in waitlist.queue(code).waiting()] == [None, None]
    assert _names_in(_redis_text(redis) + str([rows(parties), rows(events)])) == []
    # The event of the erasing is no reason to erase again.
    last_event = waitlist.queue(code).last_event
    for _ in range(3):
        clock.now += 60 * DAY
        assert recorder.erase_old_guests() == 0
        recorder.record_queue(code)
    assert waitlist.queue(code).last_event == last_event


def test_live_data_is_forgotten_when_that_is_sooner_than_redis_drops_it(
    waitlist: Waitlist, make_recorder: RecorderMaker, redis: Redis, clock: Clock, rows: Rows
) -> None:
    recorder = make_recorder(1)
    code = known_evening(waitlist, clock)
    recorder.record_queue(code)
    assert _names_in(_redis_text(redis)) == list(NAMES)
    clock.now += DAY
    recorder.erase_old_guests()
    assert _names_in(_redis_text(redis)) == []
    assert waitlist.snapshot(code).views["host"]["closed"]


def test_with_no_days_at_all_names_go_when_the_queue_closes(
    waitlist: Waitlist, make_recorder: RecorderMaker, redis: Redis, clock: Clock, rows: Rows
) -> None:
    recorder = make_recorder(0)
    code = waitlist.create(restaurant()).code
    waitlist.join(code, "Anna", 2, "a-key")
    recorder.record_queue(code)
    assert rows(parties)[0]["name"] == "Anna"
    waitlist.join(code, "Ben", 2, "another-key")
    waitlist.close(code)
    recorder.record_queue(code)
    assert _names_in(str([rows(parties), rows(events)])) == []
    assert _names_in(_redis_text(redis)) == []
    assert [row["size"] for row in rows(parties)] == [2, 2]


def test_live_data_is_forgotten_at_the_close_while_sql_is_away(
    waitlist: Waitlist, redis: Redis, clock: Clock, tmp_path: Path
) -> None:
    folder = tmp_path / "not-mounted-yet"
    url = f"sqlite:///{folder / 'history.db'}"
    history = History(url)
    recorder = Recorder(PendingEvents(redis), history, waitlist, 0, clock, reached_in(redis))
    code = known_evening(waitlist, clock)
    with pytest.raises(HistoryUnavailable):
        recorder.record_queue(code)
    assert _names_in(_redis_text(redis)) == []
    folder.mkdir()
    recorder.record_waiting()
    history.close()
    assert [row["outcome"] for row in read_tables(url)["parties"]].count("closed") == 2
    assert _names_in(str(read_tables(url))) == []


def test_what_screens_reported_is_forgotten_and_still_counted(
    recorder: Recorder, redis: Redis, clock: Clock, rows: Rows
) -> None:
    report = {"at": str(OPENED), "type": "notif_click", "meta.kind": "called", "meta.who": "Anna"}
    Tracks(redis).add("ABC234", secrets.token_hex(8), report)
    recorder.record_waiting()
    clock.now += 30 * DAY
    recorder.erase_old_guests()
    [track] = rows(tracks)
    assert (track["type"], track["kind"], track["meta"]) == ("notif_click", "called", None)
    clock.now = OPENED + TRACKS_KEPT_DAYS * DAY - 1
    recorder.erase_old_guests()
    assert len(rows(tracks)) == 1
    clock.now += 1
    recorder.erase_old_guests()
    assert rows(tracks) == []


def test_a_day_on_which_nobody_joined_leaves_the_history_after_some_months(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, rows: Rows
) -> None:
    unused = [waitlist.create(restaurant()).code for _ in range(3)]
    used = waitlist.create(restaurant()).code
    waitlist.join(used, "Anna", 2, None)
    for code in (*unused, used):
        recorder.record_queue(code)
    clock.now = OPENED + UNUSED_KEPT_DAYS * DAY - 1
    recorder.erase_old_guests()
    assert len(rows(queues)) == 4
    clock.now += 1
    recorder.erase_old_guests()
    assert [row["code"] for row in rows(queues)] == [used]
    assert {row["kind"] for row in rows(events)} == {"QUEUE_OPENED", "QUEUE_MEMBER_JOINED"}
