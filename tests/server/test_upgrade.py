"""The present program on the data folder that an earlier release has left behind.

The lines of an archive are long over, so what was is looked at by a clock that stands where it
stood when the archive was made; the whole program is asked only for what does not age.
"""

import json
import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
import rq
from flask import Flask
from redis import Redis
from rq import SimpleWorker

from queueup import __version__, create_app, factory, log_config
from queueup.config import embedded_redis_url, read_settings
from queueup.services import EXTENSION, Services
from queueup.storage.job_queues import LATER, URGENT, job_queue
from queueup.waitlist import Waitlist
from tests.support.old_servers import RELEASES, unpack
from tests.support.redis_server import OwnRedis
from tests.support.running_service import Service, eventually

HANGS_S = 60
ARCHIVES = sorted(RELEASES.glob("*.tar.gz"))
SMALL = 50_000
FAULT = re.compile("(Key|Type|Attribute|Value|Lookup)Error")


@dataclass
class Old:
    """What an earlier release has left: its data folder, and what is known of it."""

    data: Path
    made: dict[str, Any]


@pytest.fixture(params=ARCHIVES, ids=lambda path: path.name)
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Old:
    """An unpacked archive."""
    data = unpack(request.param.name.removesuffix(".tar.gz"), tmp_path)
    made = json.loads((tmp_path / "made.json").read_text())
    return Old(data, made)


@pytest.fixture
def redis(old: Old) -> Iterator[Redis]:
    """The embedded Redis with what the old program has written."""
    server = OwnRedis(old.data)
    with Redis.from_url(server.url) as client:
        yield client
    server.stop()


@pytest.fixture
def then(old: Old, redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The present app, at the moment when the old one was stopped."""

    def clock() -> int:
        at: int = old.made["at"]
        return at

    for name in ("queueup.factory.now_ms", "queueup.jobs.tasks.now_ms"):
        monkeypatch.setattr(name, clock)
    monkeypatch.setattr(factory, "Waitlist", partial(Waitlist, clock=clock))
    return create_app(read_settings(_env(old)))


def _env(old: Old) -> dict[str, str]:
    return {
        "QUEUEUP_DATA": str(old.data),
        "PUSH_EXTRA_ORIGINS": old.made["push_origin"],
        "RATE_LIMITS": "0",
    }


def parts_of(app: Flask) -> Services:
    """Return what create_app put together."""
    found: Services = app.extensions[EXTENSION]
    return found


def test_there_is_an_archive_of_an_earlier_release() -> None:
    assert ARCHIVES
    assert __version__ not in {path.name.removesuffix(".tar.gz") for path in ARCHIVES}
    assert all(path.stat().st_size < SMALL for path in ARCHIVES)


def test_every_party_is_where_it_was(old: Old, then: Flask) -> None:
    waitlist = parts_of(then).waitlist
    line = old.made["api"]
    queue = waitlist.queue(line["code"])
    found = {name: queue.party(party_id) for name, party_id in line["parties"].items()}
    assert {name: party.status.value for name, party in found.items() if party} == {
        "Seated": "served",
        "Left": "left",
        "Kicked": "kicked",
        "Subscribed": "called",
        "Waiting": "waiting",
        "Nearby": "waiting",
        "Last": "waiting",
    }
    assert [party.name for party in queue.waiting()] == ["Waiting", "Nearby", "Last"]
    nearby = found["Nearby"]
    assert nearby and nearby.nearby
    late = waitlist.queue(old.made["overdue"]["code"]).party(old.made["overdue"]["late"])
    assert late and late.overdue
    assert late.status.value == "called"
    phone = waitlist.queue(old.made["pages"]["code"]).party(old.made["pages"]["party"])
    assert phone and (phone.name, phone.size) == ("On a phone", 2)


def test_snapshots_of_the_old_program_are_not_shown(old: Old, then: Flask, redis: Redis) -> None:
    code = old.made["api"]["code"]
    # It has just been changed: its snapshot would have lived on for half a minute.
    assert redis.exists(f"queueup:{{{code}}}:snapshot")
    assert parts_of(then).waitlist.snapshot(code).views["devices"] == {}


def test_old_cookies_and_tokens_still_open_the_pages(old: Old, then: Flask) -> None:
    pages = old.made["pages"]
    code = pages["code"]
    tablet, phone = then.test_client(), then.test_client()
    tablet.set_cookie(*pages["host_cookie"])
    phone.set_cookie(*pages["guest_cookie"])
    console = tablet.get(f"/host/{code}")
    assert console.status_code == 200
    assert all(name in console.text for name in ("On a phone", "Second", "Third"))
    place = phone.get(f"/queue/{code}/place")
    assert place.status_code == 200
    assert "From the pages" in place.text

    line = old.made["api"]
    token = {"x-host-auth": line["host_token"]}
    snapshot = tablet.get(f"/api/queue/{line['code']}/snapshot", headers=token)
    assert [party["name"] for party in snapshot.json["queue"]] == ["Waiting", "Nearby", "Last"]
    waiting = line["parties"]["Waiting"]
    seen = phone.get(f"/api/queue/{line['code']}/snapshot?partyId={waiting}")
    assert seen.json["type"] == "position"


def test_an_old_line_goes_on_with_everything_that_is_new(old: Old, then: Flask) -> None:
    line = old.made["api"]
    code, party_id = line["code"], line["parties"]["Waiting"]
    browser = then.test_client()
    token = {"x-host-auth": line["host_token"]}

    def do(action: str, **body: Any) -> None:
        answer = browser.post(f"/api/queue/{code}/{action}", json=body, headers=token)
        assert answer.status_code == 200, (action, answer.text)

    do("add", name="Walk-in", size=3)
    do("set-aside", partyId=party_id)
    do("back-in-line", partyId=party_id)
    do("edit", partyId=party_id, name="Waiting", size=4, phone="1", notes="window")
    do("quote", partyId=party_id, minutes=20)
    do("call", partyId=party_id)
    do("extend", partyId=party_id, minutes=5)
    do("serve", partyId=party_id, table="7")
    do("restore", partyId=party_id)
    do("restore", partyId=line["parties"]["Left"])
    do("message", text="The kitchen is slow")
    do("pause", reason="full")
    do("resume")
    do("settings", eventName="A new name")
    do("close")


def test_an_old_subscription_is_told_by_the_jobs_that_were_waiting(
    old: Old, then: Flask, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    line = old.made["api"]
    called = line["parties"]["Subscribed"]
    devices = parts_of(then).subscriptions.of(line["code"], [called])[called]
    assert [device.endpoint for device in devices.subscriptions] == [line["endpoint"]]
    urgent = job_queue(redis, URGENT)
    assert urgent.count > 0
    with then.app_context(), caplog.at_level(logging.INFO, "queueup.notifications.delivery"):
        worker = SimpleWorker([urgent], connection=redis, serializer=rq.serializers.JSONSerializer)
        worker.work(burst=True, logging_level="ERROR")
    assert urgent.count == 0
    # Nobody listens at that address any more; the job has tried, for this party.
    tried = [record.getMessage() for record in caplog.records]
    assert any(log_config.party_hash(called) in said and "unreached" in said for said in tried)


def test_the_whole_program_starts_and_works_off_what_the_old_one_left(old: Old) -> None:
    before = _events(old)
    late = old.made["waiting_for_history"]
    facts = {
        ("QUEUE_MEMBER_CALLED", late["called"]),
        ("QUEUE_MEMBER_JOINED", late["joined"]),
    }
    assert before and not facts & _facts(before)
    with Service(old.data, PUSH_EXTRA_ORIGINS=old.made["push_origin"]) as service:
        vapid = requests.get(f"{service.url}/api/push/vapid", timeout=HANGS_S).json()
        assert vapid["publicKey"] == old.made["vapid_public"]
        eventually(lambda: facts <= _facts(_events(old)))
        with Redis.from_url(embedded_redis_url(old.data)) as redis:
            lines = [job_queue(redis, name) for name in (URGENT, LATER)]
            eventually(lambda: not redis.smembers("queueup:unrecorded"))
            eventually(lambda: all(line.count == 0 for line in lines))
            assert [line.failed_job_registry.count for line in lines] == [0, 0]
        pages = old.made["pages"]
        cookies = dict([pages["host_cookie"], pages["guest_cookie"]])
        for path in (f"/host/{pages['code']}", f"/queue/{pages['code']}/place"):
            shown = requests.get(f"{service.url}{path}", cookies=cookies, timeout=HANGS_S)
            assert (shown.status_code, shown.url) == (200, f"{service.url}{path}")
        # Missing fields would be named so; a push that found nobody is no such fault.
        assert not [line for line in service.lines if FAULT.search(line)]
    after = _events(old)
    assert set(before) <= set(after)
    for session in {event[0] for event in after}:
        numbers = [event[1] for event in after if event[0] == session]
        assert numbers == list(range(1, len(numbers) + 1))
    with closing(sqlite3.connect(old.data / "history.db")) as history:
        joined = history.execute("SELECT count(*) FROM parties WHERE origin = 'guest'").fetchone()
    assert joined[0] >= len(old.made["api"]["parties"])


def _events(old: Old) -> list[tuple[str, int, str, str]]:
    """Return session, number, kind and party of every event in the history."""
    with closing(sqlite3.connect(old.data / "history.db")) as history:
        return history.execute(
            "SELECT session_id, number, kind, party_id FROM events ORDER BY session_id, number"
        ).fetchall()


def _facts(events: list[tuple[str, int, str, str]]) -> set[tuple[str, str]]:
    return {(kind, party) for _, _, kind, party in events}
