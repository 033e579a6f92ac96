"""Whether the program has kept every word that it gave: asked of Redis, SQL, the push service."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from queueup.config import embedded_redis_url
from queueup.domain.model import Queue, Status
from queueup.storage import codec
from queueup.storage.store import UNRECORDED
from queueup.web.input.idempotency import join_key
from tests.chaos.journal import Asked, Record
from tests.chaos.people import Restaurant
from tests.history.reading import read_tables
from tests.support.push_service import PushService

JOINED, CALLED, SERVED = "QUEUE_MEMBER_JOINED", "QUEUE_MEMBER_CALLED", "QUEUE_MEMBER_SERVED"
AGAIN = "pushed more often than called"
# What each action is known by in the history.
KINDS = {
    "call": CALLED,
    "serve": SERVED,
    "no-show": "QUEUE_MEMBER_DROPPED",
    "not-coming": "QUEUE_MEMBER_LEFT",
    "undo": None,
    "message": None,
    "on-my-way": None,
}
OUTCOMES: dict[Status, tuple[str | None, ...]] = {
    Status.WAITING: (None,),
    Status.CALLED: (None,),
    # A walk-in whose adding was taken back.
    Status.KICKED: ("kicked", "undone"),
}


@dataclass
class Found:
    """What is there when everything has come to rest."""

    queue: Queue
    events: list[dict[str, Any]]
    parties: dict[str, dict[str, Any]]


def is_at_rest(data: Path) -> bool:
    """Tell whether nothing waits for the history, and no call or nudge for its worker."""
    with Redis.from_url(embedded_redis_url(data)) as redis:
        lines = (f"rq:queue:{name}" for name in ("urgent", "later"))
        return not redis.scard(UNRECORDED) and not any(redis.llen(line) for line in lines)


def look(data: Path, restaurants: list[Restaurant]) -> dict[str, Found]:
    """Read what Redis and SQL hold of each queue."""
    tables = read_tables(f"sqlite:///{data / 'history.db'}")
    found = {}
    with Redis.from_url(embedded_redis_url(data)) as redis:
        for one in restaurants:
            kept = redis.hget(f"queueup:{{{one.code}}}:state", "queue")
            assert kept is not None, f"the queue {one.code} is gone"
            found[one.code] = Found(
                codec.decode_queue(kept),
                [row for row in tables["events"] if row["session_id"] == one.session_id],
                {
                    row["party_id"]: row
                    for row in tables["parties"]
                    if row["session_id"] == one.session_id
                },
            )
    return found


def broken_promises(record: Record, found: dict[str, Found]) -> list[str]:
    """Return a sentence for everything that was lost, done twice, or out of order."""
    broken = list(record.faults)
    broken += [
        f"{asked.action} of {asked.code} was never answered"
        for asked in record.asked
        if asked.status is None
    ]
    for code, there in found.items():
        mine = [asked for asked in record.asked if asked.code == code]
        broken += [f"{code}: {said}" for said in _of_history(there)]
        broken += [f"{code}: {said}" for said in _of_joins(mine, there)]
        broken += [f"{code}: {said}" for said in _of_actions(mine, there)]
        broken += [f"{code}: {said}" for said in _of_order(mine, there)]
    return broken


def untold_calls(
    restaurants: list[Restaurant], found: dict[str, Found], push: PushService
) -> tuple[list[str], Counter[str]]:
    """Return the calls of subscribed parties that were neither pushed nor over, and all counts."""
    pushed = Counter(
        message.device.id
        for message in push.taken()
        if message.payload["kind"] == "called" and message.status == 201
    )
    missed, counts = [], Counter[str]()
    for one in restaurants:
        there = found[one.code]
        calls: dict[str, int] = Counter(
            event["party_id"] for event in there.events if event["kind"] == CALLED
        )
        for party_id, device in one.devices.items():
            if party_id not in calls:
                continue
            party = there.queue.party(party_id)
            if pushed[device]:
                counts["pushed"] += 1
                counts[AGAIN] += pushed[device] > calls[party_id]
            elif party is not None and party.status is Status.CALLED:
                missed.append(f"{one.code}: #{party.ticket} was called and never told")
            else:
                # Recorded as not deliverable: the call was over before its turn came.
                counts["over before it could be pushed"] += 1
    return missed, counts


def _of_history(there: Found) -> list[str]:
    numbers = [event["number"] for event in there.events]
    broken = []
    if numbers != list(range(1, there.queue.last_event + 1)):
        missing = sorted(set(range(1, there.queue.last_event + 1)) - set(numbers))
        broken.append(f"SQL has {len(numbers)} of {there.queue.last_event} events: no {missing}")
    for party in there.queue.parties:
        row = there.parties.get(party.id)
        outcomes = OUTCOMES.get(party.status, (party.status.value,))
        if row is None or row["outcome"] not in outcomes or row["ticket"] != party.ticket:
            broken.append(f"#{party.ticket} is {party.status} in Redis, in SQL {row}")
    return broken


def _of_joins(mine: list[Asked], there: Found) -> list[str]:
    made: dict[str, list[str]] = defaultdict(list)
    for event in there.events:
        if event["kind"] == JOINED:
            made[_given(event["details"]["join_key"])].append(event["party_id"])
    broken = [f"one key let in {len(ids)} parties" for ids in made.values() if len(ids) > 1]
    for asked in mine:
        if asked.action not in ("join", "add"):
            continue
        ids = made.get(str(join_key(asked.key)), [])
        if not asked.is_done:
            broken += [f"a refused {asked.action} let somebody in: {asked}"] if ids else []
            continue
        answered = _party_id(asked)
        if ids != [answered]:
            broken.append(f"{asked.action} was acknowledged as {answered}, SQL has {ids}")
        if there.queue.party(answered) is None:
            broken.append(f"{answered} was let in and is not in the queue")
    return broken


def _of_actions(mine: list[Asked], there: Found) -> list[str]:
    kinds = Counter((_given(event["details"].get("key")), event["kind"]) for event in there.events)
    keys = Counter(_given(event["details"].get("key")) for event in there.events)
    broken = []
    for asked in mine:
        if asked.action not in KINDS:
            continue
        key, kind = str(join_key(asked.key)), KINDS[asked.action]
        if not asked.is_done and keys[key]:
            broken.append(f"a refused {asked.action} has happened: {asked}")
        if asked.is_done and kind and kinds[key, kind] != 1:
            broken.append(f"{asked.action} has happened {kinds[key, kind]} times: {asked}")
    return broken


def _of_order(mine: list[Asked], there: Found) -> list[str]:
    """Whoever was answered before another one asked comes before that one, in number and line."""
    broken = []
    joins = sorted(
        (asked for asked in mine if asked.action in ("join", "add") and asked.is_done),
        key=lambda asked: asked.sent_at,
    )
    tickets = {party.id: party.ticket for party in there.queue.parties}
    for asked in joins:
        ticket = tickets.get(_party_id(asked), 0)
        overtaken = [
            other
            for other in joins
            if other.answered_at < asked.sent_at and tickets.get(_party_id(other), 0) >= ticket
        ]
        if overtaken:
            broken.append(f"#{ticket} came after parties with higher tickets")
    line = [party.ticket for party in there.queue.waiting()]
    if line != sorted(line):
        broken.append(f"the line is out of order: {line}")
    return broken


def _given(kept: str | None) -> str:
    """Return what is left of the client's key in what is kept of it."""
    return (kept or "").partition(":")[0]


def _party_id(asked: Asked) -> str:
    answer = asked.answer
    found: str = answer["partyId"] if asked.action == "join" else answer["party"]["id"]
    return found
