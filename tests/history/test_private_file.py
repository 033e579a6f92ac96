"""The history is readable by its owner only, wherever its file is."""

import os
from pathlib import Path

import pytest

from queueup.history import History


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
