"""The operator's commands: one program, and for this release the names of 0.2.0."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.running_service import ROOT

SENTENCES = {
    "backup": "Say where the backup goes: make backup TO=queueup.tar.gz\n",
    "restore": "Say which backup to restore: make restore FROM=queueup.tar.gz\n",
    "invite": "Say which line to let a device run: make invite CODE=K7M4XQ\n",
}


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a module of the program on an empty data folder."""
    env = {"PATH": os.environ["PATH"], "QUEUEUP_DATA": str(folder / "data")}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)


@pytest.mark.parametrize("name", SENTENCES)
def test_a_command_without_its_argument_says_in_one_sentence_what_is_missing(
    tmp_path: Path, name: str
) -> None:
    for arguments in ([], [""], [" "], ["one", "two"]):
        refused = run(tmp_path, "queueup", name, *arguments)
        assert (refused.returncode, refused.stderr) == (2, SENTENCES[name])


@pytest.mark.parametrize("name", SENTENCES)
def test_the_names_of_0_2_0_still_run_the_commands(tmp_path: Path, name: str) -> None:
    refused = run(tmp_path, f"queueup.{name}")
    assert (refused.returncode, refused.stderr) == (2, SENTENCES[name])
    missing = run(tmp_path, f"queueup.{name}", str(tmp_path / "none.tar.gz"))
    assert (missing.returncode, len(missing.stderr.splitlines())) == (1, 1)
    assert not (tmp_path / "data").exists()


def test_help_lists_the_commands(tmp_path: Path) -> None:
    shown = run(tmp_path, "queueup", "--help")
    assert shown.returncode == 0
    assert all(name in shown.stdout for name in SENTENCES)
    assert run(tmp_path, "queueup").returncode == 2


@pytest.mark.parametrize(
    ("target", "name"), [("invite", "CODE"), ("backup", "TO"), ("restore", "FROM")]
)
def test_make_passes_on_what_is_typed_and_runs_nothing_in_it(
    tmp_path: Path, target: str, name: str
) -> None:
    mark = tmp_path / "mark"
    typed = f"""a b'$(shell touch {mark})"; touch {mark}; "`touch {mark}`$$x"""
    show = "IN_VENV=printf '<%s>'"
    command = ["make", "-s", "-o", "install", target, show]
    expected = f"<queueup><{target}><{typed}>"
    for more, env in (([f"{name}={typed}"], {}), ([], {name: typed})):
        shown = subprocess.run(
            [*command, *more],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"]} | env,
            capture_output=True,
            text=True,
        )
        assert shown.stdout == expected, shown.stderr
    assert not mark.exists()
