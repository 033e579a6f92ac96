"""When SQL is away, events stay in Redis; when it is back, the history catches up by itself."""

import socket
from pathlib import Path

import pytest
import requests
from redis import Redis
from sqlalchemy.exc import OperationalError

from queueup.history import History, HistoryUnavailable
from queueup.history.recorder import Recorder
from queueup.history.tables import events
from queueup.storage.event_stream import PendingEvents
from queueup.waitlist import Waitlist
from tests.history.evenings import Clock, known_evening, restaurant
from tests.history.postgresql import Server
from tests.history.reaching import reached_in
from tests.history.reading import Rows, TableRows, read_tables
from tests.support.running_service import Service, eventually
from tests.support.scenario import Evening, Remote


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_events_wait_for_a_stopped_postgresql_and_are_then_recorded_once(
    waitlist: Waitlist, recorder: Recorder, clock: Clock, postgresql: Server | None, rows: Rows
) -> None:
    if postgresql is None:
        pytest.skip("a server named by TEST_DATABASE_URL is not ours to stop")
    code = waitlist.create(restaurant()).code
    recorder.record_queue(code)
    postgresql.stop()
    waitlist.join(code, "Anna", 2, None)
    for _ in range(2):
        with pytest.raises(HistoryUnavailable):
            recorder.record_queue(code)
    with pytest.raises(HistoryUnavailable):
        recorder.record_waiting()
    postgresql.start()
    recorder.record_waiting()
    assert [row["number"] for row in rows(events)] == [1, 2]


def test_a_history_that_was_away_from_the_start_is_made_when_it_comes(
    waitlist: Waitlist, redis: Redis, clock: Clock, tmp_path: Path
) -> None:
    folder = tmp_path / "not-mounted-yet"
    url = f"sqlite:///{folder / 'history.db'}"
    history = History(url)
    recorder = Recorder(PendingEvents(redis), history, waitlist, 30, clock, reached_in(redis))
    code = known_evening(waitlist, clock)
    with pytest.raises(HistoryUnavailable):
        recorder.record_queue(code)
    folder.mkdir()
    recorder.record_waiting()
    history.close()
    assert len(read_tables(url)["parties"]) == 7


def test_a_whole_program_works_without_its_history_which_catches_up_by_itself(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "not-mounted-yet"
    url = f"sqlite:///{folder / 'history.db'}"
    with Service(tmp_path / "data", DATABASE_URL=url) as service:
        evening = Evening(Remote(service.url))
        evening.call(evening.guest("Anna"))
        service.wait_for_line("task=record_events outcome=failed")
        evening.guest("Ben")
        folder.mkdir()
        eventually(lambda: (folder / "history.db").exists())
        eventually(lambda: len(recorded(url)) == 4)
        assert [row["number"] for row in recorded(url)] == [1, 2, 3, 4]


@pytest.mark.long
def test_a_program_whose_history_is_damaged_works_and_goes_on_with_a_new_one(
    tmp_path: Path,
) -> None:
    service = Service(tmp_path / "data")
    file = service.data / "history.db"
    url = f"sqlite:///{file}"
    with service:
        evening = Evening(Remote(service.url))
        eventually(lambda: len(recorded(url)) == 1)
    # What a failing disk makes of it.
    file.write_bytes(bytes(range(256)) * 64)
    with service:
        evening.guest("Anna")
        service.wait_for_line("HistoryUnavailable: its file is damaged")
        ready = requests.get(f"{service.url}/readyz", timeout=60)
        assert ready.status_code == 503
        assert (ready.json()["history"], ready.json()["worker"]) == (False, True)
        assert not [line for line in service.lines if "later ended" in line]
    file.rename(tmp_path / "damaged.db")
    with service:
        evening.guest("Ben")
        eventually(lambda: len(recorded(url)) == 2)
        assert [row["number"] for row in recorded(url)] == [2, 3]


def recorded(url: str) -> TableRows:
    """Return the events of a history that may still be being made."""
    try:
        return read_tables(url)["events"]
    except OperationalError:
        return []


def test_a_database_that_lets_us_wait_is_not_asked_again_at_once(
    waitlist: Waitlist, redis: Redis, clock: Clock
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        history = History(f"postgresql+psycopg://queueup@127.0.0.1:{port}/history")
        recorder = Recorder(PendingEvents(redis), history, waitlist, 30, clock, reached_in(redis))
        code = waitlist.create(restaurant()).code
        with pytest.raises(HistoryUnavailable):
            recorder.record_queue(code)
        with pytest.raises(HistoryUnavailable, match="a moment ago"):
            recorder.record_queue(code)


def test_events_that_expired_unrecorded_are_reported(
    waitlist: Waitlist, recorder: Recorder, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    code = waitlist.create(restaurant()).code
    redis.delete(f"queueup:{{{code}}}:events")
    recorder.record_waiting()
    assert [f"events of {code} expired before they were written to the history"] == caplog.messages
    recorder.record_waiting()
    assert len(caplog.messages) == 1
