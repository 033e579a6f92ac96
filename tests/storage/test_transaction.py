"""An optimistic transaction: all or nothing, and the connection is as good as new afterwards."""

from collections.abc import Iterator

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, ResponseError, TimeoutError
from redis.retry import Retry

from queueup.storage.redis_client import connect
from queueup.storage.transaction import AnswerLost, Command, Conflict, transaction
from tests.support.redis_proxy import Cut, proxied
from tests.support.redis_server import OwnRedis

READ: list[Command] = [("GET", "truth")]


@pytest.fixture
def one(own_redis: OwnRedis) -> Iterator[Redis]:
    """A client with a single connection."""
    client = connect(own_redis.url, connections=1)
    yield client
    client.close()


def test_all_commands_are_carried_out(one: Redis) -> None:
    with transaction(one) as current:
        assert current.watch("truth", read=READ) == [None]
        pipe = current.begin()
        pipe.set("truth", "1")
        pipe.incr("truth")
        current.commit(pipe)
    assert one.get("truth") == b"2"


@pytest.fixture
def other(own_redis: OwnRedis) -> Iterator[Redis]:
    """Another client of the same Redis."""
    client = connect(own_redis.url)
    yield client
    client.close()


def test_nothing_is_done_after_another_writer_and_the_next_try_succeeds(
    one: Redis, other: Redis
) -> None:
    with transaction(one) as current:
        for found in (None, b"other"):
            assert current.watch("truth", read=READ) == [found]
            pipe = current.begin()
            pipe.append("truth", "!")
            if found is None:
                other.set("truth", "other")
                with pytest.raises(Conflict):
                    current.commit(pipe)
            else:
                current.commit(pipe)
    assert one.get("truth") == b"other!"


def test_what_was_watched_is_forgotten_by_whoever_gives_up(one: Redis, other: Redis) -> None:
    for raised in (None, RuntimeError("refused")):
        try:
            with transaction(one) as current:
                current.watch("truth", read=READ)
                if raised:
                    raise raised
        except RuntimeError:
            pass
        other.append("truth", "other")
        with one.pipeline() as pipe:
            pipe.get("truth")
            assert pipe.execute() != [None]


def test_an_error_among_the_commands_says_more_than_the_refused_exec(one: Redis) -> None:
    with pytest.raises(ResponseError, match="wrong number of arguments"), transaction(one) as now:
        pipe = now.begin()
        pipe.set("truth", "1")
        pipe.execute_command("SET", "truth")
        now.commit(pipe)
    assert one.get("truth") is None


def test_an_error_of_a_command_that_was_carried_out_is_raised(one: Redis) -> None:
    with pytest.raises(ResponseError, match="not an integer"), transaction(one) as current:
        pipe = current.begin()
        pipe.set("truth", "text")
        pipe.incr("truth")
        current.commit(pipe)


def test_an_answer_that_is_lost_is_no_lost_race_and_never_asked_for_twice(
    own_redis: OwnRedis,
) -> None:
    with proxied(own_redis.folder / "redis.sock") as proxy:
        # As redis-py does by default: more tries, each on a connection that watches nothing.
        redis = Redis.from_url(proxy.url, retry=Retry(NoBackoff(), 3))
        proxy.next(Cut.AFTER)
        with pytest.raises(AnswerLost), transaction(redis) as current:
            current.watch("truth", read=READ)
            pipe = current.begin()
            pipe.incr("truth")
            current.commit(pipe)
        assert redis.get("truth") == b"1"
        redis.close()


def test_what_could_not_be_sent_was_not_done(own_redis: OwnRedis) -> None:
    redis = connect(own_redis.url)
    with pytest.raises(ConnectionError, match="a moment ago"), transaction(redis) as current:
        own_redis.fall_silent()
        with pytest.raises(TimeoutError):
            redis.get("truth")
        current.commit(current.begin())
    redis.close()
