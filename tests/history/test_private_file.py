"""The history is readable by its owner only, wherever its file is."""

import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from queueup.history import History
from queueup.history.days import Period

# Reads, and disconnects: the last connection of all deletes the log.
READ = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("SELECT count(*) FROM parties").fetchone()
connection.close()
"""


@pytest.mark.parametrize("is_there", [True, False])
def test_the_file_and_its_log_are_private(tmp_path: Path, is_there: bool) -> None:
    file = tmp_path / "elsewhere.db"
    before = os.umask(0o022)
    try:
        if is_there:
            file.touch(0o644)
        history = History(f"sqlite:///{file}")
        history.upgrade()
        with history._database.begin():
            modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
        history.close()
    finally:
        os.umask(before)
    assert len(modes) == 3
    assert set(modes.values()) == {0o600}


def test_a_log_that_was_left_open_to_others_is_made_private(tmp_path: Path) -> None:
    used, left = tmp_path / "used", tmp_path / "left"
    used.mkdir()
    left.mkdir()
    history = History(f"sqlite:///{used / 'elsewhere.db'}")
    history.upgrade()
    with history._database.begin():
        # SQLite takes its log away with the last connection: a process that was killed leaves it.
        for path in used.iterdir():
            shutil.copyfile(path, left / path.name)
            (left / path.name).chmod(0o644)
    history.close()
    again = History(f"sqlite:///{left / 'elsewhere.db'}")
    with again._database.begin():
        modes = {path.name: path.stat().st_mode & 0o777 for path in left.iterdir()}
    again.close()
    assert len(modes) == 3
    assert set(modes.values()) == {0o600}


def test_a_new_file_is_never_open_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "chmod", lambda *_: None)
    before = os.umask(0o022)
    try:
        history = History(f"sqlite:///{tmp_path / 'elsewhere.db'}")
        history.upgrade()
        history.close()
    finally:
        os.umask(before)
    assert (tmp_path / "elsewhere.db").stat().st_mode & 0o777 == 0o600


def test_another_process_that_disconnects_never_takes_itself_for_the_last(tmp_path: Path) -> None:
    file = tmp_path / "history.db"
    history = History(f"sqlite:///{file}")
    history.upgrade()
    log = Path(f"{file}-wal")
    before = log.stat().st_ino
    # The first connection is in the pool, and one that reads is made and closed beside it.
    history.report("KX7M2P", Period.DAY, date(2026, 3, 7), ZoneInfo("UTC"))
    subprocess.run([sys.executable, "-c", READ, file], check=True, timeout=60)
    assert log.stat().st_ino == before
    assert history.open_sessions(0, 1) == []
    assert history.called("session", []) == {}
    history.close()
