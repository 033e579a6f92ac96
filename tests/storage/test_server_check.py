"""What is wrong with an operator's Redis is said in words, and nothing is changed there."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from redis import Redis

from queueup.storage import server_check
from queueup.storage.redis_client import connect
from tests.support.redis_server import OwnRedis

NO_INFO = (
    "Without INFO, background jobs take this Redis for an old one, and a job is lost when its"
    " worker is killed."
)


@dataclass
class Operated:
    """A Redis with an administrator, and a user for the service."""

    admin: Redis
    url: str

    def user(self, *rules: str) -> Redis:
        """Return a client of a user who may do everything, but for these rules."""
        name = "service"
        self.admin.execute_command(
            "ACL", "SETUSER", name, "reset", "on", ">opened", "~*", "&*", "+@all", *rules
        )
        return connect(f"unix://{name}:opened@{self.url.removeprefix('unix://')}")


@pytest.fixture
def operated(own_redis: OwnRedis) -> Iterator[Operated]:
    """A Redis that somebody else runs."""
    admin = Redis.from_url(own_redis.url)
    yield Operated(admin, own_redis.url)
    admin.close()


def test_our_own_redis_has_nothing_to_be_said_about(operated: Operated) -> None:
    user = operated.user()
    assert server_check.complaints(user) == []
    user.close()


@pytest.mark.parametrize(
    ("rules", "sentences"),
    [
        (("-info",), ["The Redis user lacks the right to: INFO.", NO_INFO]),
        (
            ("-@dangerous",),
            ["The Redis user lacks the right to: INFO, CLIENT, BGREWRITEAOF.", NO_INFO],
        ),
        (("-publish", "-blmove"), ["The Redis user lacks the right to: BLMOVE, PUBLISH."]),
        (("-watch",), ["The Redis user lacks the right to: WATCH."]),
        (("-multi",), ["The Redis user lacks the right to: MULTI."]),
        (
            ("resetkeys", "~queueup:*"),
            ["The Redis user lacks the right to: rq:*, LIMITS:*."],
        ),
        (("resetchannels",), ["The Redis user lacks the right to: SUBSCRIBE, PUBLISH."]),
    ],
)
def test_missing_rights_are_named(
    operated: Operated, rules: tuple[str, ...], sentences: list[str]
) -> None:
    user = operated.user(*rules)
    before = operated.admin.dbsize()
    found = server_check.complaints(user)
    assert found[: len(sentences)] == sentences
    # The question itself writes nothing, and leaves no connection in a transaction.
    assert operated.admin.dbsize() == before
    assert user.set("queueup:after", 1)
    user.close()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"maxmemory-policy": "allkeys-lru"}, "maxmemory-policy allkeys-lru"),
        ({"appendonly": "no"}, "appendonly no"),
        ({"appendfsync": "everysec"}, "appendfsync everysec"),
        ({"maxmemory": "100kb"}, "Redis is full (maxmemory): no changes can be saved."),
    ],
)
def test_dangerous_settings_are_said(
    operated: Operated, settings: dict[str, str], words: str
) -> None:
    for name, value in settings.items():
        operated.admin.config_set(name, value)
    user = operated.user()
    (sentence,) = server_check.complaints(user)
    assert words in sentence
    user.close()


def test_a_nearly_full_redis_is_said(operated: Operated) -> None:
    # Beside this, what connections take does not count.
    for number in range(100):
        operated.admin.set(f"filling {number}", bytes(100_000))
    info = operated.admin.info("memory")
    used = info["used_memory"] - info["mem_not_counted_for_evict"]
    operated.admin.config_set("maxmemory", int(used * 1.06))
    user = operated.user()
    (sentence,) = server_check.complaints(user)
    assert "Redis is nearly full: 9" in sentence
    user.close()


def test_a_replica_and_what_is_too_old_are_said() -> None:
    told = {"redis_version": "6.0.16", "role": "slave", "cluster_enabled": 1}
    sentences = list(server_check._about_server(told))
    assert [sentence.split(":")[0] for sentence in sentences] == [
        "Redis 6.0.16 is too old",
        "This Redis is a replica, which refuses every change",
        "This Redis is part of a cluster, where background jobs don't work.",
    ]
    assert list(server_check._about_server({"redis_version": "7.2.4", "role": "master"})) == []
