"""A backup of the running service, and the service that goes on from it."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tarfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from redis import Redis
from redis.exceptions import RedisError

from queueup.config import embedded_redis_url
from queueup.data_folder import archive, server_versions
from tests.history.reading import read_tables
from tests.support.old_servers import content, unpack
from tests.support.redis_server import OwnRedis
from tests.support.running_service import ROOT, Service, eventually

HANGS_S = 60
CROWD = 4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A place for data folders and backups."""
    return tmp_path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A backup of a service that has been stopped, with one queue."""
    folder = tmp_path_factory.mktemp("small")
    with Service(folder / "data") as service:
        ask(service, "/create", eventName="Lucia", maxGuests=9)
    made = run("backup", folder / "data", folder / "small.tar.gz")
    assert made.returncode == 0, made.stderr
    yield folder / "small.tar.gz"


def run(
    command: str, data: Path, *arguments: Path | str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a command as an operator does without make."""
    return subprocess.run(
        [sys.executable, "-m", "queueup", command, *map(str, arguments)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "QUEUEUP_DATA": str(data), **settings},
        capture_output=True,
        text=True,
        timeout=HANGS_S,
    )


def ask(service: Service, path: str, host: str | None = None, **body: Any) -> dict[str, Any]:
    """Send one action and return the answer."""
    headers = {"x-host-auth": host} if host else {}
    address = f"{service.url}/api/queue{path}"
    answer = requests.post(address, json=body, headers=headers, timeout=HANGS_S)
    assert answer.ok, answer.text
    found: dict[str, Any] = answer.json()
    return found


def line(service: Service, code: str, host: str) -> dict[str, Any]:
    """Return what the host sees."""
    address = f"{service.url}/api/queue/{code}/snapshot"
    answer = requests.get(address, headers={"x-host-auth": host}, timeout=HANGS_S)
    assert answer.ok, answer.text
    found: dict[str, Any] = answer.json()
    return found


class Crowd:
    """People who join as fast as they are let in, each in a line of their own."""

    def __init__(self, service: Service) -> None:
        self.lines = [
            ask(service, "/create", eventName="Rush", maxGuests=100) for _ in range(CROWD)
        ]
        self.joined: list[tuple[str, str]] = []
        self._service = service
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._join, args=(one,)) for one in self.lines]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Return when the last of them has an answer."""
        self._is_over.set()
        for thread in self._threads:
            thread.join(HANGS_S)

    def _join(self, opened: dict[str, Any]) -> None:
        code, host = opened["code"], opened["hostAuthToken"]
        number = 0
        while not self._is_over.is_set():
            number += 1
            party = ask(self._service, f"/{code}/join", name=f"Party {number}")["partyId"]
            self.joined.append((code, party))
            if number > 20:
                called = ask(self._service, f"/{code}/advance", host)["nowServing"]
                ask(self._service, f"/{code}/kick", host, partyId=called["id"])


@pytest.mark.long
def test_a_backup_under_load_goes_on_as_if_nothing_had_happened(folder: Path) -> None:
    with Service(folder / "data") as service:
        crowd = Crowd(service)
        eventually(lambda: len(crowd.joined) > 60)
        # The history is written while the crowd goes on.
        eventually(lambda: count(folder / "data", "QUEUE_MEMBER_JOINED") > 60)
        before = list(crowd.joined)
        made = run("backup", service.data, folder / "full.tar.gz")
        after = len(crowd.joined)
        eventually(lambda: len(crowd.joined) > after + 20)
        crowd.stop()
        vapid = requests.get(f"{service.url}/api/push/vapid", timeout=HANGS_S).json()
    assert made.returncode == 0, made.stderr
    assert (folder / "full.tar.gz").stat().st_mode & 0o777 == 0o600
    assert not (service.data / "dump.rdb").exists()

    restored = run("restore", folder / "again", folder / "full.tar.gz")
    assert restored.returncode == 0, restored.stderr
    with Service(folder / "again") as service:
        assert requests.get(f"{service.url}/api/push/vapid", timeout=HANGS_S).json() == vapid
        joined = [
            (opened["code"], ask(service, f"/{opened['code']}/join", name="After")["partyId"])
            for opened in crowd.lines
        ]
        for opened in crowd.lines:
            view = line(service, opened["code"], opened["hostAuthToken"])
            assert view["queue"][-1]["name"] == "After"
            ask(service, f"/{opened['code']}/close", opened["hostAuthToken"])
        eventually(lambda: count(folder / "again", "QUEUE_CLOSED") == CROWD)
    events = read_tables(f"sqlite:///{folder / 'again' / 'history.db'}")["events"]
    joins = Counter(event["party_id"] for event in events if event["kind"] == "QUEUE_MEMBER_JOINED")
    assert {party for _, party in before + joined} <= set(joins)
    assert set(joins.values()) == {1}
    for opened in crowd.lines:
        numbers = [e["number"] for e in events if e["session_id"] == opened["sessionId"]]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))


def count(data: Path, kind: str) -> int:
    """Count what the history has of one kind of event; nothing before it is made."""
    try:
        with closing(sqlite3.connect(f"file:{data}/history.db?mode=ro", uri=True)) as history:
            counting = "SELECT count(*) FROM events WHERE kind = ?"
            found: int = history.execute(counting, (kind,)).fetchone()[0]
            return found
    except sqlite3.OperationalError:
        return 0


def test_a_backup_names_what_it_holds(small: Path) -> None:
    with tarfile.open(small) as packed:
        assert {entry.mode for entry in packed} == {0o600}
        content = packed.extractfile("manifest.json")
        assert content is not None
        manifest = json.load(content)
        assert set(packed.getnames()) == {"manifest.json", *manifest["files"]}
    assert set(manifest["files"]) == set(archive.NAMES)
    assert all(len(file["sha256"]) == 64 for file in manifest["files"].values())
    assert {"version", "made_at", "format"} <= set(manifest)


def test_what_is_restored_is_private_and_starts(small: Path, folder: Path) -> None:
    data = folder / "deep" / "data"
    assert run("restore", data, small).returncode == 0
    assert data.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in data.iterdir()} == {0o600}
    assert list(data.parent.iterdir()) == [data]
    with Service(data):
        pass


def test_a_folder_that_is_not_empty_is_left_alone(small: Path, folder: Path) -> None:
    (folder / "data").mkdir()
    (folder / "data" / "precious").write_text("x")
    refused = run("restore", folder / "data", small)
    assert refused.returncode == 1
    assert "is not empty" in refused.stderr
    assert [path.name for path in (folder / "data").iterdir()] == ["precious"]


def _without_its_end(good: bytes) -> bytes:
    return good[:-2000]


def _with_a_flipped_bit(good: bytes) -> bytes:
    middle = len(good) // 2
    return good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :]


@pytest.mark.parametrize(
    "spoil", [_without_its_end, _with_a_flipped_bit, lambda good: b"", lambda good: b"hello"]
)
def test_a_damaged_backup_restores_nothing(
    small: Path, folder: Path, spoil: Callable[[bytes], bytes]
) -> None:
    (folder / "bad.tar.gz").write_bytes(spoil(small.read_bytes()))
    refused = run("restore", folder / "data", folder / "bad.tar.gz")
    assert refused.returncode == 1
    assert "is no whole backup of QueueUp" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert [path.name for path in folder.iterdir()] == ["bad.tar.gz"]


def repacked(small: Path, to: Path, change: Callable[[dict[str, Any], dict[str, bytes]], None]):
    """Pack a backup again after a change of its manifest or of its files."""
    with tarfile.open(small) as packed:
        content = {e.name: packed.extractfile(e).read() for e in packed}  # type: ignore[union-attr]
    manifest = json.loads(content.pop("manifest.json"))
    change(manifest, content)
    plain = {"manifest.json": json.dumps(manifest).encode()} | content
    folder = to.with_suffix(".files")
    folder.mkdir()
    with tarfile.open(to, "w:gz") as packed:
        for number, (name, text) in enumerate(plain.items()):
            (folder / str(number)).write_bytes(text)
            packed.add(folder / str(number), name)


def _other_keys(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    content["host_auth.secret"] = b"x" * 44


def _a_way_out(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    content["../outside"] = b"x"
    manifest["files"]["../outside"] = {"sha256": "", "bytes": 1}


def _one_file_less(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    del content["history.db"]


def _more_than_it_says(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    manifest["files"]["host_auth.secret"]["bytes"] -= 1


def _a_name_without_end(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    content["x" * 400_000] = b""


def _far_more_than_it_says(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    content["history.db"] += bytes(1_000_000)


def _more_than_a_disk(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    manifest["files"]["history.db"]["bytes"] = 1 << 60


def _a_list(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    manifest["files"] = sorted(manifest["files"])


def _a_beep(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    manifest |= {"format": 9, "version": "9\a\x1b[1m"}


def _of_next_year(manifest: dict[str, Any], content: dict[str, bytes]) -> None:
    manifest |= {"format": 9, "version": "9.0.0"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_other_keys, "host_auth.secret is not as it was packed"),
        (_a_way_out, "names files that no backup has"),
        (_one_file_less, "history.db is missing"),
        (_more_than_it_says, "host_auth.secret is not as it was packed"),
        (_far_more_than_it_says, "history.db is not as it was packed"),
        (_a_name_without_end, "it holds more than it names"),
        (_more_than_a_disk, "has no space for the"),
        (_a_list, "is no whole backup"),
        (_a_beep, "made by QueueUp 9??[1m, which"),
        (_of_next_year, "made by QueueUp 9.0.0, which is newer"),
    ],
)
def test_a_backup_that_somebody_has_changed_restores_nothing(
    small: Path, folder: Path, change: Callable[..., None], sentence: str
) -> None:
    repacked(small, folder / "bad.tar.gz", change)
    refused = run("restore", folder / "data", folder / "bad.tar.gz")
    assert refused.returncode == 1
    assert sentence in refused.stderr
    assert not (folder / "data").exists()
    assert not (folder / "outside").exists()


def test_an_operators_own_databases_are_left_to_their_own_tools(
    folder: Path, redis_url: str
) -> None:
    data = folder / "data"
    own = {"REDIS_URL": redis_url, "DATABASE_URL": "postgresql://db.example/queueup"}
    data.mkdir()
    (data / "host_auth.secret").write_text("x" * 40)
    made = run("backup", data, folder / "keys.tar.gz", **own)
    assert made.returncode == 0, made.stderr
    assert "REDIS_URL names a Redis of your own" in made.stdout
    assert "DATABASE_URL names a database of your own" in made.stdout
    with tarfile.open(folder / "keys.tar.gz") as packed:
        assert set(packed.getnames()) <= {"manifest.json", *archive.KEYS}
        assert "host_auth.secret" in packed.getnames()


@pytest.mark.parametrize(
    ("command", "arguments", "sentence"),
    [
        ("backup", [], "Say where the backup goes"),
        ("backup", [""], "Say where the backup goes"),
        ("backup", ["{folder}/new.tar.gz"], "is not a QueueUp data folder"),
        ("restore", [], "Say which backup to restore"),
        ("restore", ["{folder}/nowhere.tar.gz"], "No such file or directory"),
    ],
)
def test_every_mistake_is_answered_with_a_sentence(
    folder: Path, command: str, arguments: list[str], sentence: str
) -> None:
    told = [argument.format(folder=folder) for argument in arguments]
    refused = run(command, folder / "data", *told)
    assert refused.returncode in (1, 2)
    assert sentence in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert list(folder.iterdir()) == []


def test_a_backup_to_nowhere_is_refused_with_a_sentence(small: Path, folder: Path) -> None:
    assert run("restore", folder / "data", small).returncode == 0
    for to in (folder / "missing" / "b.tar.gz", folder):
        refused = run("backup", folder / "data", to)
        assert refused.returncode == 1
        assert len(refused.stderr.splitlines()) == 1


def test_a_backup_that_is_stopped_leaves_nothing_behind(small: Path, folder: Path) -> None:
    assert run("restore", folder / "data", small).returncode == 0
    settings = {"QUEUEUP_DATA": str(folder / "data"), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "queueup", "backup", str(folder / "b.tar.gz")]
    making = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=subprocess.DEVNULL)
    eventually(lambda: making.poll() is not None or list(folder.glob(".b.tar.gz.*")))
    making.terminate()
    making.wait(HANGS_S)
    assert {path.name for path in folder.iterdir()} <= {"data", "b.tar.gz"}
    # Nothing is left that would keep the service from starting on the folder.
    with Service(folder / "data"):
        pass


@pytest.mark.parametrize("release", ["0.1.0", "0.2.0-redis-7.0"])
def test_a_backup_of_an_older_servers_folder_does_not_take_it_over(
    folder: Path, release: str
) -> None:
    data = unpack(release, folder)
    before, writer = content(data), server_versions.written_by(data)
    made = run("backup", data, folder / "old.tar.gz")
    assert made.returncode == 0, made.stderr
    after = content(data)
    assert not (data / server_versions.MARKER).exists()
    assert {name: after[name] for name in before if name.startswith("appendonly")} == {
        name: before[name] for name in before if name.startswith("appendonly")
    }
    assert run("restore", folder / "again", folder / "old.tar.gz").returncode == 0
    assert server_versions.written_by(folder / "again") == writer
    # Nothing of it is lost, wherever the old server had written it.
    servers = [OwnRedis(data), OwnRedis(folder / "again")]
    found = []
    for server in servers:
        with Redis.from_url(server.url) as redis:
            found.append({key: redis.type(key) for key in redis.scan_iter()})
        server.stop()
    assert len(found[0]) > 20
    assert found[0] == found[1]


@pytest.mark.parametrize(("release", "written_as"), [("0.2.0", 1), (None, 2)])
def test_only_what_an_older_server_wrote_is_restored_by_older_releases(
    folder: Path, small: Path, release: str | None, written_as: int
) -> None:
    made = small
    if release is not None:
        made = folder / "old.tar.gz"
        assert run("backup", unpack(release, folder), made).returncode == 0
    with tarfile.open(made) as packed:
        content = packed.extractfile("manifest.json")
        assert content is not None
        # Releases before 0.3 refuse whatever is not 1, and say why.
        assert json.load(content)["format"] == written_as


def test_a_service_with_other_settings_is_not_mistaken_for_ours(
    folder: Path, redis_url: str
) -> None:
    with Service(folder / "data", REDIS_URL=redis_url):
        refused = run("backup", folder / "data", folder / "b.tar.gz")
    assert refused.returncode == 1
    assert "Use the settings that the service has" in refused.stderr
    assert not (folder / "b.tar.gz").exists()


@contextmanager
def writing(service: Service, to: Path) -> Iterator[subprocess.Popen[str]]:
    """A backup during which Redis takes very long to write its copy down."""
    with Redis.from_url(embedded_redis_url(service.data)) as redis:
        redis.config_set("rdb-key-save-delay", 60_000_000)
        making = subprocess.Popen(
            [sys.executable, "-m", "queueup", "backup", str(to)],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "QUEUEUP_DATA": str(service.data)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            eventually(lambda: redis.info("persistence")["rdb_bgsave_in_progress"])
            yield making
        finally:
            making.kill()
            making.communicate()


def with_a_leftover(service: Service) -> Path:
    """Return a copy that a backup has left behind which was killed, before somebody joined."""
    code = ask(service, "/create", eventName="Lucia", maxGuests=9)["code"]
    left = service.data / "dump.rdb"
    with Redis.from_url(embedded_redis_url(service.data)) as redis:
        redis.bgsave()
        eventually(lambda: not redis.info("persistence")["rdb_bgsave_in_progress"])
    assert left.exists()
    ask(service, f"/{code}/join", name="Late")
    return left


def test_what_a_killed_backup_has_left_behind_is_gone_before_the_next_is_written(
    folder: Path,
) -> None:
    with Service(folder / "data") as service:
        left = with_a_leftover(service)
        with writing(service, folder / "b.tar.gz"):
            assert not left.exists()


def test_a_redis_that_was_restarted_meanwhile_makes_the_backup_fail(folder: Path) -> None:
    with Service(folder / "data") as service:
        left = with_a_leftover(service)
        kept = left.read_bytes()
        with writing(service, folder / "b.tar.gz") as making:
            making.send_signal(signal.SIGSTOP)
            # Whatever lies there by then, nobody has finished this backup's copy.
            left.write_bytes(kept)
            before = service.kill("redis")
            eventually(lambda: service.pid("redis") != before)
            with Redis.from_url(embedded_redis_url(service.data)) as redis:
                eventually(lambda: answers(redis))
            making.send_signal(signal.SIGCONT)
            said, complaint = making.communicate(timeout=HANGS_S)
    assert making.returncode == 1
    assert complaint == "Redis was restarted while it wrote its snapshot. Try again.\n"
    assert said == ""
    assert not (folder / "b.tar.gz").exists()
    assert not left.exists()


def answers(redis: Redis) -> bool:
    """Tell whether Redis is there and has read its data."""
    try:
        return redis.ping()
    except RedisError:
        return False
