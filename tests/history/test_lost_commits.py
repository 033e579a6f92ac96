"""When Redis comes back without its last commits, the history tells what then happened instead."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from queueup.domain.commands import session as session_commands
from queueup.history import History
from queueup.history.recorder import Recorder
from queueup.history.redaction import is_personal, without_personal_text
from queueup.history.tables import events, parties, queues
from queueup.storage.event_stream import PendingEvents
from queueup.waitlist import Waitlist
from tests.history.evenings import Clock, restaurant
from tests.history.full_evening import FullEvening
from tests.history.reaching import reached_in
from tests.history.reading import Rows, read_tables
from tests.support import hosting
from tests.support.stale_redis import come_back, remember

Act = Callable[[str, dict[str, str]], object]


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    with caplog.at_level(logging.WARNING, "queueup"):
        yield lambda: [record.getMessage() for record in caplog.records]


@pytest.fixture
def lost(waitlist: Waitlist) -> dict[str, Act]:
    """What may be lost: each is one commit on a queue with Anna and Ben."""

    def settle(code: str, ids: dict[str, str]) -> None:
        wanted = replace(restaurant(), name="Luigi", time_zone="Europe/Rome")
        waitlist.act(code, lambda queue, now: session_commands.change_settings(queue, now, wanted))

    def call_and_close(code: str, ids: dict[str, str]) -> None:
        hosting.call(waitlist, code, ids["Anna"])
        waitlist.close(code)

    return {
        "a call": lambda code, ids: hosting.call(waitlist, code, ids["Anna"]),
        "a guest": lambda code, ids: waitlist.join(code, "Carla", 4, None),
        "an end": lambda code, ids: waitlist.close(code),
        "settings": settle,
        "a call and an end": call_and_close,
    }


@pytest.mark.parametrize("what", ["a call", "a guest", "an end", "settings", "a call and an end"])
@pytest.mark.parametrize("recorded", [True, False])
def test_what_is_lost_leaves_nothing_behind(
    waitlist: Waitlist,
    recorder: Recorder,
    redis: Redis,
    clock: Clock,
    rows: Rows,
    database_url: str,
    tmp_path: Path,
    lost: dict[str, Act],
    what: str,
    recorded: bool,
) -> None:
    code = waitlist.create(restaurant()).code
    ids = {name: waitlist.join(code, name, 2, None)[1].id for name in ("Anna", "Ben")}
    all_along = History(f"sqlite:///{tmp_path / 'all-along.db'}")
    without_loss = Recorder(PendingEvents(redis), all_along, waitlist, 30, clock, reached_in(redis))
    before = remember(redis)
    without_loss.record_queue(code)
    come_back(redis, before)
    if recorded:
        recorder.record_queue(code)
        before = remember(redis)
    clock.forward(1)
    lost[what](code, ids)
    recorder.record_queue(code)

    come_back(redis, before)
    clock.forward(1)
    hosting.call(waitlist, code, ids["Ben"])
    hosting.serve(waitlist, code, ids["Ben"])
    real = remember(redis)
    without_loss.record_queue(code)
    all_along.close()
    come_back(redis, real)
    recorder.record_queue(code)

    assert read_tables(database_url) == read_tables(f"sqlite:///{tmp_path / 'all-along.db'}")
    assert {row["name"]: row["call_count"] for row in rows(parties)} == {"Anna": 0, "Ben": 1}


def test_what_is_replaced_is_said_without_a_name(
    waitlist: Waitlist,
    recorder: Recorder,
    redis: Redis,
    rows: Rows,
    warnings: Callable[[], list[str]],
) -> None:
    code = waitlist.create(restaurant()).code
    before = remember(redis)
    carla = waitlist.join(code, "Carla", 4, None)[1]
    recorder.record_queue(code)
    come_back(redis, before)
    dora = waitlist.join(code, "Dora", 2, None)[1]
    recorder.record_queue(code)
    [said] = warnings()
    assert code in said
    assert said.endswith("again: 2")
    assert [word for word in ("Carla", "Dora", carla.id, dora.id) if word in said] == []
    assert [row["name"] for row in rows(parties)] == ["Dora"]
    # What Redis holds is the history now: the same again is nothing new.
    recorder.record_queue(code)
    assert len(warnings()) == 1


@pytest.mark.parametrize("forgotten", ["nowhere", "in the history", "in Redis"])
def test_the_same_events_again_are_no_others_also_when_their_guests_are_forgotten(
    waitlist: Waitlist,
    recorder: Recorder,
    history: History,
    redis: Redis,
    clock: Clock,
    rows: Rows,
    warnings: Callable[[], list[str]],
    forgotten: str,
) -> None:
    evening = FullEvening(waitlist, clock)
    code, stream = evening.code, f"queueup:{{{evening.code}}}:events"
    waiting = redis.dump(stream)
    recorder.record_queue(code)
    session_id = rows(queues)[0]["session_id"]
    if forgotten == "in the history":
        history.erase_names(session_id, clock.now)
    written = [rows(table) for table in (events, parties, queues)]
    redis.restore(stream, 0, waiting, replace=True)
    if forgotten == "in Redis":
        PendingEvents(redis).rewrite_events(
            code,
            session_id,
            lambda fields: without_personal_text(fields) if is_personal(fields) else fields,
        )
    recorder.record_queue(code)
    assert redis.xlen(stream) == 0
    assert [rows(table) for table in (events, parties, queues)] == written
    assert warnings() == []
