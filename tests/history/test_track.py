"""Screens report what guests tapped; ids and kinds are kept for the history, and little of them."""

import pytest

from queueup.storage.event_stream import TRACKS, TRACKS_LIMIT, TRACKS_OF_A_PARTY
from tests.support.scenario import Evening


@pytest.fixture
def redis(parts):
    parts.redis.delete(TRACKS)
    return parts.redis


def kept(redis) -> list[dict[str, str]]:
    return [
        {name.decode(): value.decode() for name, value in fields.items()}
        for _, fields in redis.xrange(TRACKS)
    ]


def test_a_tap_on_a_notification_is_kept(redis, client):
    evening = Evening(client)
    anna = evening.guest("Anna")
    response = anna.say("/api/track", type="notif_click", meta={"kind": "called"})
    assert (response.status_code, response.text) == (200, "ok")
    (report,) = kept(redis)
    assert int(report.pop("at")) > 0
    assert report == {
        "type": "notif_click",
        "code": evening.code,
        "party": anna.id,
        "meta.kind": "called",
    }


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"sessionId": "none", "partyId": "none"},
        {"sessionId": "ABC234-1", "partyId": "none"},
        {"partyId": "none"},
        {"sessionId": ""},
    ],
)
def test_a_report_of_no_party_is_accepted_and_dropped(redis, client, more):
    evening = Evening(client)
    anna = evening.guest("Anna")
    named = {"sessionId": evening.session_id, "partyId": anna.id}
    sent = {"type": "nudge_ack"} | (named if len(more) == 1 else {}) | more
    assert client.post("/api/track", json=sent).text == "ok"
    assert kept(redis) == []


def test_a_party_reports_so_often_and_no_more(redis, client):
    evening = Evening(client)
    anna, ben = evening.guest("Anna"), evening.guest("Ben")
    for _ in range(TRACKS_OF_A_PARTY + 5):
        assert anna.say("/api/track", type="notif_click").text == "ok"
    assert len(kept(redis)) == TRACKS_OF_A_PARTY
    ben.say("/api/track", type="notif_click")
    assert len(kept(redis)) == TRACKS_OF_A_PARTY + 1


@pytest.mark.parametrize("body", [{}, {"type": ""}, {"type": 7.5}, {"type": None}, [], "type"])
def test_a_report_says_of_what(redis, client, body):
    response = client.post("/api/track", json=body)
    assert (response.status_code, response.json["error"]) == (400, "type required")
    assert kept(redis) == []


def test_a_report_cannot_grow(redis, client):
    many = {f"field{number}": "x" for number in range(50)}
    meta = many | {"a": "x" * 65, "b": {"deep": 1}}
    assert Evening(client).guest("Anna").say("/api/track", type="t", meta=meta).text == "ok"
    (report,) = kept(redis)
    assert len(report) <= 12
    assert all(len(value) <= 64 for value in report.values())


def test_the_stream_of_reports_cannot_grow(redis, client):
    with redis.pipeline(transaction=False) as pipe:
        for _ in range(TRACKS_LIMIT + 500):
            pipe.xadd(TRACKS, {"type": "old"})
        pipe.execute()
    assert Evening(client).guest("Anna").say("/api/track", type="new").text == "ok"
    # Redis drops whole blocks of a hundred entries.
    assert redis.xlen(TRACKS) <= TRACKS_LIMIT + 100
