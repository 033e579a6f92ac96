"""What a power cut leaves at the end of Redis' file goes; whatever may have been answered stays."""

import random
from pathlib import Path

import pytest
from redis import Redis

from queueup.server import aof_repair
from tests.support.redis_server import OwnRedis
from tests.support.running_service import Service
from tests.support.scenario import Evening, Remote

ZEROS = bytes(5_000)
NONSENSE = random.Random(7).randbytes(300)
# As Redis writes a change, up to where the power went.
TORN = b"*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$4\r\nlast\r\n$9\r\nnot a"


def written(folder: Path) -> bytes:
    """Let a Redis of this folder write ten changes, and return its file."""
    server = OwnRedis(folder)
    with Redis.from_url(server.url) as redis:
        for number in range(10):
            with redis.pipeline() as pipe:
                pipe.set(f"state {number}", number).set("latest", number).execute()
    server.stop()
    return (folder / aof_repair.FILE).read_bytes()


@pytest.mark.parametrize(
    "rest", [ZEROS, NONSENSE, TORN + ZEROS, TORN + NONSENSE, bytes(aof_repair.TAIL_LIMIT + 1)]
)
def test_what_a_power_cut_has_left_behind_the_last_change_is_cut_off(
    tmp_path: Path, rest: bytes
) -> None:
    whole = written(tmp_path)
    file = tmp_path / aof_repair.FILE
    file.write_bytes(whole + rest)
    assert aof_repair.truncate_damaged_tail(tmp_path) == len(rest)
    assert file.read_bytes() == whole
    server = OwnRedis(tmp_path)
    with Redis.from_url(server.url) as redis:
        assert (redis.get("latest"), redis.dbsize()) == (b"9", 11)
    server.stop()


@pytest.mark.parametrize("begins", ["whole", "with nonsense", "too long a rest", "nothing"])
def test_nothing_that_may_have_been_answered_is_cut_off(tmp_path: Path, begins: str) -> None:
    whole = written(tmp_path)
    found = {
        "whole": whole,
        "with nonsense": NONSENSE + whole,
        # More than is before it may be anything, and so may more than is written at once.
        "too long a rest": whole + NONSENSE + b"x" * len(whole),
        "nothing": b"",
    }[begins]
    file = tmp_path / aof_repair.FILE
    file.write_bytes(found)
    assert aof_repair.truncate_damaged_tail(tmp_path) == 0
    assert file.read_bytes() == found


def test_of_several_files_only_the_last_is_cut(tmp_path: Path) -> None:
    whole = written(tmp_path)
    (tmp_path / aof_repair.FILE).unlink()
    folder = tmp_path / "appendonlydir"
    folder.mkdir()
    for number in (9, 10):
        (folder / f"appendonly.aof.{number}.incr.aof").write_bytes(whole + ZEROS)
    assert aof_repair.truncate_damaged_tail(tmp_path) == len(ZEROS)
    sizes = [file.stat().st_size for file in sorted(folder.iterdir())]
    assert sizes == [len(whole), len(whole) + len(ZEROS)]


def test_a_program_starts_after_a_power_cut_with_all_that_was_answered(tmp_path: Path) -> None:
    service = Service(tmp_path / "data").start()
    evening = Evening(Remote(service.url))
    evening.guest("Anna")
    service.kill_everything()
    with open(service.data / aof_repair.FILE, "ab") as file:
        file.write(ZEROS)
    with service:
        service.wait_for_line(f"Truncated {len(ZEROS)} bytes of garbage at the end of")
        assert evening.ask(f"/api/queue/{evening.code}/advance")["nowServing"]["name"] == "Anna"
