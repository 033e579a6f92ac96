"""A full disk: changes are refused, nothing acknowledged is lost, and all goes on afterwards."""

import errno
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from queueup import create_app
from queueup.config import read_settings
from queueup.data_folder import server_versions
from queueup.history import HistoryUnavailable
from queueup.server import automatic_backup
from queueup.services import EXTENSION, Services
from tests.chaos.journal import Blow
from tests.chaos.town import Town
from tests.history.evenings import restaurant
from tests.history.reading import read_tables
from tests.support import push_service
from tests.support.old_servers import content, unpack
from tests.support.running_service import Service

pytestmark = pytest.mark.long

SIZE_MB = 24
FULL_S = 4
BUSY_S = 2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes, which only an administrator can make."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_refused_loudly_and_nothing_is_lost(small_disk: Path) -> None:
    with push_service.running() as push:
        settings = {"PUSH_EXTRA_ORIGINS": push.origin}
        with Service(small_disk / "data", **settings) as service:
            with Town(service, push, seed=7, count=2) as town:
                time.sleep(BUSY_S)
                filler = fill(small_disk)
                full_at = time.monotonic()
                time.sleep(FULL_S)
                filler.unlink()
                town.record.blows.append(Blow("a full disk", full_at, time.monotonic()))
                time.sleep(BUSY_S)
            town.check(work=("join",))
            service.wait_for_line("The disk of the data folder is full")
            service.wait_for_line("The disk of the data folder has free space again")
            assert not any("SIGBUS" in line for line in service.lines)


def test_a_full_disk_keeps_a_newer_server_from_taking_over(small_disk: Path) -> None:
    data = unpack("0.2.0", small_disk)
    filler = fill(small_disk)
    service = Service(data).launch()
    assert service.wait() == 1
    assert service.lines == [f"QUEUEUP_DATA={data}: No space left on device."]
    # Enough for a start, and too little for a backup.
    os.truncate(filler, filler.stat().st_size - (64 << 10))
    before = content(data)
    before.pop("queueup.lock")
    service.launch()
    assert service.wait() == 1
    assert "could not be made (" in service.lines[-1]
    assert "and nothing has been changed: make space for it there" in service.lines[-1]
    after = content(data)
    assert {name: after[name] for name in before} == before
    assert not list((data / automatic_backup.FOLDER).iterdir())
    assert not (data / server_versions.MARKER).exists()
    filler.unlink()
    with service:
        assert len(list((data / automatic_backup.FOLDER).iterdir())) == 1


def test_the_history_of_a_full_disk_catches_up(small_disk: Path, env: dict[str, str]) -> None:
    url = f"sqlite:///{small_disk / 'history.db'}"
    found: Services = create_app(read_settings(env | {"DATABASE_URL": url})).extensions[EXTENSION]
    code = found.waitlist.create(restaurant()).code
    found.recorder.record_queue(code)
    filler = fill(small_disk)
    found.waitlist.join(code, "Anna", 2, None)
    with pytest.raises(HistoryUnavailable, match="full"):
        found.recorder.record_queue(code)
    filler.unlink()
    found.recorder.record_queue(code)
    assert [row["number"] for row in read_tables(url)["events"]] == [1, 2]


def fill(disk: Path) -> Path:
    """Take all space that is left, with a file that can be deleted again."""
    filler = disk / "filler"
    with open(filler, "ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError as error:
                assert error.errno == errno.ENOSPC
    assert os.statvfs(disk).f_bavail == 0
    return filler
