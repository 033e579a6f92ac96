"""What a power cut leaves at the end of Redis' file goes; whatever may have been answered stays."""

import random
from pathlib import Path

import pytest
from redis import Redis

from queueup.data_folder import aof_files
from queueup.server import aof_repair
from tests.support.old_servers import REDIS_6, on_path, unpack
from tests.support.redis_server import OwnRedis
from tests.support.running_service import Service
from tests.support.scenario import Evening, Remote

ZEROS = bytes(5_000)
NONSENSE = random.Random(7).randbytes(300)
# As Redis writes a change, up to where the power went.
TORN = b"*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$4\r\nlast\r\n$9\r\nnot a"


def written(folder: Path) -> tuple[Path, bytes]:
    """Let a Redis of this folder write ten changes, and return the file that has them."""
    server = OwnRedis(folder)
    with Redis.from_url(server.url) as redis:
        for number in range(10):
            with redis.pipeline() as pipe:
                pipe.set(f"state {number}", number).set("latest", number).execute()
    server.stop()
    file = aof_files.in_order(folder)[-1]
    return file, file.read_bytes()


@pytest.fixture(params=["machine", "6.2"])
def every_server(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server of this machine, which keeps several files, and Redis 6.2, which keeps one."""
    if request.param == "6.2":
        if not REDIS_6.exists():
            pytest.skip("the Redis 6.2 for tests runs on x86-64 Linux only")
        monkeypatch.setenv("PATH", on_path(tmp_path, REDIS_6))


@pytest.mark.usefixtures("every_server")
@pytest.mark.parametrize(
    "rest", [ZEROS, NONSENSE, TORN + ZEROS, TORN + NONSENSE, bytes(aof_repair.TAIL_LIMIT + 1)]
)
def test_what_a_power_cut_has_left_behind_the_last_change_is_cut_off(
    tmp_path: Path, rest: bytes
) -> None:
    file, whole = written(tmp_path)
    file.write_bytes(whole + rest)
    assert aof_repair.truncate_damaged_tail(tmp_path) == len(rest)
    assert file.read_bytes() == whole
    server = OwnRedis(tmp_path)
    with Redis.from_url(server.url) as redis:
        assert (redis.get("latest"), redis.dbsize()) == (b"9", 11)
    server.stop()


@pytest.mark.usefixtures("every_server")
@pytest.mark.parametrize("begins", ["whole", "with nonsense", "too long a rest", "nothing"])
def test_nothing_that_may_have_been_answered_is_cut_off(tmp_path: Path, begins: str) -> None:
    file, whole = written(tmp_path)
    found = {
        "whole": whole,
        "with nonsense": NONSENSE + whole,
        # More than is before it may be anything, and so may more than is written at once.
        "too long a rest": whole + NONSENSE + b"x" * len(whole),
        "nothing": b"",
    }[begins]
    file.write_bytes(found)
    assert aof_repair.truncate_damaged_tail(tmp_path) == 0
    assert file.read_bytes() == found


def test_a_folder_without_any_file_has_nothing_to_cut_off(tmp_path: Path) -> None:
    assert aof_repair.truncate_damaged_tail(tmp_path) == 0


def test_of_several_files_only_the_last_is_cut(tmp_path: Path) -> None:
    _, whole = written(tmp_path)
    folder = tmp_path / aof_files.FOLDER
    names = [f"{aof_files.FILE}.{number}.incr.aof" for number in (9, 10)]
    for name in names:
        (folder / name).write_bytes(whole + ZEROS)
    # As numbers, not as text.
    entries = [
        f"file {name} seq {number} type i" for number, name in zip((9, 10), names, strict=True)
    ]
    (folder / aof_files.MANIFEST).write_text("\n".join(reversed(entries)) + "\n")
    assert aof_repair.truncate_damaged_tail(tmp_path) == len(ZEROS)
    sizes = [(folder / name).stat().st_size for name in names]
    assert sizes == [len(whole) + len(ZEROS), len(whole)]


def test_a_program_starts_after_a_power_cut_with_all_that_was_answered(tmp_path: Path) -> None:
    service = Service(tmp_path / "data").start()
    evening = Evening(Remote(service.url))
    evening.guest("Anna")
    service.kill_everything()
    with open(aof_files.in_order(service.data)[-1], "ab") as file:
        file.write(ZEROS)
    with service:
        service.wait_for_line(f"Truncated {len(ZEROS)} bytes of garbage at the end of")
        assert evening.ask(f"/api/queue/{evening.code}/advance")["nowServing"]["name"] == "Anna"


def test_a_newer_server_takes_over_after_a_power_cut(tmp_path: Path) -> None:
    service = Service(unpack("0.2.0", tmp_path))
    with open(service.data / aof_files.FILE, "ab") as file:
        file.write(ZEROS)
    with service:
        # It has moved the old file before it found that it cannot read all of it.
        service.wait_for_line(f"Truncated {len(ZEROS)} bytes of garbage at the end of")
        assert aof_files.in_order(service.data)[0].parent.name == aof_files.FOLDER
