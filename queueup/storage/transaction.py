"""An optimistic transaction on one connection to Redis, in two round trips: read, then commit.

redis-py's pipeline takes three for that, and raises the same error for a lost race and for an
answer that was lost, after which the commands may have been carried out.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.client import Pipeline
from redis.connection import AbstractConnection
from redis.exceptions import ConnectionError, ResponseError, TimeoutError

Command = tuple[str, ...]


class Conflict(Exception):
    """A watched key has changed: nothing was committed."""


class AnswerLost(Exception):
    """The connection ended before EXEC was answered: all was committed, or nothing."""


class NotReplicated(Exception):
    """All was committed, but no more than the primary is known to have it."""


# How long a commit waits for replicas (ms); a primary that lags behind more is not one to rely on.
REPLICATED_MS = 200


class Transaction:
    """Commands on one connection; what it watches it forgets with `commit`."""

    def __init__(self, redis: Redis, connection: AbstractConnection) -> None:
        self._redis = redis
        self._connection = connection
        self.is_watching = False

    def watch(self, *keys: str, read: list[Command]) -> list[Any]:
        """Watch these keys from now on, and return the answers to the reading commands.

        Raises RedisError.
        """
        self.is_watching = True
        return self._round_trip([("WATCH", *keys), *read])[1:]

    def read(self, command: Command) -> Any:
        """Return the answer to one more reading command. Raises RedisError."""
        return self._round_trip([command])[0]

    def begin(self) -> Pipeline:
        """Return a pipeline that only collects commands, for `commit`."""
        pipe = self._redis.pipeline()
        # RQ adds to a pipeline only what belongs to a transaction.
        pipe.multi()
        return pipe

    def commit(self, pipe: Pipeline, replicas: int = 0) -> None:
        """Carry out the commands that a pipeline has collected, all or none of them.

        Return once this many replicas have them, too. Raises Conflict, AnswerLost, NotReplicated,
        RedisError.
        """
        commands = [("MULTI",), *(args for args, _ in pipe.command_stack), ("EXEC",)]
        # It counts the replicas that have what this very connection wrote.
        waiting = [("WAIT", str(replicas), str(REPLICATED_MS))] if replicas else []
        is_sent = False

        def send() -> None:
            nonlocal is_sent
            is_sent = True

        try:
            answers = self._round_trip([*commands, *waiting], send)
        except (ConnectionError, TimeoutError) as error:
            if is_sent:
                raise AnswerLost from error
            raise
        finally:
            self.is_watching = False
        done = answers[len(commands) - 1]
        if done is None:
            raise Conflict
        _raise_first_error(done)
        if waiting and answers[-1] < replicas:
            raise NotReplicated

    def end(self) -> None:
        """Forget what is watched, so that the connection can be used for something else."""
        if self.is_watching:
            self.is_watching = False
            self._round_trip([("UNWATCH",)])

    def _round_trip(
        self, commands: list[Any], on_send: Callable[[], None] = lambda: None
    ) -> list[Any]:
        def send_and_read() -> list[Any]:
            packed = self._connection.pack_commands(commands)
            on_send()
            # Whatever interrupts these, redis-py closes the connection.
            self._connection.send_packed_command(packed)
            return [self._answer() for _ in commands]

        answers = self._connection.retry.call_with_retry(send_and_read, _give_up)
        _raise_first_error(answers)
        return answers

    def _answer(self) -> Any:
        try:
            return self._connection.read_response()
        except ResponseError as error:
            return error


@contextmanager
def transaction(redis: Redis) -> Iterator[Transaction]:
    """Use a connection for one transaction, or for several tries at one. Raises RedisError."""
    pool = redis.connection_pool
    connection = pool.get_connection()
    try:
        current = Transaction(redis, connection)
        yield current
        current.end()
    except BaseException:
        # Its watch would make the transaction of its next user fail.
        if current.is_watching:
            connection.disconnect()
        raise
    finally:
        pool.release(connection)


def _give_up(error: Exception) -> None:
    # Whatever the client's policy is: a second try would be on a connection that watches nothing.
    raise error


def _raise_first_error(answers: list[Any]) -> None:
    for answer in answers:
        if isinstance(answer, ResponseError):
            raise answer
