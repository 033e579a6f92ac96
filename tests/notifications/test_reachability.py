"""The host sees how each party would hear a call; polls stay unchanged while that is the same."""

from collections.abc import Iterator

import pytest

from queueup.notifications.reachability import Reachability
from tests.support import push_service
from tests.support.push_service import PushService
from tests.support.scenario import Evening

MINUTE = 60_000


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service.running() as service:
        yield service


@pytest.fixture
def env(env: dict[str, str], service: PushService) -> dict[str, str]:
    return env | {"PUSH_EXTRA_ORIGINS": service.origin}


@pytest.fixture
def evening(client) -> Evening:
    return Evening(client)


def host_polls(evening, tag=None, fragment=False):
    headers = evening.host | ({"If-None-Match": tag} if tag else {})
    headers |= {"HX-Request": "true"} if fragment else {}
    return evening.client.get(f"/api/queue/{evening.code}/snapshot", headers=headers)


def guest_polls(evening, guest, tag=None):
    headers = {"If-None-Match": tag} if tag else {}
    path = f"/api/queue/{evening.code}/snapshot?partyId={guest.id}"
    return evening.client.get(path, headers=headers)


def reach(evening) -> dict[str, tuple[str, bool]]:
    """Return how the host sees each party by name, and whether there is a time to it."""
    queue = host_polls(evening).json["queue"]
    return {party["name"]: (party["reach"], party["reachAt"] is not None) for party in queue}


def test_a_party_is_reached_by_push_by_its_page_or_not_at_all(parts, evening, service):
    anna, bob, _ = (evening.guest(name) for name in ("Anna", "Bob", "Carla"))
    anna.subscribe(service.device())
    guest_polls(evening, bob)
    parts.reachability.share()
    assert reach(evening) == {
        "Anna": ("push", False),
        "Bob": ("page", False),
        "Carla": ("none", False),
    }


def test_a_host_who_looks_sees_a_page_open_and_close(parts, evening):
    bob = evening.guest("Bob")
    tag = host_polls(evening).headers["ETag"]
    assert host_polls(evening, tag).status_code == 304
    seen = guest_polls(evening, bob)
    parts.reachability.share()
    opened = host_polls(evening, tag)
    assert opened.json["queue"][0]["reach"] == "page"
    # The page keeps asking, from memory now, and nothing is new to the host.
    for _ in range(3):
        assert guest_polls(evening, bob, seen.headers["ETag"]).status_code == 304
        parts.reachability.share()
        assert host_polls(evening, opened.headers["ETag"]).status_code == 304
    key = f"queueup:{{{evening.code}}}:reach"
    at = int(parts.redis.hget(key, f"seen:{bob.id}"))
    parts.redis.hset(key, f"seen:{bob.id}", at - 2 * MINUTE)
    parts.reachability.share()
    closed = host_polls(evening, opened.headers["ETag"])
    assert closed.status_code == 200
    assert closed.json["queue"][0]["reach"] == "none"
    assert closed.json["queue"][0]["reachAt"] == at - 2 * MINUTE


def test_all_processes_see_a_page_close_at_the_same_moment(parts, evening):
    bob, joined_at = evening.guest("Bob"), 1_800_000_000_000

    def process(now):
        return Reachability(parts.redis, lambda: now, lambda code: None)

    asked = process(joined_at + 1_900)
    asked.note(evening.code, "guest", bob.id)
    asked.share()
    for later, way in ((44_999, "page"), (45_001, "none"), (46_850, "none")):
        assert process(joined_at + later).channels(evening.code)[bob.id][0] == way


def test_polls_from_memory_write_nothing_until_they_are_shared(parts, evening):
    bob = evening.guest("Bob")
    tag = guest_polls(evening, bob).headers["ETag"]
    before = parts.redis.info("stats")["total_commands_processed"]
    key = f"queueup:{{{evening.code}}}:reach"
    for _ in range(5):
        assert guest_polls(evening, bob, tag).status_code == 304
    assert not parts.redis.hexists(key, f"seen:{bob.id}")
    # The test's own app does not hear of commits, so each poll compares versions: one read each.
    assert parts.redis.info("stats")["total_commands_processed"] - before <= 10
    parts.reachability.share()
    assert parts.redis.hexists(key, f"seen:{bob.id}")


def test_guests_and_strangers_do_not_see_how_others_are_reached(client, evening):
    bob = evening.guest("Bob")
    public = client.get(f"/api/queue/{evening.code}/snapshot?view=public").json
    assert "reach" not in public["queue"][0]
    assert "reach" not in guest_polls(evening, bob).json


def test_the_console_says_it_in_words(parts, evening, service):
    anna, bob, carla, _ = (evening.guest(name) for name in ("Anna", "Bob", "Carla", "Dan"))
    anna.subscribe(service.device())
    guest_polls(evening, bob)
    guest_polls(evening, carla)
    parts.reachability.share()
    key = f"queueup:{{{evening.code}}}:reach"
    parts.redis.hincrby(key, f"seen:{carla.id}", -2 * MINUTE)
    parts.reachability.share()
    page = host_polls(evening, fragment=True).text
    words = ("notifications on", "page open", "page closed", "page not opened")
    assert [page.count(way) for way in words] == [1] * 4


def test_a_page_that_has_just_been_opened_counts_before_its_first_poll(parts, evening, client):
    bob = evening.guest("Bob")
    client.get(f"/queue/{evening.code}/place?partyId={bob.id}", follow_redirects=True)
    parts.reachability.share()
    assert parts.reachability.channels(evening.code)[bob.id][0] == "page"


def test_nobody_is_kept_as_reachable_when_the_day_is_over(parts, evening, service):
    anna = evening.guest("Anna")
    anna.subscribe(service.device())
    guest_polls(evening, anna)
    parts.reachability.share()
    anna.leave()
    assert parts.reachability.channels(evening.code)[anna.id][0] == "push"
    evening.ask(f"/api/queue/{evening.code}/close")
    assert parts.redis.hgetall(f"queueup:{{{evening.code}}}:reach") == {}
