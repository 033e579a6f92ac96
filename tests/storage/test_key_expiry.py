"""A line that has ended leaves nothing behind: after its time, each of its keys goes by itself."""

import re
import secrets
import time
from collections.abc import Iterator

import pytest
import requests
from redis import Redis
from rq.registry import FailedJobRegistry, FinishedJobRegistry, StartedJobRegistry

from queueup.config import embedded_redis_url
from queueup.domain.deadlines import MAX_AGE_WITH_HOURS_MS
from queueup.notifications.enqueue import PLANNED_TTL_S
from queueup.notifications.subscriptions import REACHABILITY_TTL_S
from queueup.storage.job_queues import LATER, URGENT
from queueup.storage.known_lines import KNOWN_S
from queueup.storage.store import CREATED_S, KEEP_S, SNAPSHOT_S
from tests.support import push_service
from tests.support.push_service import PushService
from tests.support.running_service import Service, eventually
from tests.support.scenario import Evening, Guest, Remote, queue

DAY_S = 24 * 3600
# How long the keys of a line may stay, beside those of its jobs.
OF_A_LINE = {
    r"queueup:\{CODE\}:state": KEEP_S,
    r"queueup:\{CODE\}:snapshot": SNAPSHOT_S,
    r"queueup:\{CODE\}:events": KEEP_S,
    r"queueup:\{CODE\}:reach": REACHABILITY_TTL_S,
    r"queueup:\{CODE\}:push:[^:]+": REACHABILITY_TTL_S,
    r"queueup:\{CODE\}:test:.+": DAY_S,
    r"queueup:\{CODE\}:tracked:[^:]+": DAY_S,
    r"queueup:\{CODE\}:planned(:urgent|:unproven)?": PLANNED_TTL_S,
}
# Keys of no line that run out.
OF_ALL = {
    r"queueup:created:.+": CREATED_S,
    r"queueup:figures:.+": 9 * DAY_S,
    r"queueup:reached:.+": KNOWN_S,
    r"queueup:worker-seen:.+": DAY_S,
    r"LIMITS:.+": DAY_S,
    r"queueup:(sockets|checked):.+": DAY_S,
    r"rq:worker:.+": DAY_S,
    r"rq:scheduler.*": DAY_S,
    r"rq:clean_.+": DAY_S,
    r"rq:.*lock.*": DAY_S,
}
# Keys that stay for ever, one each and never more.
FOR_EVER = {
    "queueup:unrecorded",
    "queueup:tracks",
    "queueup:legacy-socket",
    "rq:queues",
    "rq:workers",
    *(
        f"rq:{kind}:{name}"
        for kind in ("queue", "scheduled", "workers")
        for name in (URGENT, LATER)
    ),
}
# The jobs that always wait for their next run.
RECURRING = re.compile(r"rq:job:(record_waiting|erase_old_guests)-\d+")


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    with push_service.running() as service:
        yield service


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory, service: PushService) -> Iterator[Service]:
    origins = {"PUSH_EXTRA_ORIGINS": service.origin, "WEB_PROCESSES": "1", "RATE_LIMITS": "1"}
    with Service(tmp_path_factory.mktemp("data"), **origins) as running:
        yield running


@pytest.fixture
def redis(program: Service) -> Iterator[Redis]:
    with Redis.from_url(embedded_redis_url(program.data)) as found:
        yield found


def play(program: Service, service: PushService) -> str:
    """Play all that leaves keys behind, up to the line's end, and return its code."""
    evening = Evening(Remote(program.url))
    guests = [Guest(evening, f"Party {number}") for number in range(6)]
    for guest in guests:
        assert guest.subscribe(service.device()).text == "ok"
    guests[0].say("/api/push/test")
    path = f"/api/queue/{evening.code}"
    for action, guest in (("call", 0), ("serve", 0), ("call", 1), ("no-show", 1), ("call", 2)):
        evening.ask(f"{path}/{action}", partyId=guests[guest].id)
    evening.ask(f"{path}/message", text="Nearly there.")
    evening.ask(f"{path}/invite-device")
    guests[3].leave()
    guests[4].say("/api/track", type="notif_click")
    place = {"partyId": guests[5].id}
    assert requests.get(f"{program.url}{path}/snapshot", place, timeout=60).ok
    again = {"Idempotency-Key": secrets.token_hex(16)}
    body = {"eventName": "Another", "maxGuests": 10}
    other = requests.post(f"{program.url}/api/queue/create", json=body, headers=again, timeout=60)
    for code, host in (
        (evening.code, evening.host),
        (other.json()["code"], {"x-host-auth": other.json()["hostAuthToken"]}),
    ):
        closing = f"{program.url}/api/queue/{code}/close"
        assert requests.post(closing, json={}, headers=host, timeout=60).ok
    return evening.code


def is_at_rest(redis: Redis) -> bool:
    """Tell whether all is recorded and no job waits but timers and what recurs."""
    waiting = [name.decode() for name in redis.scan_iter("rq:job:*")]
    busy = [name for name in waiting if ":time-" not in name and not RECURRING.fullmatch(name)]
    return not busy and not redis.exists("queueup:unrecorded")


def timers(redis: Redis) -> dict[str, float]:
    """Return when (s since the epoch) each timer of any line runs."""
    found = redis.zrange(f"rq:scheduled:{URGENT}", 0, -1, withscores=True)
    return {name.decode(): at for name, at in found if name.startswith(b"time-")}


def test_each_key_of_an_ended_line_runs_out_within_its_time(
    program: Service, service: PushService, redis: Redis
) -> None:
    code = play(program, service)
    eventually(is_at_rest, redis)
    known = {pattern.replace("CODE", "[A-Z0-9]{6}"): most for pattern, most in OF_A_LINE.items()}
    strange = []
    for name, left_s in [(key.decode(), redis.ttl(key)) for key in redis.scan_iter()]:
        if name in FOR_EVER or RECURRING.fullmatch(name) or left_s == -2:
            continue
        if name.removeprefix("rq:job:") in timers(redis):
            continue
        most = [most for text, most in (known | OF_ALL).items() if re.fullmatch(text, name)]
        if not most or not 0 <= left_s <= most[0]:
            strange.append((name, left_s))
    assert strange == []
    assert redis.ttl(f"queueup:{{{code}}}:state") > 0
    assert redis.xlen(f"queueup:{{{code}}}:events") == 0


def test_timers_of_an_ended_line_go_when_they_run_and_no_list_of_jobs_grows(
    program: Service, service: PushService, redis: Redis
) -> None:
    codes = [play(program, service) for _ in range(2)]
    eventually(is_at_rest, redis)
    latest_s = time.time() + MAX_AGE_WITH_HOURS_MS / 1000
    left = timers(redis)
    assert any(code in name for code in codes for name in left)
    assert all(at <= latest_s for at in left.values())
    # As if their time had come.
    redis.zadd(f"rq:scheduled:{URGENT}", dict.fromkeys(left, 1))
    eventually(lambda: not timers(redis) and is_at_rest(redis) and not _jobs_of(redis, "time-"))
    for name in (URGENT, LATER):
        line = queue(redis, name)
        assert line.job_ids == []
        for registry in (FailedJobRegistry, FinishedJobRegistry, StartedJobRegistry):
            assert registry(queue=line).get_job_ids(cleanup=False) == []


def _jobs_of(redis: Redis, prefix: str) -> list[bytes]:
    return list(redis.scan_iter(f"rq:job:{prefix}*"))
