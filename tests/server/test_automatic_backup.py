"""A newer server takes over a data folder only after a backup with which everybody can go back."""

import json
import logging
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tarfile
import time
from contextlib import closing
from pathlib import Path

import pytest

from queueup.config import read_settings
from queueup.data_folder import copies, server_versions
from queueup.errors import OperatorError
from queueup.server import automatic_backup
from queueup.server.automatic_backup import AutomaticBackup, Stopped
from tests.support.old_servers import REDIS_6, content, needs_redis_6, on_path, unpack
from tests.support.running_service import ROOT, Service, eventually
from tests.support.scenario import Evening, Remote

HANGS_S = 60
NO_WAY_BACK = "takes over the data folder, which Redis 6.2"


def backups(data: Path) -> list[Path]:
    """Return the automatic backups of a data folder."""
    return sorted((data / automatic_backup.FOLDER).glob("*"))


def restore(backup: Path, data: Path) -> None:
    """Restore a backup as an operator does."""
    subprocess.run(
        [sys.executable, "-m", "queueup", "restore", str(backup)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "QUEUEUP_DATA": str(data)},
        check=True,
        capture_output=True,
        timeout=HANGS_S,
    )


def automatic(data: Path, **settings: str) -> AutomaticBackup:
    """Return what the supervisor has for a data folder."""
    return AutomaticBackup(read_settings({"QUEUEUP_DATA": str(data), **settings}))


@needs_redis_6
def test_there_is_a_way_to_the_newer_server_and_one_back(tmp_path: Path) -> None:
    older = {"PATH": on_path(tmp_path, REDIS_6)}
    with Service(tmp_path / "data", **older) as service:
        evening = Evening(Remote(service.url))
        evening.guest("Anna")
        evening.guest("Bela")
        service.kill_everything()

    with Service(tmp_path / "data") as service:
        said = [line for line in service.lines if NO_WAY_BACK in line or "is complete" in line]
        assert len(said) == 2
        (backup,) = backups(service.data)
        assert str(backup) in said[0]
        assert re.fullmatch(r"before-valkey-9\.1\.\d+-\d{8}T\d{6}Z\.tar\.gz", backup.name)
        assert backup.stat().st_mode & 0o777 == 0o600
        assert backup.parent.stat().st_mode & 0o777 == 0o700
        evening.client = Remote(service.url)
        assert evening.ask(f"/api/queue/{evening.code}/advance")["nowServing"]["name"] == "Anna"
    with service:
        assert backups(service.data) == [backup], "once is enough"

    restore(backup, tmp_path / "back")
    with Service(tmp_path / "back", **older) as service:
        assert not backups(service.data)
        assert (service.data / server_versions.MARKER).read_text() == "Redis 6.2.14\n"
        evening.client = Remote(service.url)
        assert evening.ask(f"/api/queue/{evening.code}/advance")["nowServing"]["name"] == "Anna"


def test_a_backup_that_was_killed_is_made_anew(tmp_path: Path) -> None:
    data = unpack("0.2.0", tmp_path)
    with closing(sqlite3.connect(data / "history.db", isolation_level=None)) as history:
        history.execute("PRAGMA journal_mode=DELETE")
        history.execute("BEGIN EXCLUSIVE")
        before = content(data)
        service = Service(data).launch()
        service.wait_for_line(NO_WAY_BACK)
        eventually(lambda: backups(data))
        service.kill("supervisor")
        drafts = backups(data)
        assert drafts
        assert all(path.name.startswith(".") for path in drafts)
    after = content(data)
    assert {name: after[name] for name in before if name != "queueup.lock"} == {
        name: before[name] for name in before if name != "queueup.lock"
    }
    assert not (data / server_versions.MARKER).exists()
    with service:
        (backup,) = backups(data)
        assert not backup.name.startswith(".")
    with tarfile.open(backup) as packed:
        aof = packed.extractfile("appendonly.aof")
        assert aof is not None and aof.read() == before["appendonly.aof"]


def test_a_backup_that_cannot_be_made_ends_the_start_and_changes_nothing(tmp_path: Path) -> None:
    data = unpack("0.2.0", tmp_path)
    # Even root can make no file there.
    (data / automatic_backup.FOLDER).symlink_to("/proc/self/fdinfo")
    before = content(data)
    service = Service(data).launch()
    assert service.wait() == 1
    assert service.lines[-1] == (
        f"The backup in {data}/backups could not be made (No such file or directory), and nothing"
        " has been changed: make space for it there, or let the folder be a link to another disk."
    )
    after = content(data)
    assert {name: after[name] for name in before} == before
    (data / automatic_backup.FOLDER).unlink()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (data / automatic_backup.FOLDER).symlink_to(elsewhere)
    with service:
        assert len(list(elsewhere.iterdir())) == 1


def test_a_history_that_cannot_be_read_ends_the_start_as_well(tmp_path: Path) -> None:
    data = unpack("0.1.0", tmp_path)
    (data / "history.db").write_bytes(b"no database" * 1000)
    for name in ("history.db-wal", "history.db-shm"):
        (data / name).unlink()
    with pytest.raises(OperatorError, match="not a database"):
        automatic(data).make_if_needed()
    assert backups(data) == []
    assert not (data / server_versions.MARKER).exists()


def test_stopping_the_service_ends_the_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = unpack("0.1.0", tmp_path)
    before = signal.getsignal(signal.SIGTERM)
    copy = copies.copy_history

    def stopped(*arguments: object) -> Path:
        os.kill(os.getpid(), signal.SIGTERM)
        return copy(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(copies, "copy_history", stopped)
    with pytest.raises(Stopped):
        automatic(data).make_if_needed()
    assert signal.getsignal(signal.SIGTERM) is before
    assert backups(data) == []


@pytest.mark.parametrize("release", ["0.1.0", "0.2.0-redis-7.0"])
def test_the_log_says_before_it_happens_that_nothing_leads_back(
    tmp_path: Path, release: str, caplog: pytest.LogCaptureFixture
) -> None:
    data = unpack(release, tmp_path)
    automatic(data).make_if_needed()
    before, after = caplog.records
    assert before.levelno == after.levelno == logging.WARNING
    assert "there is no way back, except from the backup" in before.getMessage()
    assert "deleted after 14 days" in after.getMessage()
    # What is in it can be served by the older server, and read by the release that had it.
    with tarfile.open(backups(data)[0]) as packed:
        manifest = packed.extractfile("manifest.json")
        assert manifest is not None and json.load(manifest)["format"] == 1
    restore(backups(data)[0], tmp_path / "back")
    assert server_versions.written_by(tmp_path / "back") == server_versions.written_by(data)


def test_a_takeover_that_was_killed_before_the_server_ran_needs_no_second_backup(
    tmp_path: Path,
) -> None:
    data = unpack("0.1.0", tmp_path)
    server_versions.remember(data, server_versions.chosen(data).version)
    automatic(data).make_if_needed()
    assert backups(data) == []


def test_a_new_folder_needs_no_backup(tmp_path: Path) -> None:
    automatic(tmp_path / "data").make_if_needed()
    assert backups(tmp_path / "data") == []


@pytest.mark.parametrize(
    ("privacy_days", "days"), [("0", 1), ("3", 3), ("14", 14), ("30", 14), ("3650", 14)]
)
def test_guests_names_do_not_stay_in_it(tmp_path: Path, privacy_days: str, days: int) -> None:
    folder = tmp_path / automatic_backup.FOLDER
    folder.mkdir()
    names = ["before-a.tar.gz", "before-b.tar.gz", "mine.tar.gz"]
    for name, age in zip(names, (days + 0.1, days - 0.1, 1_000), strict=True):
        (folder / name).touch()
        os.utime(folder / name, (0, time.time() - age * 24 * 60 * 60))
    automatic(tmp_path, PRIVACY_DAYS=privacy_days).delete_in_time()
    assert [file.name for file in backups(tmp_path)] == names[1:]


def test_a_backup_that_cannot_be_deleted_is_no_end_of_the_service(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / automatic_backup.FOLDER
    (folder / "before-a.tar.gz").mkdir(parents=True)
    os.utime(folder / "before-a.tar.gz", (0, 0))
    automatic(tmp_path).delete_in_time()
    assert "should be deleted by now: Is a directory." in caplog.text
