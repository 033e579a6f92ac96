"""A word when the disk is full, and figures that need no disk."""

from pathlib import Path

import pytest

from queueup import metrics
from queueup.server import disk_space


def test_a_full_disk_is_said_once_and_so_is_its_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    seconds = iter(range(100))
    free = [1_000_000, 0, 4_096, 0, 1_000_000, 1_000_000]
    looker = disk_space.DiskSpaceMonitor(
        tmp_path, lambda folder: free.pop(0), lambda: next(seconds)
    )
    while free:
        looker.check()
    said = [(record.levelname, record.message) for record in caplog.records]
    assert [level for level, _ in said] == ["ERROR", "WARNING"]
    assert "is full" in said[0][1]
    assert "space again" in said[1][1]


def test_a_folder_of_figures_is_its_owners_alone_and_empty_at_every_start(tmp_path: Path) -> None:
    folder = metrics.make_multiprocess_folder(tmp_path)
    (folder / "old.db").write_text("old")
    again = metrics.make_multiprocess_folder(tmp_path)
    assert again == folder
    assert list(again.iterdir()) == []
    assert again.stat().st_mode & 0o777 == 0o700
    again.rmdir()


def test_a_folder_that_somebody_else_has_made_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics, "IN_MEMORY", tmp_path / "shm")
    (tmp_path / "shm").mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "theirs").write_text("theirs")
    first = metrics.make_multiprocess_folder(tmp_path)
    first.rmdir()
    first.symlink_to(elsewhere)
    assert metrics.make_multiprocess_folder(tmp_path) == tmp_path / "metrics"
    assert (elsewhere / "theirs").read_text() == "theirs"
