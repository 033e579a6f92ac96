"""No server opens a folder that it cannot read, and the folder remembers who wrote it."""

import shutil
import sys
from pathlib import Path

import pytest
from redis import Redis

from queueup.data_folder import aof_files, server_versions
from queueup.data_folder.server_versions import ServerVersion
from queueup.errors import OperatorError
from tests.support.old_servers import REDIS_6, content, needs_redis_6, on_path, unpack
from tests.support.redis_server import OwnRedis


def version(text: str) -> ServerVersion:
    """Return a version from its name and number."""
    return ServerVersion.of(*text.split(" "))


@pytest.fixture
def only_redis_6(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a Redis 6.2 and nothing else."""
    monkeypatch.setenv("PATH", on_path(tmp_path, REDIS_6))
    monkeypatch.setattr(server_versions, "PACKAGED", tmp_path / "nothing")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An empty data folder."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def write(data: Path, rewritten: bool = False) -> None:
    """Let the server of this machine write one value into a folder."""
    server = OwnRedis(data)
    with Redis.from_url(server.url) as redis:
        redis.set("line", 1)
        if rewritten:
            redis.bgrewriteaof()
            while redis.info("persistence")["aof_rewrite_in_progress"]:
                pass
    server.stop()


def values(data: Path) -> int:
    """Return how many values the server of this machine finds in a folder."""
    server = OwnRedis(data)
    with Redis.from_url(server.url) as redis:
        found: int = redis.dbsize()
    server.stop()
    return found


@pytest.mark.parametrize(
    ("server", "writer", "can"),
    [
        ("Redis 6.2.14", "Redis 6.2.6", True),
        ("Redis 6.2.6", "Redis 6.2.14", True),
        ("Redis 7.0.15", "Redis 6.2.14", True),
        ("Redis 6.2.14", "Redis 7.0.15", False),
        ("Redis 7.0.15", "Redis 7.2.0", False),
        ("Redis 8.0.0", "Redis 7.4.1", True),
        ("Valkey 9.1.2", "Redis 6.2.14", True),
        ("Valkey 9.1.2", "Redis 7.2.4", True),
        ("Valkey 9.1.2", "Redis 7.4.0", False),
        ("Valkey 9.1.2", "Valkey 8.1.0", True),
        ("Valkey 9.1.2", "Valkey 9.1.3", True),
        ("Valkey 9.1.2", "Valkey 9.2.0", False),
        ("Valkey 9.1.2", "Valkey 10.0.0", False),
        ("Redis 8.0.0", "Valkey 9.1.2", False),
    ],
)
def test_a_server_reads_what_its_own_kind_wrote_before_it(
    server: str, writer: str, can: bool
) -> None:
    assert version(server).reads(version(writer)) is can


def test_a_new_folder_was_written_by_nobody(data: Path) -> None:
    assert server_versions.written_by(data) is None
    (data / server_versions.MARKER).write_text("Valkey 99.9.9\n")
    assert server_versions.written_by(data) is None


@pytest.mark.parametrize(
    ("release", "writer"),
    [("0.1.0", "Redis 6.2"), ("0.2.0", "Redis 6.2"), ("0.2.0-redis-7.0", "Redis 7.0.15")],
)
def test_the_writer_of_an_earlier_releases_folder_is_known(
    tmp_path: Path, release: str, writer: str
) -> None:
    assert server_versions.written_by(unpack(release, tmp_path)) == version(writer)


@needs_redis_6
@pytest.mark.usefixtures("only_redis_6")
@pytest.mark.parametrize(("rewritten", "writer"), [(True, "Redis 6.2.14"), (False, "Redis 6.2")])
def test_the_file_itself_names_its_writer(data: Path, rewritten: bool, writer: str) -> None:
    write(data, rewritten)
    assert server_versions.written_by(data) == version("Redis 6.2.14")
    (data / server_versions.MARKER).unlink()
    assert server_versions.written_by(data) == version(writer)


def test_an_opened_folder_remembers_its_server(data: Path) -> None:
    server = server_versions.chosen(data)
    write(data)
    assert (data / server_versions.MARKER).read_text() == f"{server.version}\n"
    (data / server_versions.MARKER).unlink()
    # The first file of the newer kind names it as well.
    assert server_versions.written_by(data) == server.version
    # A marker that is no marker says nothing.
    (data / server_versions.MARKER).write_text("\0\0\0")
    assert server_versions.written_by(data) == server.version


def test_a_folder_that_a_newer_server_has_continued_is_the_newer_ones(tmp_path: Path) -> None:
    data = unpack("0.2.0", tmp_path)
    write(data)
    assert aof_files.in_order(data)[0].name == aof_files.FILE, "it still has its old base"
    (data / server_versions.MARKER).unlink()
    assert server_versions.written_by(data) == version("Redis 7.0")


@needs_redis_6
@pytest.mark.parametrize("by", ["Valkey", "Redis 7.0"])
def test_an_older_server_does_not_open_a_newer_ones_folder(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    if by == "Valkey":
        write(data)
        (data / "redis.log").unlink()
    else:
        data = unpack("0.2.0-redis-7.0", tmp_path / "old")
    before = content(data)
    monkeypatch.setenv("PATH", on_path(tmp_path, REDIS_6))
    monkeypatch.setattr(server_versions, "PACKAGED", tmp_path / "nothing")
    said = rf"was written by {by}[\d.]*.*, which Redis 6\.2\.14 cannot read: install {by}"
    with pytest.raises(OperatorError, match=said):
        OwnRedis(data)
    (data / "redis.log").unlink()
    assert content(data) == before


@needs_redis_6
def test_the_embedded_server_is_used_when_the_machines_own_is_too_old(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write(data)
    monkeypatch.setenv("PATH", on_path(tmp_path, REDIS_6))
    assert values(data) == 1
    (said,) = caplog.messages
    assert said.startswith("Redis 6.2.14 (")
    assert ") cannot read the data folder: Valkey 9.1." in said
    # For a new folder, the machine's own comes first, as ever.
    assert server_versions.chosen(tmp_path).version == version("Redis 6.2.14")


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_a_server_of_this_machine_comes_first(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    own = tmp_path / name
    own.write_text("#!/bin/sh\necho 'Valkey server v=9.2.0 sha=0:0 malloc=libc bits=64 build=0'\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert server_versions.chosen(data) == server_versions.Server(str(own), version("Valkey 9.2.0"))


@needs_redis_6
def test_two_states_side_by_side_are_not_chosen_from(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(data)
    with monkeypatch.context() as older:
        # As an older release did it.
        older.setenv("PATH", on_path(tmp_path, REDIS_6))
        older.setattr(server_versions, "written_by", lambda data: None)
        assert values(data) == 0
    assert (data / aof_files.FILE).exists()
    with pytest.raises(OperatorError, match=r"holds two different states: appendonly\.aof, "):
        OwnRedis(data)
    # Either of them is good alone.
    shutil.rmtree(data / aof_files.FOLDER)
    assert values(data) == 0


def test_a_takeover_that_was_interrupted_is_finished(tmp_path: Path) -> None:
    data = unpack("0.2.0", tmp_path)
    folder = data / aof_files.FOLDER
    folder.mkdir()
    # The server writes this first, and moves the file afterwards.
    (folder / aof_files.MANIFEST).write_text(f"file {aof_files.FILE} seq 1 type b\n")
    assert aof_files.in_order(data) == [data / aof_files.FILE]
    assert values(data) > 20
    assert aof_files.in_order(data)[0] == folder / aof_files.FILE


@needs_redis_6
@pytest.mark.parametrize("rewritten", [False, True])
def test_what_redis_6_wrote_is_read_with_and_without_a_snapshot(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, rewritten: bool
) -> None:
    with monkeypatch.context() as older:
        older.setenv("PATH", on_path(tmp_path, REDIS_6))
        write(data, rewritten)
    assert values(data) == 1


@pytest.mark.parametrize("content", [b"", bytes(88), b"no manifest\n"])
def test_a_damaged_manifest_is_not_taken_for_an_empty_folder(data: Path, content: bytes) -> None:
    write(data)
    (data / aof_files.FOLDER / aof_files.MANIFEST).write_bytes(content)
    with pytest.raises(OperatorError, match="the manifest in appendonlydir is damaged"):
        OwnRedis(data)


def test_a_folder_without_its_manifest_is_not_taken_for_an_empty_one(data: Path) -> None:
    write(data)
    (data / aof_files.FOLDER / aof_files.MANIFEST).unlink()
    with pytest.raises(OperatorError, match="appendonlydir lacks its manifest"):
        OwnRedis(data)


def test_a_first_start_that_was_killed_before_its_manifest_is_no_obstacle(data: Path) -> None:
    (data / aof_files.FOLDER).mkdir()
    (data / aof_files.FOLDER / f"{aof_files.FILE}.1.incr.aof").touch()
    assert values(data) == 0


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("#!/bin/sh\necho 'nginx version: 1'\n", "is no server that QueueUp knows: it says 'nginx"),
        ("\x7fELF of another machine", "cannot be run: "),
    ],
)
def test_a_program_that_is_no_server_is_named(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, script: str, sentence: str
) -> None:
    (tmp_path / "redis-server").write_text(script)
    (tmp_path / "redis-server").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(OperatorError, match=f"{tmp_path}/redis-server {sentence}"):
        server_versions.chosen(data)


@pytest.mark.parametrize(
    ("machine", "library", "sentence"),
    [
        ("x86_64", ("glibc", "2.28"), "No redis-server was found: run make install, install"),
        ("aarch64", ("glibc", "2.36"), "No redis-server was found: run make install, install"),
        ("x86_64", ("glibc", "2.17"), "2.28 or newer, not for x86_64 with glibc 2.17: install"),
        ("x86_64", ("", ""), "2.28 or newer, not for x86_64 with another C library: install"),
        ("riscv64", ("glibc", "2.41"), "2.28 or newer, not for riscv64 with glibc 2.41: install"),
    ],
)
def test_a_machine_for_which_there_is_no_server_is_told_why(
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    machine: str,
    library: tuple[str, str],
    sentence: str,
) -> None:
    monkeypatch.setenv("PATH", str(data))
    monkeypatch.setattr(server_versions, "PACKAGED", data / "nothing")
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr("platform.libc_ver", lambda: library)
    with pytest.raises(OperatorError, match=sentence) as caught:
        server_versions.chosen(data)
    assert str(caught.value).endswith("(6.2 or newer) or valkey-server, or set REDIS_URL.")


@pytest.mark.skipif(
    not server_versions.PACKAGED.exists(), reason="the embedded server does not run here"
)
def test_the_embedded_server_is_the_one_that_is_pinned() -> None:
    found = server_versions._version_of(str(server_versions.PACKAGED))
    assert found.series == "Valkey 9.1"
    assert server_versions.PACKAGED.is_relative_to(sys.prefix)
